"""The bounded part of a conversation that a reply needs: its newest events and the state before them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.store.models import Conversation, EventRow

# Made once, and of the columns a reply needs: loading the whole row as an object takes three times as long.
_SNAPSHOT: Final = select(
    Conversation.slots, Conversation.active_loop, Conversation.paused, Conversation.state, Conversation.version
).where(Conversation.id == bindparam("conversation_id"))


@dataclass(frozen=True)
class Window:
    """What the database knows of one conversation.

    ``events``: serialised, oldest first; None when the caller already holds those of ``version``.
    ``last_id``: newest event row, 0 when there is none.
    """

    events: list[dict[str, Any]] | None
    last_id: int
    slots: dict[str, Any]
    active_loop: str | None
    paused: bool
    state: str
    version: int


@dataclass(frozen=True)
class Kind:
    """As much of an event as is needed to see where a turn or a session starts."""

    type_name: str
    action_name: str | None


def load(
    session: Session, conversation_id: str, *, limit: int | None, known_version: int | None = None
) -> Window | None:
    """The newest ``limit`` events (all of every session when None) and the snapshot; None for an unknown one."""
    row = session.execute(_SNAPSHOT, {"conversation_id": conversation_id}).first()
    if row is None:
        return None
    held = known_version is not None and known_version == row.version
    found = [] if held else _newest(session, conversation_id, limit)
    return Window(
        events=None if held else [json.loads(event.data) for event in found],
        last_id=found[-1].id if found else 0,
        slots=row.slots or {},
        active_loop=row.active_loop,
        paused=row.paused,
        state=row.state,
        version=row.version,
    )


def start_of(kinds: Sequence[Kind]) -> int:
    """Where a bounded window starts within ``kinds``.

    The start is the newest session's, else the first turn's: at the ``action_listen`` that waited for its message,
    or, when none did, at the message. Without any message in ``kinds`` it is 0.
    """
    for index in range(len(kinds) - 1, -1, -1):
        if kinds[index].type_name == "session_started":
            led = index > 0 and kinds[index - 1].action_name == "action_session_start"
            return index - 1 if led else index
    listening: int | None = None
    first_message: int | None = None
    for index, kind in enumerate(kinds):
        if kind.type_name == "action":
            listening = index if kind.action_name == "action_listen" else None
        elif kind.type_name == "user":
            if listening is not None:
                return listening
            first_message = index if first_message is None else first_message
    return first_message or 0


def _newest(session: Session, conversation_id: str, limit: int | None) -> list[Any]:
    query = select(EventRow.id, EventRow.type_name, EventRow.action_name, EventRow.data).where(
        EventRow.conversation_id == conversation_id
    )
    if limit is None:
        return list(session.execute(query.order_by(EventRow.id)))
    rows = list(reversed(session.execute(query.order_by(EventRow.id.desc()).limit(limit)).all()))
    if len(rows) == limit and not any(row.type_name in ("user", "session_started") for row in rows):
        # One endless turn (a person typing many lines): the message it answers still has to be there.
        message = query.where(EventRow.type_name == "user", EventRow.id < rows[0].id)
        return [*session.execute(message.order_by(EventRow.id.desc()).limit(1)), *rows]
    kinds = [Kind(row.type_name, row.action_name) for row in rows]
    started = any(kind.type_name == "session_started" for kind in kinds)
    return rows[start_of(kinds) :] if started or len(rows) == limit else rows
