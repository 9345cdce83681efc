"""From a response of the domain to the message that a patient gets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.content.helplines import load_helplines
from bot.content.responses import load_responses
from bot.content.topics import load_topics
from bot.dialogue.rendering import kind_of, render
from bot.nlu.language import Language
from tests.dialogue.turns import LANGUAGES


def variation(language: str, text: str, **more: Any) -> dict[str, Any]:
    return {"condition": [{"type": "slot", "name": "language", "value": language}], "text": text, **more}


def said(
    text: str, *, name: str = "utter_x", buttons: list[dict[str, str]] | None = None, **values: Any
) -> dict[str, Any]:
    """``values`` are slots, but for ``extra``."""
    extra = values.pop("extra", {})
    both = [variation("fr", text, buttons=buttons or []), variation("en", text, buttons=buttons or [])]
    return render(name, both, {"language": "fr", **values}, extra)


def of_the_domain(name: str, language: Language, **slots: Any) -> dict[str, Any]:
    """A real response as it is shown."""
    shown = load_responses()[name].in_(language)
    buttons = [{"title": button.title, "payload": button.payload} for button in shown.buttons]
    return render(name, [variation(language, shown.text, buttons=buttons)], {"language": language, **slots}, {})


# --- language ---


@pytest.mark.parametrize(
    ("language", "text"), [("fr", "bonjour"), ("en", "hello"), (None, "bonjour"), ("de", "bonjour")]
)
def test_the_language_of_the_conversation(language: str | None, text: str) -> None:
    both = [variation("en", "hello"), variation("fr", "bonjour")]
    message = render("utter_x", both, {"language": language}, {})
    assert message["text"] == text
    assert message["metadata"]["lang"] == ("en" if language == "en" else "fr")
    assert "condition" not in message


# --- values ---


def test_values_of_the_action_win_over_slots() -> None:
    assert said("{topic}", topic="a")["text"] == "a"
    assert said("{topic}", topic="a", extra={"topic": "b"})["text"] == "b"


def test_a_sentence_without_its_value_is_left_out() -> None:
    text = "First {a}. Second. Is it {b}? Last."
    assert said(text, a="A", b="B")["text"] == "First A. Second. Is it B? Last."
    assert said(text, b="B")["text"] == "Second. Is it B? Last."
    assert said(text, a="A", b="")["text"] == "First A. Second. Last."


def test_lines_and_paragraphs_without_anything_left_are_dropped() -> None:
    assert said("One.\nTwo {a}.\nThree.\n\n{b}\n\nFour.")["text"] == "One.\nThree.\n\nFour."
    assert said("{a}")["text"] == ""


def test_what_a_value_holds_is_not_filled_again() -> None:
    assert said("{a}.", a="{b}", b="secret")["text"] == "{b}."


def test_a_value_with_full_stops_stays_whole() -> None:
    assert said("Your text: {a}", a="One. Two {x}. Three.")["text"] == "Your text: One. Two {x}. Three."


def test_a_button_without_its_value_is_left_out() -> None:
    buttons = [{"title": "{t}", "payload": "/a"}, {"title": "b", "payload": "/{p}"}, {"title": "c", "payload": "/c"}]
    assert said("x", buttons=buttons)["buttons"] == [{"title": "c", "payload": "/c"}]
    full = said("x", buttons=buttons, t="T", p="P")["buttons"]
    assert full == [{"title": "T", "payload": "/a"}, {"title": "b", "payload": "/P"}, {"title": "c", "payload": "/c"}]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", [None, "fr", "be", "ie", "ci", "xx"])
def test_numbers_of_the_country(language: Language, country: str | None) -> None:
    expected = load_helplines().of(country).display.values(language)["emergency"]
    message = render("utter_x", [variation(language, "{emergency}")], {"language": language, "country": country}, {})
    assert message["text"] == expected
    if country in (None, "xx"):
        assert "112" in expected
        assert "15" not in expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", [None, "fr", "be", "ch", "ca", "ca-qc", "us", "gb", "ie", "ci", "ma"])
def test_no_response_ever_shows_a_bare_placeholder_or_nothing(language: Language, country: str | None) -> None:
    given_by_actions = {"utter_treatment_one", "utter_treatment_all", "utter_treatment_compare", "utter_know_about_me"}
    for name in load_responses():
        message = of_the_domain(name, language, country=country)
        shown = [message["text"], *(part for button in message["buttons"] for part in button.values())]
        assert not [part for part in shown if re.search(r"\{[a-z_]+\}", part)], name
        # What is left of a safety text without any value must still say something.
        if name.startswith("utter_safety_") and name != "utter_safety_pending_question":
            assert message["text"].strip(), name
        if name not in given_by_actions and "{" not in load_responses()[name].in_(language).text:
            assert message["text"] == load_responses()[name].in_(language).text


# --- choices made at run time ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_clarification_shows_titles_in_the_patients_words(language: Language) -> None:
    options = ["causes", "ask_human", "no_such_intent"]
    message = of_the_domain("utter_clarify", language, options=options)
    titles = load_topics().intents
    assert message["buttons"][:2] == [
        {"title": titles["causes"].title.in_(language), "payload": "/causes"},
        {"title": titles["ask_human"].title.in_(language), "payload": "/ask_human"},
    ]
    assert [button["payload"] for button in message["buttons"][2:]] == ["/something_else"]


@pytest.mark.parametrize("name", ["utter_ask_country", "utter_resources_ask_country"])
@pytest.mark.parametrize(("language", "belgium"), [("fr", "Belgique"), ("en", "Belgium")])
def test_countries_to_choose_from(name: str, language: Language, belgium: str) -> None:
    buttons = of_the_domain(name, language)["buttons"]
    assert {"title": belgium, "payload": '/set_country{"country":"be"}'} in buttons
    assert len(buttons) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_that_waits(language: Language) -> None:
    message = of_the_domain("utter_safety_pending_question", language, pending="immunotherapy")
    assert load_topics().intents["immunotherapy"].title.in_(language) in message["text"]
    assert "/immunotherapy" in [button["payload"] for button in message["buttons"]]
    nothing = of_the_domain("utter_safety_pending_question", language, pending="x")
    assert "/x" not in [button["payload"] for button in nothing["buttons"]]


@pytest.mark.parametrize(("language", "name"), [("fr", "Belgique"), ("en", "Belgium")])
def test_a_country_is_shown_by_its_name(language: Language, name: str) -> None:
    message = render("utter_x", [variation(language, "{country}")], {"language": language, "country": "be"}, {})
    assert message["text"] == name


# --- kinds and keys ---


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("utter_safety_C1", "safety"),
        ("utter_staff_told", "notice"),
        ("utter_watchdog_1", "notice"),
        ("utter_handoff_claimed", "notice"),
        ("utter_causes", "answer"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(name) == kind
    assert said("x", name=name)["metadata"]["kind"] == kind


def test_other_keys_are_kept() -> None:
    message = render("utter_x", [variation("fr", "x", image="https://example.org/x.png", metadata={"a": 1})], {}, {})
    assert message["image"] == "https://example.org/x.png"
    assert message["metadata"] == {"a": 1, "lang": "fr", "kind": "answer"}
