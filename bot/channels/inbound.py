"""A message as a channel got it, what became of it at the door, and the text that is left to read of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED, Tier, most_urgent
from bot.store.models import InboxMessage

# A longer message is cut in its middle before anything reads it, but never where it means danger.
LONGEST: Final = 12_000
_PART: Final = LONGEST // 3 - 1
# Danger is looked for in so many characters; one window of it is read at a time, each overlapping the one before.
_SEARCHED: Final = 400_000
_OVERLAP: Final = 400


@dataclass(frozen=True)
class Inbound:
    """One message as a channel got it. ``text`` is what was typed, or a button's payload (``/intent``)."""

    conversation_id: str
    text: str
    channel: str
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    language: str | None = None
    country: str | None = None
    address: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: InboxMessage) -> Inbound:
        """The message as the inbox kept it."""
        meta: dict[str, Any] = row.meta or {}
        return cls(
            conversation_id=row.conversation_id,
            text=row.text or "",
            channel=row.channel,
            message_id=row.message_id,
            language=meta.get("language"),
            country=meta.get("country"),
            metadata=meta,
        )


@dataclass(frozen=True)
class Accepted:
    """What became of a message at the door.

    state: ``new`` is to be handled; ``again`` came before and is being or was handled; ``refused`` is neither stored
    nor handled, for ``reason``, and ``reply`` is the sentence to answer. ``text`` is what Rasa is given.
    """

    state: Literal["new", "again", "refused"]
    text: str = ""
    reply: str = ""
    reason: Literal["", "too_many", "too_long"] = ""


def clean(text: str) -> str:
    """The text without control characters, ends stripped, at most 12,000 characters.

    Of a longer one the beginning and the end are kept, and the part of the middle that is most urgent.
    """
    kept = "".join(char if char.isprintable() or char in "\n\t" else " " for char in text[:_SEARCHED]).strip()
    if len(kept) <= LONGEST:
        return kept
    parts = [kept[:_PART], _most_urgent_part(kept[_PART - _OVERLAP : _OVERLAP - _PART]), kept[-_PART:]]
    return "\n".join(part for part in parts if part)


def _most_urgent_part(middle: str) -> str:
    found: Tier | None = None
    part = ""
    for start in range(0, len(middle), _PART - _OVERLAP):
        window = middle[start : start + _PART]
        tier = assess(window).tier
        if tier in ESCALATED and most_urgent([found, tier]) != found:
            found, part = tier, window
    return part
