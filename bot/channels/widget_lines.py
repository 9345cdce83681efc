"""One line of the conversation as the widget gets it, made from what Rasa sends or from what the store holds.

Both ways give the same ``id`` for the same line, so that a line that arrives twice is shown once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from bot.channels.widget_numbers import numbers_in
from bot.dialogue.rendering import kind_of
from bot.dialogue.state import CONTENT

Line = dict[str, Any]
RATINGS: Final = frozenset({"/useful", "/not_useful"})
# Responses that answer from the article or from lists of ours: under these the widget asks whether they helped.
_ANSWERS: Final = (
    *(f"utter_{topic}" for topic in CONTENT),
    "utter_treatment_",
    "utter_resources_",
    "utter_trials_registry_",
)


def line_id(conversation: str, at: float, text: str) -> str:
    """Stable id of a line of bot or staff: what Rasa sends and what it stores share moment and text."""
    return hashlib.sha256(f"{conversation}|{at!r}|{text}".encode()).hexdigest()[:24]


def spoken(
    conversation: str,
    message: Mapping[str, Any],
    *,
    seq: int | None = None,
    turn: str | None = None,
    country: str | None = None,
) -> Line | None:
    """A line of bot or staff. None when there is nothing to read in it.

    ``message``: text, timestamp, buttons and metadata as ``BotUttered.message()`` gives them. ``seq``: its place in
    the stored transcript. ``turn``: message it answers and place among the answers.
    """
    text, buttons = str(message.get("text") or ""), _buttons(message)
    if not text and not buttons:
        return None
    person = message.get("sender") == "staff"
    own: Mapping[str, Any] = message.get("metadata") or {}
    language = own.get("lang")
    at = float(message.get("timestamp") or 0.0)
    return {
        "seq": seq,
        "id": line_id(conversation, at, text),
        "turn": turn,
        "from": "person" if person else "bot",
        "name": str(message.get("staff_name") or "") or None if person else None,
        "text": text,
        "buttons": buttons,
        "kind": "talk" if person else _kind(str(message.get("utter_action") or "")),
        "lang": language,
        "tel": numbers_in(text, country, "en" if language == "en" else "fr", vetted=not person),
        "at": at,
    }


def stored_spoken(conversation: str, event: Mapping[str, Any], **more: Any) -> Line | None:
    """:func:`spoken` for a stored ``bot`` event."""
    message = {**(event.get("data") or {}), **(event.get("metadata") or {})}
    return spoken(conversation, {**message, "text": event.get("text"), "timestamp": event.get("timestamp")}, **more)


def stored_own(conversation: str, event: Mapping[str, Any], seq: int) -> Line | None:
    """The patient's line for a stored ``user`` event; None for what no patient wrote."""
    meta: Mapping[str, Any] = event.get("metadata") or {}
    text = str(event.get("text") or "")
    if meta.get("is_external") or not text:
        return None
    return own(conversation, str(event.get("message_id")), text, meta, at=float(event.get("timestamp") or 0.0), seq=seq)


def own(
    conversation: str, message_id: str, text: str, meta: Mapping[str, Any], *, at: float, seq: int | None = None
) -> Line | None:
    """The patient's line: a tapped button shows its title, a rating marks its answer, a bare payload nothing."""
    rated = meta.get("utterance_id") if text in RATINGS else None
    shown = text if rated or not text.startswith("/") else str(meta.get("title") or "")
    if not shown:
        return None
    return {
        "seq": seq,
        "id": message_id.removeprefix(f"{conversation}."),
        "turn": None,
        "from": "me",
        "name": None,
        "text": shown,
        "buttons": [],
        "kind": "rating" if rated else "talk",
        "lang": meta.get("language"),
        "tel": [],
        "at": at,
        "ref": rated,
    }


def _kind(utter_action: str) -> str:
    kind = kind_of(utter_action)
    return "talk" if kind == "answer" and not utter_action.startswith(_ANSWERS) else kind


def _buttons(message: Mapping[str, Any]) -> list[dict[str, str]]:
    given = message.get("buttons") or message.get("quick_replies") or []
    return [
        {"title": str(button["title"]), "payload": str(button["payload"])}
        for button in given
        if button.get("title") and button.get("payload")
    ]
