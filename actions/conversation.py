"""What the actions read of the conversation they run in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from bot.content.source import Language
from bot.store.database import session_scope

T = TypeVar("T")


def language_of(tracker: Tracker) -> Language:
    """The conversation's language."""
    return "en" if tracker.get_slot("language") == "en" else "fr"


def country_of(tracker: Tracker) -> str | None:
    """The country the patient named, a lower-case code, or None."""
    country = tracker.get_slot("country")
    return str(country) if country else None


def latest_text(tracker: Tracker) -> str:
    """The patient's last message."""
    message: dict[str, Any] = tracker.latest_message or {}
    return str(message.get("text") or "")


async def in_store(work: Callable[[Session], T], *, write: bool = True) -> T:
    """Run ``work`` in a transaction off the event loop. Raises StoreUnavailable."""

    def run() -> T:
        with session_scope(write=write) as session:
            return work(session)

    return await asyncio.to_thread(run)
