"""What the bot answered to one message: for a sender who did not hear it and sends the message again."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import EventRow

# Rows of one turn: a plan has at most about ten actions, each with a line and its slots.
_LONGEST_TURN: Final = 120
# Messages are sent again within seconds or minutes, not after so many others of the same conversation.
_LOOK_BACK: Final = 200
_LISTENING: Final = "action_listen"


def replies_to(session: Session, conversation_id: str, message_id: str) -> list[dict[str, Any]]:
    """The bot's lines of the turn that ``message_id`` began, in order, as Rasa gave them to the channel.

    Each holds text, timestamp, buttons and metadata. Empty when the message is unknown in this conversation, or
    when nothing was said: a person had taken over.
    """
    first = _row_of(session, conversation_id, message_id)
    if first is None:
        return []
    query = (
        select(EventRow.type_name, EventRow.action_name, EventRow.data)
        .where(EventRow.conversation_id == conversation_id, EventRow.id > first)
        .where(EventRow.type_name.in_(("user", "bot", "action")))
        .order_by(EventRow.id)
        .limit(_LONGEST_TURN)
    )
    lines: list[dict[str, Any]] = []
    for kind, action, data in session.execute(query):
        if kind == "user" or action == _LISTENING:
            break
        event = json.loads(data) if kind == "bot" else {}
        if kind == "bot" and (event.get("metadata") or {}).get("sender") != "staff":
            lines.append(_message(event))
    return lines


def _row_of(session: Session, conversation_id: str, message_id: str) -> int | None:
    query = (
        select(EventRow.id, EventRow.data)
        .where(EventRow.conversation_id == conversation_id, EventRow.type_name == "user")
        .order_by(EventRow.id.desc())
        .limit(_LOOK_BACK)
    )
    for row_id, data in session.execute(query):
        if json.loads(data).get("message_id") == message_id:
            return int(row_id)
    return None


def _message(event: dict[str, Any]) -> dict[str, Any]:
    return {
        **(event.get("data") or {}),
        "text": event.get("text"),
        "timestamp": event.get("timestamp"),
        **(event.get("metadata") or {}),
    }
