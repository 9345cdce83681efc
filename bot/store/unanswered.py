"""Messages that were acknowledged and never answered: a server died, or the answer failed. Any server takes them up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.store.columns import now
from bot.store.models import InboxMessage

# A message is taken up again this long (s) after it came, then twice and three times as long after; then no more.
SPACING: Final = 60.0
ATTEMPTS: Final = 3
# How often (s) each server looks.
ROUND: Final = 30.0
_AT_ONCE: Final = 50


def claim(session: Session, channel: str, *, stopped_before: datetime | None = None) -> list[InboxMessage]:
    """Take up messages of ``channel`` nobody answered, oldest first; of several servers that ask, one gets each.

    ``stopped_before``: for the only server there is, when it starts: what came before this moment is nobody else's, so
    it is taken up at once.
    """
    query = (
        select(InboxMessage)
        .where(InboxMessage.channel == channel, InboxMessage.handled_at.is_(None))
        .where(InboxMessage.attempts < ATTEMPTS, InboxMessage.text.is_not(None))
        .order_by(InboxMessage.received_at, InboxMessage.message_id)
        .limit(_AT_ONCE)
    )
    rows = list(session.execute(query).scalars())
    return [row for row in rows if _is_due(row, stopped_before) and _taken(session, row)]


def _is_due(row: InboxMessage, stopped_before: datetime | None) -> bool:
    if stopped_before is not None and row.received_at < stopped_before:
        return True
    return bool(row.received_at + timedelta(seconds=SPACING * (row.attempts + 1)) < now())


def _taken(session: Session, row: InboxMessage) -> bool:
    done = session.execute(
        update(InboxMessage)
        .where(InboxMessage.message_id == row.message_id, InboxMessage.attempts == row.attempts)
        .where(InboxMessage.handled_at.is_(None))
        .values(attempts=row.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)
