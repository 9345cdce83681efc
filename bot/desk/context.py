"""What the pages work with: database, dialogue server, live news. One a process, kept in the application's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session
from starlette.requests import Request

from bot.desk.live import Live
from bot.desk.replies import Replies
from bot.store import audit
from bot.store.runner import StoreRunner
from bot.store.sign_ins import Visitor

T = TypeVar("T")
# Figures over a year may take a while on a slow disk; nobody waits for them in danger.
PATIENCE = 20.0


@dataclass
class Desk:
    """Services of the desk. ``rasa_url``: base address of the dialogue server, the settings' when None."""

    runner: StoreRunner
    replies: Replies
    live: Live
    rasa_url: str | None = None

    async def read(self, work: Callable[[Session], T]) -> T:
        """``work(session)`` in a reading transaction, off the event loop. Raises StoreUnavailable."""
        return await self.runner.read(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """``work(session)``, committed. Raises StoreUnavailable."""
        return await self.runner.write(work)


def desk_of(request: Request) -> Desk:
    """The services of this process."""
    return cast(Desk, request.app.state.desk)


def note(session: Session, visitor: Visitor, action: str, conversation_id: str | None = None, **detail: Any) -> None:
    """Write to the audit what ``visitor`` does."""
    audit.write(
        session,
        action,
        staff_id=visitor.id,
        staff_name=visitor.name,
        conversation_id=conversation_id,
        **detail,
    )


def note_readings(session: Session, visitor: Visitor, action: str, conversation_ids: Iterable[str]) -> None:
    """Write one reading a conversation to the audit."""
    for conversation_id in conversation_ids:
        note(session, visitor, action, conversation_id)
