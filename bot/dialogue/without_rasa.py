"""Texts said without Rasa: when a message is refused at the door, or when Rasa itself failed.

They need the project's data files and nothing else: no model, no tracker, no database.
"""

from __future__ import annotations

from typing import Final

from bot.content.responses import Response, load_responses
from bot.dialogue import danger
from bot.dialogue.rendering import render
from bot.dialogue.state import Turn
from bot.nlu.language import Language
from bot.safety.routing import flags_of
from bot.safety.tiers import ESCALATED, Assessment

_BOTH: Final[tuple[Language, Language]] = ("fr", "en")


def words(name: str, language: str | None, country: str | None, default: Language) -> str:
    """The text of response ``name`` with the numbers of ``country`` (unknown: 112 and the local one).

    In both languages, ``default`` first, when ``language`` is unknown. Buttons are left out, since nothing would
    remember that they were offered.
    """
    response = load_responses()[name]
    spoken: tuple[Language, ...] = tuple(known for known in _BOTH if known == language)
    languages = spoken or (default, *(other for other in _BOTH if other != default))
    return "\n\n".join(_text(response, one, country) for one in languages)


def after_failure(text: str, assessment: Assessment) -> str:
    """Which response answers ``text`` when Rasa failed at it: the safety block if it means danger."""
    if assessment.tier not in ESCALATED:
        return "utter_technical_problem"
    actions = danger.flagged(Turn(text=text, intent="danger", flags=flags_of(assessment))).actions
    return actions[0] if actions else "utter_safety_C3"


def _text(response: Response, language: Language, country: str | None) -> str:
    variation = {"condition": [{"name": "language", "value": language}], "text": response.in_(language).text}
    return str(render(response.id, [variation], {"language": language, "country": country}, {})["text"])
