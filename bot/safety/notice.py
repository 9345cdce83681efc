"""What a page says: the facts of an alert that may leave the house, and never what the patient wrote.

A page carries tier, alert id, a link to the conversation at the desk, language, country, channel, stage and
level (safety.md 5.3 rule 12: no message text outside the desk).
"""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import yaml

from bot.errors import ContentError
from bot.safety.duty import DutyHours
from bot.settings import Settings
from bot.store.pages import ClaimedPage

TEXTS: Final = Path(__file__).resolve().parent.parent / "content" / "pages.yml"
LANGUAGES: Final = ("fr", "en")


def payload(page: ClaimedPage, settings: Settings) -> dict[str, Any]:
    """The JSON body of a webhook. ``created_at``: when the alert was raised, ISO 8601 in UTC."""
    return {
        "page_id": page.id,
        "alert_id": page.alert_id,
        "tier": page.tier,
        "level": page.level,
        "stage": page.stage,
        "language": page.language,
        "country": page.country,
        "channel": page.channel,
        "created_at": page.created_at.isoformat(),
        "conversation_url": desk_link(page.conversation_id, settings),
    }


def desk_link(conversation_id: str, settings: Settings) -> str:
    """Address of a conversation at the desk (``page_desk_url``, else the desk on this machine)."""
    base = settings.page_desk_url or f"http://{settings.host}:{settings.desk_port}"
    return f"{base.rstrip('/')}/conversations/{quote(conversation_id, safe='')}"


def subject(page: ClaimedPage) -> str:
    """Subject of an e-mail in French and English. Raises ContentError."""
    key = f"subject_{page.level}" if page.level != "first" else "subject_again" if page.stage else "subject"
    facts = {"tier": page.tier, "alert_id": page.alert_id, "stage": page.stage}
    return " / ".join(_fill(key, language, facts) for language in LANGUAGES)


def body(page: ClaimedPage, settings: Settings) -> str:
    """Body of an e-mail in French, then English; the time is the staff's. Raises ContentError."""
    since = page.created_at.astimezone(DutyHours.parse("", settings.duty_timezone).zone)
    parts = []
    for language in LANGUAGES:
        unknown = _text("unknown", language)
        facts = {
            "tier": page.tier,
            "label": _text(f"tiers.{page.tier}", language),
            "alert_id": page.alert_id,
            "since": since.strftime("%Y-%m-%d %H:%M %Z"),
            "language": page.language or unknown,
            "country": (page.country or unknown).upper() if page.country else unknown,
            "channel": page.channel or unknown,
            "link": desk_link(page.conversation_id, settings),
        }
        parts.append(_fill("body", language, facts))
    return "\n-- \n".join(parts)


def resume_words(duty: DutyHours, at: datetime, language: str) -> str | None:
    """When somebody is on duty again, in the patient's words: ``18:00``, ``09:00 lundi``; None: never.

    Hours are those of the duty time zone; the weekday is named unless it is today's. Raises ContentError.
    """
    moment = duty.resumes_at(at)
    if moment is None:
        return None
    here, back = duty.local(at), duty.local(moment)
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    key = "resume.today" if here.date() == back.date() else "resume.later"
    return _fill(key, spoken, {"time": back.strftime("%H:%M"), "day": _weekdays(spoken)[back.weekday()]})


@functools.lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"{TEXTS.name} cannot be read: {error}.") from error
    return loaded


def _text(key: str, language: str) -> str:
    node: Any = _texts()
    try:
        for part in key.split("."):
            node = node[part]
        return str(node if isinstance(node, str) else node[language]).strip()
    except (KeyError, TypeError) as error:
        raise ContentError(f"{TEXTS.name} has no text “{key}” in “{language}”.") from error


def _fill(key: str, language: str, facts: dict[str, Any]) -> str:
    try:
        return _text(key, language).format(**facts)
    except (KeyError, IndexError, ValueError) as error:
        raise ContentError(f"{TEXTS.name}: “{key}” in “{language}” has a wrong placeholder {error}.") from error


def _weekdays(language: str) -> list[str]:
    names = _texts().get("weekdays", {}).get(language, [])
    if len(names) != 7:
        raise ContentError(f"{TEXTS.name} has no seven weekdays in “{language}”.")
    return list(names)
