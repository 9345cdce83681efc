"""Ending a conversation from the widget: everything goes, as when the patient asks for it in words."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store import privacy


def erase(session: Session, conversation_id: str) -> bool:
    """Erase the conversation with its comments. True when an alert stays behind, emptied, for the staff to close.

    A conversation that was never stored is erased already.
    """
    try:
        counts = privacy.erase(session, conversation_id, comments="delete")
    except NotFound:
        return False
    return counts.alerts > 0
