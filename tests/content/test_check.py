from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.content.check import check_content

from .conftest import Spoil

WHAT_IS_EN = "A refractory cancer is a cancer that does not respond to treatment."
TITLE = 'title: {fr: "Pourquoi il résiste", en: "Why it resists"}'
REVIEW = "reviewer: null\n    reviewed_on: null\n    expires_on: null"
EXPIRED = 'reviewer: "A clinician"\n    reviewed_on: 2025-01-01\n    expires_on: 2026-01-01'
PARTIAL = 'reviewer: "A clinician"\n    reviewed_on: null\n    expires_on: null'
TODAY = date(2026, 11, 22)


def test_the_projects_own_content_has_no_problem() -> None:
    assert check_content() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        # the two languages
        ("domain/overview.yml", "payload: /causes", "payload: /greet", "buttons differ"),
        ("domain/overview.yml", WHAT_IS_EN, "See https://example.org", "links differ"),
        ("domain/overview.yml", WHAT_IS_EN, "A {crisis} cancer.", "placeholders differ"),
        ("domain/comment.yml", "        no name\n", "        sans nom\n", "text is identical"),
        ("domain/overview.yml", '"Tell me more"', '"En savoir plus"', "button “En savoir plus” is identical"),
        (
            "domain/overview.yml",
            "  utter_what_is_why:",
            "  utter_what_is_how:",
            "utter_what_is_why is missing",
        ),
        # rules for texts
        ("domain/overview.yml", WHAT_IS_EN, "A word. " * 60, "characters, more than 450"),
        ("domain/overview.yml", WHAT_IS_EN, "A **cancer**.", "markdown"),
        ("domain/overview.yml", WHAT_IS_EN, "A cancer!", "exclamation mark"),
        (
            "domain/overview.yml",
            "payload: /tell_more",
            "payload: /tell_me",
            "neither an intent nor a control",
        ),
        ("domain/overview.yml", "payload: /tell_more", "payload: tell_more", "must start with a slash"),
        ("domain/overview.yml", "payload: /simplify", "payload: /tell_more", "appears twice"),
        ("domain/overview.yml", '"Tell me more"', f'"{"more " * 9}"', "longer than 40"),
        ("domain/talk.yml", "Hello. I am", f"{'Hello. ' * 40} I am", "words for en"),
        ("domain/talk.yml", "  utter_welcome:", "  utter_welcoming:", "utter_welcome is missing"),
        ("domain/safety.yml", "Call {emergency} now.", "Call now.", "must show {emergency}"),
        (
            "domain/comment.yml",
            "Thank you. Comment sent",
            "Thanks. Comment sent",
            "not the one in article.yml",
        ),
        (
            "domain/comment.yml",
            "  utter_comment_failed:",
            "  utter_comment_fail:",
            "utter_comment_failed is missing",
        ),
        # article and answers
        ("content/article.yml", 'en: "Overview"', 'en: "Vue d’ensemble"', "title is identical"),
        ("content/article.yml", 'en: "Overview"', 'en: ""', "en must be a text"),
        ("content/article.yml", "- id: resources", "- id: overview", "the id appears twice"),
        (
            "content/article.yml",
            'exploring clinical trials for new drugs or therapies"',
            'unheard-of trials"',
            "not in the section",
        ),
        ("content/article.yml", "status: not_reviewed", "status: reviewed", "contradict each other"),
        ("content/answers.yml", REVIEW, EXPIRED, "the review expired on 2026-01-01"),
        ("content/answers.yml", REVIEW, PARTIAL, "all three or none"),
        ("content/answers.yml", "sections: [overview, key", "sections: [nowhere, key", "no section nowhere"),
        (
            "content/answers.yml",
            "sections: [overview, key_information]",
            "sections: []",
            "no section is named",
        ),
        ("content/answers.yml", "related: [causes", "related: [weather", "no topic weather"),
        ("content/answers.yml", "  causes:\n", "  cause:\n", "stands in only one of"),
        # topics
        (
            "content/topics.yml",
            TITLE,
            TITLE.replace("Pourquoi il résiste", "Why it resists"),
            "title is identical",
        ),
        (
            "content/topics.yml",
            TITLE,
            TITLE.replace("Why it", "Why it always and again and everywhere"),
            "longer than",
        ),
        (
            "content/topics.yml",
            TITLE,
            TITLE.replace("Why it resists", "Immunotherapy"),
            "already the title of",
        ),
        # helplines, organisations, registries
        ("content/helplines.yml", 'tel: "tel:15"', 'tel: "15"', "no tel: or sms: link"),
        ("content/helplines.yml", "id: fr_112", "id: fr_samu", "the id appears twice"),
        ("content/helplines.yml", 'fr: "15 ou le 112"', 'fr: "le 112"', "does not show its first line"),
        ("content/helplines.yml", "checked_on: null", "checked_on: 2026-01-01", "over six months ago"),
        ("content/helplines.yml", "status: not_signed_off", "status: signed_off", "contradict each other"),
        ("content/countries.yml", "\n  gb:\n", "\n  xx:\n", "gb of helplines.yml is missing"),
        ("content/organisations.yml", "line: fr_ligue", "line: fr_lige", "no line fr_lige"),
        ("content/organisations.yml", '"0 800 940 939"', '"0 800 940 930"', "number or status differ"),
        ("content/registries.yml", "prefilled: true", "prefilled: false", "contradict each other"),
        ("content/registries.yml", "countries: [gb]", "countries: [uk]", "no country uk"),
        ("content/registries.yml", "[fr, be,", "[fr, be}", "registries.yml, line"),
    ],
)
def test_the_check_finds(spoil: Spoil, file: str, old: str, new: str, problem: str) -> None:
    problems = check_content(spoil(file, old, new), today=TODAY)
    assert any(problem in one for one in problems), problems


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_response_without_one_language_is_found(spoil: Spoil, language: str) -> None:
    root = spoil("domain/talk.yml", "utter_thanks_ack:", "utter_thanks_ack:")
    path = root / "bot" / "domain" / "talk.yml"
    variation = rf"    - condition: \[[^\]]*value: {language}\}}\]\n      text: .*\n        .*\n"
    block = rf"(  utter_thanks_ack:\n(?:.|\n)*?){variation}"
    text, count = re.subn(block, r"\1", path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")
    assert check_content(root) == [f"talk.yml, utter_thanks_ack: the text for {language} is missing."]


def test_a_review_that_still_holds_is_no_problem(spoil: Spoil) -> None:
    root = spoil("content/answers.yml", REVIEW, EXPIRED)
    assert check_content(root, today=date(2026, 1, 1)) == []


def test_every_file_is_checked_even_when_one_is_broken(spoil: Spoil) -> None:
    spoil("content/registries.yml", "registries:", "registries: [")
    root = spoil("content/topics.yml", TITLE, TITLE.replace("Pourquoi il résiste", "Why it resists"))
    problems = check_content(root)
    assert any(one.startswith("registries.yml, line") for one in problems)
    assert any("title is identical" in one for one in problems)


def test_an_empty_folder_is_reported_not_raised(tmp_path: Path) -> None:
    assert any("article.yml: cannot be read" in one for one in check_content(tmp_path))
