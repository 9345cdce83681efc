"""One name for what French and English words both mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.nlu.concepts import concepts_in, load_concepts
from bot.nlu.normalise import normalise


@pytest.mark.parametrize(
    ("french", "english", "concept"),
    [
        ("la chimiothérapie", "my chemotherapy", "chemo"),
        ("la chimio", "the chemo", "chemo"),
        ("les rayons", "radiation", "radiotherapy"),
        ("une mutation génétique", "a gene mutation", "mutation"),
        ("cancer du sein", "breast cancer", "breast"),
        ("cancer du poumon", "lung cancer", "lung"),
        ("leucémie", "leukaemia", "leukaemia"),
        ("un essai", "a trial", "trial"),
        ("thérapie ciblée", "targeted therapy", "targeted"),
    ],
)
def test_both_languages_name_one_concept(french: str, english: str, concept: str) -> None:
    assert concept in concepts_in(normalise(french))
    assert concept in concepts_in(normalise(english))


def test_beginnings_of_words_and_whole_words() -> None:
    assert "breast" in concepts_in("seins")
    assert "breast" not in concepts_in("le dessein")
    assert "breast" not in concepts_in("seine et marne")


def test_none_in_nothing() -> None:
    assert concepts_in("") == []


def test_names_come_in_the_order_of_the_file() -> None:
    order = list(load_concepts().names)
    found = concepts_in("pourquoi la chimio ne marche plus sur le sein et le poumon")
    assert found == sorted(found, key=order.index)
    assert len(order) == len(set(order))


@pytest.mark.parametrize(
    ("text", "wrong"), [("- a\n- b\n", "expected a mapping"), ("chemo: chimio\n", "'chemo'"), ("lung: []\n", "'lung'")]
)
def test_a_malformed_file_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "concepts.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=wrong) as caught:
        load_concepts(path)
    assert str(path) in str(caught.value)
