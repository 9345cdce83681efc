"""Texts said when Rasa is not asked, or failed."""

from __future__ import annotations

import pytest

from bot.content.helplines import load_helplines
from bot.content.responses import load_responses
from bot.dialogue.without_rasa import after_failure, words
from bot.nlu.language import Language
from bot.safety.detector import assess


@pytest.mark.parametrize("language", ["fr", "en"])
def test_in_the_language_of_the_conversation(language: Language) -> None:
    said = words("utter_too_many", language, "be", "fr")
    assert load_helplines().of("be").display.values(language)["emergency"] in said
    assert "{" not in said
    assert said.count("\n\n") == load_responses()["utter_too_many"].in_(language).text.count("\n\n")


@pytest.mark.parametrize(("default", "first", "second"), [("fr", "danger", "In danger"), ("en", "In danger", "danger")])
def test_in_both_when_it_is_unknown(default: Language, first: str, second: str) -> None:
    said = words("utter_technical_problem", None, None, default)
    upper, lower = said.split("\n\n", 1)
    assert first in upper
    assert second in lower
    assert words("utter_technical_problem", "fr", None, default) in said
    assert words("utter_technical_problem", "en", None, default) in said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("J’ai envie de mourir", "utter_safety_C4"),
        ("I want to die", "utter_safety_C4"),
        ("J’ai 39 de fièvre et je suis sous chimio", "utter_safety_E1"),
        ("I have a fever of 39 and I am on chemo", "utter_safety_E1"),
    ],
)
def test_a_failure_at_a_message_of_danger_says_the_safety_block(text: str, name: str) -> None:
    assert after_failure(text, assess(text)) == name


@pytest.mark.parametrize("text", ["C’est quoi un cancer réfractaire ?", "What is a refractory cancer?", "", "{}"])
def test_another_failure_says_so(text: str) -> None:
    assert after_failure(text, assess(text)) == "utter_technical_problem"
