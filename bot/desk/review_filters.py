"""The review's filters between a form, an address and the store. A searched text never becomes part of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.settings import get_settings
from bot.store.judgements import VERDICTS
from bot.store.remarks import REVIEW_STATES
from bot.store.review import OUTCOMES, Place, Wanted

LANGUAGES: Final = ("fr", "en")
RATINGS: Final = ("useful", "not_useful")
TIERS: Final = ("any", "E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5", "C6")
# What may stand in an address and in a saved view.
NAMES: Final = (
    "from",
    "to",
    "language",
    "channel",
    "topic",
    "below",
    "outcome",
    "review",
    "tag",
    "rating",
    "verdict",
    "tier",
    "alike",
)
LONGEST_TEXT: Final = 200


def given(values: Mapping[str, object]) -> dict[str, str]:
    """The filters among ``values`` that are set and make sense, as strings; without the searched text."""
    found = {name: str(values.get(name) or "").strip() for name in NAMES}
    allowed: dict[str, tuple[str, ...]] = {
        "language": LANGUAGES,
        "outcome": OUTCOMES,
        "review": REVIEW_STATES,
        "rating": RATINGS,
        "verdict": VERDICTS,
        "tier": TIERS,
    }
    return {
        name: value
        for name, value in found.items()
        if value
        and len(value) <= 64
        and (name not in allowed or value in allowed[name])
        and (name not in ("tag", "alike") or value.isdecimal())
        and (name not in ("from", "to") or _day(value) is not None)
        and (name != "below" or _share(value) is not None)
    }


def wanted(filters: Mapping[str, str], text: str = "") -> Wanted:
    """What the store is asked for. Days are the staff's; ``to`` is the last day included."""
    first, last = _day(filters.get("from", "")), _day(filters.get("to", ""))
    return replace(
        Wanted(words_in=text[:LONGEST_TEXT]),
        since=_midnight(first) if first else None,
        until=_midnight(last + timedelta(days=1)) if last else None,
        language=filters.get("language"),
        channel=filters.get("channel"),
        topic=filters.get("topic"),
        confidence_below=_share(filters.get("below", "")),
        outcome=filters.get("outcome"),
        review=filters.get("review"),
        tag=int(filters["tag"]) if "tag" in filters else None,
        rating=filters.get("rating"),
        verdict=filters.get("verdict"),
        tier=filters.get("tier"),
        alike=int(filters["alike"]) if "alike" in filters else None,
    )


def address(**filters: object) -> str:
    """Address of the review with these filters."""
    chosen = {name: str(value) for name, value in filters.items() if value not in (None, "")}
    # "from" is a word of Python's own.
    if "since" in chosen:
        chosen["from"] = chosen.pop("since")
    return f"/review?{urlencode(chosen)}" if chosen else "/review"


def place(text: str) -> Place | None:
    """Where the next page begins, from the form's hidden field; None for the first page."""
    at, _, conversation_id = text.partition(" ")
    try:
        return Place(float(at), conversation_id) if conversation_id else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _share(text: str) -> float | None:
    """Per cent as written in the form, as a share."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value / 100 if 0 < value <= 100 else None


def _midnight(day: date) -> datetime:
    zone = ZoneInfo(get_settings().duty_timezone)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)
