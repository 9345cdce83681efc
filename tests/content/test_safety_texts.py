"""What safety.md 1.2, 2.4 and 5 ask of every safety text, and what it forbids."""

from __future__ import annotations

import re

import pytest

from bot.content.responses import load_responses
from bot.content.source import Language

BODY = [f"utter_safety_{tier}{who}" for tier in ("E0", "E1", "E2") for who in ("", "_third")]
MIND = [f"utter_safety_{tier}" for tier in ("C1", "C1_third", "C2", "C3", "C4", "C5")]
TIERS = [*BODY, *MIND, "utter_safety_body_and_mind"]
FILES = ("safety.yml", "handoff.yml")
LANGUAGES = ("fr", "en")

# safety.md 1.2 "Must NOT", 2.4 "Never", 5.3: no reassurance, home remedy, drug, method, promise or blame.
NEVER = {
    "fr": r"calmez|inquiétez pas|rassur|pas grave|ce n’est rien|courage|pensez à vos|pire que vous|positif"
    r"|paracétamol|doliprane|ibuprofène|antibiotique|imodium|laxatif|morphine|commettre|réussi|raté"
    r"|police|dieu|égoïste|risque élevé|diagnostic|sûrement|probablement|nous vous rappel|quelqu’un arrive"
    r"|pont|corde|vous êtes en sécurité|vous a.t.il été utile",
    "en": r"calm down|don’t worry|do not worry|reassur|not serious|it is nothing|think of your|have it worse"
    r"|be positive|paracetamol|tylenol|ibuprofen|antibiotic|imodium|laxative|morphine|\bcommit|successful"
    r"|\bfailed|police|\bgod\b|selfish|high risk|diagnos|probably|certainly|call you back|is coming"
    r"|on their way|bridge|\brope|you are safe|was this helpful",
}
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TIERS)
def test_the_action_and_a_number_come_first(name: str, language: Language) -> None:
    first = load_responses()[name].in_(language).text.split("\n")[0]
    assert re.search(r"\b(?:[Aa]ppele[zr]|[Cc]all)\b", first)
    assert "{emergency}" in first or "{crisis}" in first
    assert "?" not in first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TIERS)
def test_the_numbers_shown_are_two_at_most(name: str, language: Language) -> None:
    text = load_responses()[name].in_(language).text
    assert len({"{emergency}", "{crisis}", "{cancer_line}"} & set(re.findall(r"{\w+}", text))) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TIERS)
def test_the_bots_limits_are_said(name: str, language: Language) -> None:
    text = load_responses()[name].in_(language).text
    limit = {
        "fr": ("Je suis un outil automatique", "je ne peux pas"),
        "en": ("I am an automated tool", "I cannot"),
    }
    assert all(piece.lower() in text.lower() for piece in limit[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BODY)
def test_what_to_say_on_the_phone_is_there(name: str, language: Language) -> None:
    text = load_responses()[name].in_(language).text
    pieces = {
        "fr": ("Dites : «", "dose date de", "liste de"),
        "en": ("Say: “", "last dose was on", "list of"),
    }
    assert all(piece in text for piece in pieces[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MIND)
def test_what_was_said_is_taken_seriously(name: str, language: Language) -> None:
    text = load_responses()[name].in_(language).text
    assert {"fr": "prends cela au sérieux", "en": "taking that seriously"}[language] in text


@pytest.mark.parametrize("name", TIERS)
def test_not_what_i_meant_is_one_tap_away(name: str) -> None:
    payloads = [button.payload for button in load_responses()[name].in_("fr").buttons]
    assert {"/called", "/someone_call", "/not_meant"} <= set(payloads)
    assert payloads[-1] == "/not_meant"


@pytest.mark.parametrize("name", [f"utter_safety_C{tier}" for tier in (1, 2, 3, 4)])
def test_the_one_question_about_danger_is_asked_with_buttons(name: str) -> None:
    payloads = {button.payload for button in load_responses()[name].in_("en").buttons}
    assert {"/danger_now", "/danger_not_now", "/third_person"} <= payloads


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_never_lists_is_said(language: Language) -> None:
    for response in load_responses().values():
        if response.file in FILES:
            text = response.in_(language).text
            assert not re.search(NEVER[language], text, re.IGNORECASE), response.id
            assert not EMOJI.search(text), response.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TIERS)
def test_no_answer_of_the_article_stands_in_a_safety_reply(name: str, language: Language) -> None:
    text = load_responses()[name].in_(language).text
    assert not re.search(r"réfractaire|refractory|immuno|ciblée|targeted|essai|trial|article", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_repeated_texts_use_different_words(language: Language) -> None:
    responses = load_responses()
    texts = [responses[f"utter_watchdog_{stage}"].in_(language).text for stage in (1, 2, 3)]
    sentences = [{one for one in re.split(r"[.:]\s*", text) if one and "{" not in one} for text in texts]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not sentences[one] & sentences[other]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_promises_secrecy_or_a_time(language: Language) -> None:
    responses = load_responses()
    refusal = {"fr": "Je ne peux pas vous promettre le secret", "en": "I cannot promise you secrecy"}
    assert refusal[language] in responses["utter_safety_secret"].in_(language).text
    when = {"fr": "Je ne peux pas vous dire quand", "en": "I cannot tell you when"}
    assert when[language] in responses["utter_handoff_requested"].in_(language).text
