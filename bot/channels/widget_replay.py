"""What a widget has missed: the lines of one conversation after a place in the stored transcript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channels.widget_lines import Line, own, stored_own, stored_spoken
from bot.store.models import Conversation, EventRow, InboxMessage

# More than anyone scrolls back through; older lines stay in the store.
NEWEST: Final = 400


@dataclass(frozen=True)
class Batch:
    """Lines after ``prev``, oldest first; whoever has them all is at ``seq``. Both are ids of stored events."""

    prev: int
    seq: int
    lines: list[Line]

    def as_dict(self) -> dict[str, Any]:
        """What the widget is told."""
        return {"prev": self.prev, "seq": self.seq, "lines": self.lines}


def place(session: Session, conversation_id: str) -> int:
    """Id of the conversation's newest stored event, 0 when there is none."""
    newest = select(func.max(EventRow.id)).where(EventRow.conversation_id == conversation_id)
    return int(session.execute(newest).scalar() or 0)


def lines_after(session: Session, conversation_id: str, after: int) -> Batch:
    """At most the newest 400 lines after ``after``, and messages of the patient that wait to be answered."""
    country = session.execute(select(Conversation.country).where(Conversation.id == conversation_id)).scalar()
    query = (
        select(EventRow.id, EventRow.type_name, EventRow.data)
        .where(EventRow.conversation_id == conversation_id, EventRow.id > after)
        .where(EventRow.type_name.in_(("user", "bot")))
        .order_by(EventRow.id.desc())
        .limit(NEWEST)
    )
    rows = list(reversed(session.execute(query).all()))
    lines: list[Line] = []
    message_id: str | None = None
    answers = 0
    for seq, kind, data in rows:
        event = json.loads(data)
        if kind == "user":
            line = stored_own(conversation_id, event, seq)
            message_id, answers = event.get("message_id"), 0
        else:
            answers += 1
            turn = f"{message_id}:{answers}" if message_id else None
            line = stored_spoken(conversation_id, event, seq=seq, turn=turn, country=country)
        if line is not None:
            lines.append(line)
    known = {line["id"] for line in lines}
    lines += [line for line in _waiting(session, conversation_id) if line["id"] not in known]
    return Batch(after, max(after, rows[-1][0] if rows else 0), lines)


def _waiting(session: Session, conversation_id: str) -> list[Line]:
    query = (
        select(InboxMessage)
        .where(InboxMessage.conversation_id == conversation_id, InboxMessage.handled_at.is_(None))
        .order_by(InboxMessage.received_at)
    )
    rows = session.execute(query).scalars()
    made = (
        own(conversation_id, row.message_id, row.text or "", row.meta or {}, at=row.received_at.timestamp())
        for row in rows
    )
    return [line for line in made if line is not None]
