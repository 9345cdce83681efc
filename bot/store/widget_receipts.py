"""What the patient's widget received: how far lines of staff were delivered, and how far they were on screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from sqlalchemy import Column, String, delete
from sqlalchemy.orm import Mapped, Session

from bot.store import privacy
from bot.store.columns import Moment, now
from bot.store.models import Base
from bot.store.statements import insert_or_ignore


class WidgetReceipt(Base):
    """One row a conversation: lines of staff said up to ``delivered_at`` arrived, up to ``seen_at`` were on screen."""

    __tablename__ = "widget_receipts"

    conversation_id: Mapped[str] = Column(String(128), primary_key=True)
    delivered_at: Mapped[datetime | None] = Column(Moment)
    seen_at: Mapped[datetime | None] = Column(Moment)
    updated_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)


@dataclass(frozen=True)
class Receipts:
    """How far the patient got; both moments are those of lines, None when nothing arrived yet."""

    delivered_at: datetime | None
    seen_at: datetime | None

    def state(self, said_at: datetime) -> str:
        """``seen``, ``delivered`` or ``sent`` for a line of staff said at ``said_at``."""
        if self.seen_at is not None and said_at <= self.seen_at:
            return "seen"
        return "delivered" if self.delivered_at is not None and said_at <= self.delivered_at else "sent"


def note(session: Session, conversation_id: str, at: float, *, seen: bool) -> None:
    """Note that lines up to ``at`` (epoch seconds) arrived. Never goes back, nor ahead of the present."""
    moment = min(datetime.fromtimestamp(max(0.0, min(at, 4e9)), timezone.utc), now())
    insert_or_ignore(session, WidgetReceipt, conversation_id=conversation_id, updated_at=now())
    row = session.get(WidgetReceipt, conversation_id, with_for_update=True)
    assert row is not None
    row.delivered_at = max(moment, row.delivered_at or moment)
    if seen:
        row.seen_at = max(moment, row.seen_at or moment)
    row.updated_at = now()


def receipts(session: Session, conversation_id: str) -> Receipts:
    """How far the patient's widget got in this conversation."""
    row = session.get(WidgetReceipt, conversation_id)
    return Receipts(row.delivered_at, row.seen_at) if row is not None else Receipts(None, None)


def _forget(session: Session, conversation_ids: Sequence[str]) -> int:
    gone = delete(WidgetReceipt).where(WidgetReceipt.conversation_id.in_(conversation_ids))
    return int(session.execute(gone.execution_options(synchronize_session=False)).rowcount)


privacy.also("widget_receipts", _forget)
