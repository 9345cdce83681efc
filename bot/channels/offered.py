"""Which button payloads a conversation may send: those of the bot's last lines in it."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import EventRow

# Of this many of the bot's last lines the buttons may still be tapped.
OFFERED_LINES: Final = 80


def was_offered(session: Session, conversation_id: str, payload: str) -> bool:
    """Whether one of the conversation's newest lines shows a button that sends exactly ``payload``."""
    rows = session.execute(
        select(EventRow.data)
        .where(EventRow.conversation_id == conversation_id, EventRow.type_name == "bot")
        .order_by(EventRow.id.desc())
        .limit(OFFERED_LINES)
    ).scalars()
    return any(payload == button.get("payload") for data in rows for button in _buttons(data))


def _buttons(data: str) -> list[dict[str, Any]]:
    found = (json.loads(data).get("data") or {}).get("buttons")
    return found if isinstance(found, list) else []
