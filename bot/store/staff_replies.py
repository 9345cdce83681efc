"""Lines of staff on their way to the patient: kept until the dialogue server has them, so that none is lost.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import StaffReply
from bot.store.models import EventRow
from bot.store.statements import insert_or_ignore

# A line still "sending" after that belongs to a desk process that died.
STUCK_AFTER: Final = timedelta(seconds=30)


def begin(
    session: Session, *, key: str, conversation_id: str, staff_id: int, text: str, at: datetime | None = None
) -> tuple[StaffReply, bool]:
    """Keep a line before it is sent; returns it and whether ``key`` is new (False: it was sent before)."""
    new = insert_or_ignore(
        session,
        StaffReply,
        key=key,
        conversation_id=conversation_id,
        staff_id=staff_id,
        text=text,
        state="sending",
        attempts=1,
        created_at=at or now(),
    )
    return session.execute(select(StaffReply).where(StaffReply.key == key)).scalar_one(), new


def get(session: Session, reply_id: int) -> StaffReply:
    """One line. Raises NotFound."""
    found: StaffReply | None = session.get(StaffReply, reply_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no such line.")
    return found


def finish(session: Session, reply_id: int, state: str, event_at: float | None = None) -> StaffReply:
    """Note how sending ended. The text of a delivered line lives in the transcript only. Raises NotFound."""
    row = get(session, reply_id)
    row.state = state
    row.event_at = event_at or row.event_at
    if state == "delivered":
        row.text = None
    return row


def unsent(session: Session, conversation_id: str, at: datetime | None = None) -> list[StaffReply]:
    """Lines that did not arrive, or nobody knows, oldest first."""
    moment = at or now()
    query = (
        select(StaffReply)
        .where(StaffReply.conversation_id == conversation_id, StaffReply.state != "delivered")
        .order_by(StaffReply.id)
    )
    rows = session.execute(query).scalars()
    return [row for row in rows if row.state != "sending" or row.created_at < moment - STUCK_AFTER]


def in_transcript(session: Session, reply: StaffReply) -> float | None:
    """Epoch seconds of the line in the transcript, None when it is not there."""
    query = (
        select(EventRow.timestamp, EventRow.data)
        .where(
            EventRow.conversation_id == reply.conversation_id,
            EventRow.type_name == "bot",
            EventRow.timestamp >= reply.created_at.timestamp() - 1,
        )
        .order_by(EventRow.id)
    )
    for row in session.execute(query):
        event = json.loads(row.data)
        sender = (event.get("metadata") or {}).get("staff_id")
        if sender == reply.staff_id and event.get("text") == reply.text:
            return float(row.timestamp)
    return None
