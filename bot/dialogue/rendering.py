"""From a response of the domain to the message a patient gets: language, numbers, choices made at run time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.content.countries import load_countries
from bot.content.helplines import load_helplines
from bot.content.topics import load_topics
from bot.nlu.language import Language

Message = dict[str, Any]
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SENTENCE = re.compile(r"(?<=[.?]) ")
_ASKS_COUNTRY = frozenset({"utter_ask_country", "utter_resources_ask_country"})
# The last choice of every clarification.
_NONE = "something_else"
# Most likely first; any other country can be typed.
_COUNTRY_BUTTONS = ("fr", "be", "ch", "lu", "ca", "us", "gb", "ie")


def render(
    name: str, variations: Sequence[Mapping[str, Any]], slots: Mapping[str, Any], extra: Mapping[str, Any]
) -> Message:
    """The message for response ``name`` in the conversation's language.

    ``slots``: of the tracker. ``extra``: values given by an action; they win. A paragraph or button whose
    placeholder has no value is left out. Keys of the result: text, buttons, metadata, as Rasa's channels expect.
    """
    language: Language = "en" if slots.get("language") == "en" else "fr"
    chosen = _in_language(variations, language)
    values = {**_values(slots, language), **extra}
    message: Message = {key: value for key, value in chosen.items() if key not in ("condition", "text", "buttons")}
    message["text"] = _fill_paragraphs(str(chosen.get("text") or ""), values)
    message["buttons"] = [
        {key: _fill(str(value), values) for key, value in button.items()}
        for button in _buttons(name, chosen, slots, language)
        if not _missing(" ".join(map(str, button.values())), values)
    ]
    message["metadata"] = {**(chosen.get("metadata") or {}), "lang": language, "kind": kind_of(name)}
    return message


def kind_of(name: str) -> str:
    """``safety`` for the safety replies, ``notice`` for what is said about people and waiting, else ``answer``."""
    if name.startswith("utter_safety_"):
        return "safety"
    return "notice" if name.startswith(("utter_staff_", "utter_watchdog_", "utter_handoff_")) else "answer"


def _in_language(variations: Sequence[Mapping[str, Any]], language: str) -> Mapping[str, Any]:
    for variation in variations:
        if any(c.get("name") == "language" and c.get("value") == language for c in variation.get("condition") or []):
            return variation
    return variations[0]


def _values(slots: Mapping[str, Any], language: Language) -> dict[str, Any]:
    values = {key: value for key, value in slots.items() if isinstance(value, (str, int, float)) and value != ""}
    values.update(load_helplines().of(slots.get("country")).display.values(language))
    intents = load_topics().intents
    pending = slots.get("pending")
    if pending in intents:
        values["pending"], values["pending_intent"] = intents[pending].title.in_(language), pending
    else:
        values.pop("pending", None)
    country = load_countries().by_code.get(str(slots.get("country")))
    values.pop("country", None)
    if country:
        values["country"] = country.names.in_(language)
    return values


def _buttons(
    name: str, chosen: Mapping[str, Any], slots: Mapping[str, Any], language: Language
) -> list[Mapping[str, Any]]:
    fixed: list[Mapping[str, Any]] = list(chosen.get("buttons") or [])
    if name == "utter_clarify":
        topics = load_topics()
        options = [str(option) for option in slots.get("options") or [] if option in topics.intents]
        titles = {option: topics.intents[option].title for option in options} | {_NONE: topics.controls[_NONE]}
        return [{"title": title.in_(language), "payload": f"/{name}"} for name, title in titles.items()] + fixed
    if name in _ASKS_COUNTRY:
        known = load_countries().by_code
        return [
            {"title": known[code].names.in_(language), "payload": f'/set_country{{"country":"{code}"}}'}
            for code in _COUNTRY_BUTTONS
            if code in known
        ] + fixed
    return fixed


def _missing(text: str, values: Mapping[str, Any]) -> bool:
    return any(values.get(name) in (None, "") for name in _PLACEHOLDER.findall(text))


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values.get(found.group(1), found.group(0))), text)


def _fill_paragraphs(text: str, values: Mapping[str, Any]) -> str:
    """Fill placeholders; leave out sentences that hold one without a value."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = []
        for line in paragraph.split("\n"):
            said = [_fill(part, values) for part in _SENTENCE.split(line) if not _missing(part, values)]
            if said or not line:
                lines.append(" ".join(said))
        if lines:
            paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)
