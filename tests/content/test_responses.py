from __future__ import annotations

import pytest

from bot.content.responses import load_responses
from bot.content.source import Language
from bot.errors import ContentError

from .conftest import Spoil

FRENCH = "condition: [{type: slot, name: language, value: fr}]"


@pytest.mark.parametrize(
    ("language", "start"),
    [("fr", "Un cancer réfractaire est un cancer qui"), ("en", "A refractory cancer is a cancer that")],
)
def test_a_text_is_read_in_its_language(language: Language, start: str) -> None:
    response = load_responses()["utter_what_is"]
    assert response.in_(language).text.startswith(start)
    assert response.in_(language).buttons[0].payload == "/tell_more"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_text_is_filled(language: Language) -> None:
    text = load_responses()["utter_staff_told"].in_(language)
    assert text.placeholders == {"emergency"}
    assert "999" in text.filled(emergency="999")


def test_a_text_is_never_shown_with_a_bare_placeholder() -> None:
    with pytest.raises(ContentError, match=r"No value for \{emergency\}"):
        load_responses()["utter_staff_told"].in_("fr").filled()


def test_a_value_that_holds_braces_stays_as_it_is() -> None:
    text = load_responses()["utter_comment_confirm"].in_("en")
    assert "{comment_name}?" in text.filled(comment_text="{comment_name}?", comment_name="x")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (FRENCH, "condition: []", "needs one condition"),
        (FRENCH, FRENCH.replace("fr}", "de}"), "needs one condition"),
        (FRENCH, FRENCH.replace("language", "country"), "needs one condition"),
        (FRENCH, FRENCH.replace("fr}", "en}"), "utter_what_is has two texts for en"),
        ('version: "3.1"', 'version: "2.0"', "the domain version must be 3.1"),
        ("  utter_what_is:\n", "  utter_greet:\n", "utter_greet already stands in overview.yml"),
        ("payload: /tell_more", "payloat: /tell_more", "payload is missing"),
    ],
)
def test_a_malformed_domain_file_is_named(spoil: Spoil, old: str, new: str, message: str) -> None:
    root = spoil("domain/overview.yml", old, new)
    with pytest.raises(ContentError) as caught:
        load_responses(root)
    assert message in str(caught.value)
    assert ".yml" in str(caught.value)
