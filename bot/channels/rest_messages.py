"""What a trusted back end may send over REST, and the form in which the inlet gets it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from bot.channels.inbound import Inbound
from bot.content.helplines import UNKNOWN, load_helplines
from bot.errors import MessageRefused

# Characters of a sender's and of a message's id.
MAX_SENDER: Final = 64
MAX_ID: Final = 64


def message_in(body: Mapping[str, Any], channel: str) -> Inbound:
    """The message in {sender, message, message_id?, metadata? {language, country}}. Raises MessageRefused.

    Unknown languages and countries count as not given. The id is kept together with its sender's: what one sends can
    never stand for another's.
    """
    sender, text, given = body.get("sender"), body.get("message"), body.get("message_id")
    if not _is_id(sender, MAX_SENDER):
        raise MessageRefused(f"'sender' must be a text of 1 to {MAX_SENDER} printable characters.")
    if not isinstance(text, str):
        raise MessageRefused("'message' must be a text.")
    if given is not None and not _is_id(given, MAX_ID):
        raise MessageRefused(f"'message_id' must be a text of 1 to {MAX_ID} printable characters.")
    metadata = body.get("metadata")
    more: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    language, country = more.get("language"), more.get("country")
    return Inbound(
        conversation_id=str(sender),
        text=text,
        channel=channel,
        message_id=f"{sender}.{given or uuid.uuid4().hex}",
        language=language if language in ("fr", "en") else None,
        country=_country(country),
    )


def _is_id(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _country(code: Any) -> str | None:
    known = isinstance(code, str) and code.lower() in load_helplines().countries and code.lower() != UNKNOWN
    return code.lower() if known else None
