"""What people type, turned into plain words."""

from __future__ import annotations

import pytest

from bot.safety.normalise import LONGEST, normalise


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("J'ai 38,5 de fièvre !", " je ai 38.5 de fievre . "),
        ("jai 39 et je grelotte", " je ai 39 et je grelotte . "),
        ("jé mal", " je ai mal . "),
        ("jpeux plus respirer", " je peux plus respirer . "),
        ("c dur de respirer", " ce est dur de respirer . "),
        ("l’eau ressort", " le eau ressort . "),
        ("s'il te plaît", " si il te plait . "),
        ("I can't breathe", " i can not breathe . "),
        ("cant breath", " can not breath . "),
        ("she's won't dont", " she is will not do not . "),
        ("wat do u mean?", " what do you mean ? "),
        ("38°5 ou 101.3F", " 38.5 ou 101.3 °f . "),
        ("aaaargh HELP", " argh help . "),
        ("mdr 😂", " mdr lol . "),
    ],
)
def test_plain_words(typed: str, plain: str) -> None:
    assert normalise(typed).text == plain


def test_sentences_are_split_and_numbers_are_not() -> None:
    words = normalise("Bonsoir. J'ai 38.5 depuis hier! Que faire?")
    assert [sentence.strip() for sentence in words.sentences] == [
        "bonsoir .",
        "je ai 38.5 depuis hier .",
        "que faire ?",
    ]


@pytest.mark.parametrize("empty", ["", "   ", "!!!", "\u200b", "🙂"])
def test_nothing_to_read(empty: str) -> None:
    assert normalise(empty).sentences == ()


def test_a_very_long_message_keeps_its_beginning_and_its_end() -> None:
    words = normalise("debut " + "x" * 3 * LONGEST + " fin")
    assert words.text.startswith(" debut ")
    assert words.text.endswith(" fin . ")
