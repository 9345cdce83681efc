"""The widget's messages on their way in: what it may send, and the form in which the inlet gets it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.channels.inlet import Inbound, Inlet
from bot.channels.widget_lines import RATINGS
from bot.channels.widget_output import NAME
from bot.content.helplines import UNKNOWN, load_helplines
from bot.errors import MessageRefused

# What the widget's own buttons send: they stand in its menu and under every answer.
STANDING: Final = frozenset({"/ask_human", "/leave_comment"}) | RATINGS
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LONGEST_TITLE: Final = 120


class WidgetInlet(Inlet):
    """The inlet of the widget: the payloads of its own buttons count as offered."""

    async def _is_offered(self, conversation_id: str, payload: str) -> bool:
        return payload in STANDING or await super()._is_offered(conversation_id, payload)


def inbound(conversation: str, data: Any, default_country: str = "") -> Inbound:
    """The message in what a widget sent. Raises MessageRefused when it is malformed.

    ``data``: {id, text | payload, title?, ref?, lang?, chosen?, country?}. A typed text can be no payload: a slash in
    front of it goes.
    """
    if not isinstance(data, Mapping):
        raise MessageRefused("A message of the widget is an object.")
    message_id, text, payload = data.get("id"), data.get("text"), data.get("payload")
    if not isinstance(message_id, str) or not _ID.fullmatch(message_id):
        raise MessageRefused("A message of the widget needs an id of 8 to 64 letters, digits, '-' or '_'.")
    if isinstance(payload, str) and payload.startswith("/"):
        said = payload
    elif isinstance(text, str) and text.strip():
        said = text.strip().lstrip("/ ") or "?"
    else:
        raise MessageRefused("A message of the widget needs a text or a payload.")
    metadata: dict[str, Any] = {"language_chosen": data.get("chosen") is True}
    if said == payload:
        metadata["title"] = str(data.get("title") or "")[:_LONGEST_TITLE]
    if said in RATINGS and isinstance(data.get("ref"), str):
        metadata["utterance_id"] = data["ref"][:64]
    return Inbound(
        conversation_id=conversation,
        text=said,
        channel=NAME,
        message_id=f"{conversation}.{message_id}",  # what one patient sends can never stand for another's
        language=data["lang"] if data.get("lang") in ("fr", "en") else None,
        country=country_of(data.get("country")) or default_country or None,
        metadata=metadata,
    )


def country_of(code: Any) -> str | None:
    """A country whose numbers we have, else None."""
    known = isinstance(code, str) and code.lower() in load_helplines().countries and code.lower() != UNKNOWN
    return code.lower() if known else None
