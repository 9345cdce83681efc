"""Messages of the widget that were acknowledged and never answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.channels.inbound import Inbound
from bot.channels.widget_output import NAME
from bot.store import unanswered
from bot.store.unanswered import ATTEMPTS, ROUND, SPACING

__all__ = ["ATTEMPTS", "ROUND", "SPACING", "claim"]


def claim(session: Session, *, stopped_before: datetime | None = None) -> list[Inbound]:
    """Those that this server takes up now, oldest first (see :func:`bot.store.unanswered.claim`)."""
    return [Inbound.of_row(row) for row in unanswered.claim(session, NAME, stopped_before=stopped_before)]
