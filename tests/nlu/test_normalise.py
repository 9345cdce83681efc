"""Text as the understanding sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import normalise, words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Où   en\tsont\nles ESSAIS ?", "ou en sont les essais ?"),
        ("Régulièèèrement", "regulieerement"),
        ("l’œdème", "l'oedeme"),
        ("« Ça va », dit-elle", "« ca va », dit-elle"),
        ("Don`t I’ve ʼtil", "don't i've 'til"),
        ("pleaaaaase heeeelp", "pleaase heelp"),
        ("“refractory”", '"refractory"'),
        ("ﬁèvre ①", "fievre 1"),
        ("e\u0301te\u0301", "ete"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_typing_with_or_without_accents_is_the_same() -> None:
    assert normalise("Thérapie ciblée, œuvre, naïf") == normalise("therapie ciblee, oeuvre, naif")


@given(st.text(max_size=200))
def test_it_takes_any_text_and_changes_nothing_twice(text: str) -> None:
    once = normalise(text)
    assert once == once.strip()
    assert "\n" not in once
    assert "  " not in once
    assert normalise(once) == once


def test_words() -> None:
    assert words("l'essai (phase 2), c'est-a-dire ?") == ["l", "essai", "phase", "2", "c", "est", "a", "dire"]
    assert words("😀 ?!") == []
