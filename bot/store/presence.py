"""Whether the patient is writing at this moment. Channels write it, the desk reads it.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.columns import now
from bot.store.desk_models import Presence
from bot.store.statements import insert_or_ignore

# A device repeats "typing" every few seconds; without a repetition the sign goes out.
TYPING_FOR: Final = timedelta(seconds=6)


def note_typing(session: Session, conversation_id: str, *, on: bool, at: datetime | None = None) -> None:
    """The patient writes, or has stopped."""
    moment = at or now()
    insert_or_ignore(session, Presence, conversation_id=conversation_id, updated_at=moment)
    row = session.get(Presence, conversation_id, populate_existing=True)
    assert row is not None
    row.typing_until_at = moment + TYPING_FOR if on else None
    row.updated_at = moment


def typing(session: Session, conversation_id: str, at: datetime | None = None) -> bool:
    """Whether the patient is writing."""
    row: Presence | None = session.get(Presence, conversation_id)
    until = row.typing_until_at if row is not None else None
    return until is not None and until > (at or now())


def changed_since(session: Session, moment: datetime) -> list[str]:
    """Conversations whose patient began or stopped writing after ``moment``."""
    query = select(Presence.conversation_id).where(Presence.updated_at > moment)
    return list(session.execute(query).scalars())
