from __future__ import annotations

import hashlib
from datetime import date

import pytest

from bot.content.article import Review, load_answers, load_article
from bot.errors import ContentError

from .conftest import Spoil

# SHA-256 of the article as it was published, line by line, without a newline at its end.
PUBLISHED = "1601d07943dde883d8a4b2fa1371b30db68cf23f3a75b3eaf816d2513daad881"


def test_the_french_text_is_the_articles_own_to_the_letter() -> None:
    article = load_article()
    lines = []
    for section in article.sections:
        lines += [section.title.fr, section.text.fr]
    lines.append(article.questions_title.fr)
    for question in article.questions:
        lines += [f"- {question.title.fr}", question.text.fr]
    form = article.comment_form
    lines += [form.title.en, form.sent.en, form.failed.en]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == PUBLISHED


def test_all_sections_and_questions_are_there_in_order() -> None:
    article = load_article()
    assert [section.id for section in article.sections] == [
        "overview",
        "key_information",
        "clinical_significance",
        "treatment",
        "resources",
    ]
    assert [question.id for question in article.questions] == ["faq_causes", "faq_new_treatments", "faq_cure"]


def test_every_translation_says_that_nobody_reviewed_it() -> None:
    article = load_article()
    assert {one.translation for one in article.sections + article.questions} == {"project translation, not reviewed"}
    assert article.status == "not_reviewed"
    assert not article.review.done
    assert not any(answer.review.done for answer in load_answers().values())


def test_the_four_treatments_come_in_the_articles_order() -> None:
    article = load_article()
    ids = [way.id for way in article.treatments]
    assert ids == ["clinical_trials", "targeted_therapy", "immunotherapy", "palliative_care"]
    for language in ("fr", "en"):
        sentence = article.section("treatment").text.in_(language)
        places = [sentence.index(way.words.in_(language)) for way in article.treatments]
        assert places == sorted(places)


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ContentError, match="no section nowhere"):
        load_article().section("nowhere")


def test_a_review_holds_until_its_expiry() -> None:
    review = Review("A clinician", date(2026, 1, 1), date(2027, 1, 1))
    assert review.done
    assert not review.expired(date(2027, 1, 1))
    assert review.expired(date(2027, 1, 2))
    assert Review("A clinician", None, None).partial
    assert not Review(None, None, None).partial


def test_a_missing_translation_is_named_with_its_line(spoil: Spoil) -> None:
    root = spoil("content/article.yml", '      en: "Overview"\n', "")
    with pytest.raises(ContentError, match=r"article\.yml, line \d+: en is missing"):
        load_article(root)
