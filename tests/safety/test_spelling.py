"""Misspelt alarm words are mended, look-alikes are not."""

from __future__ import annotations

import pytest

from bot.safety.look_alikes import real_words
from bot.safety.spelling import LOOK_ALIKES, Speller, one_edit, repair, rule_words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fievree", "fievre"),
        ("fievr", "fievre"),
        ("respirrer", "respirer"),
        ("grelote", "grelotte"),
        ("suicde", "suicide"),
        ("shiverring", "shivering"),
        ("brething", "breathing"),
        ("seizrue", "seizure"),
        ("swalowed", "swallowed"),
        ("sarrete", "se arrete"),
    ],
)
def test_one_slip_is_mended(typed: str, meant: str) -> None:
    assert repair(typed) == meant


@pytest.mark.parametrize("word", ["soigne", "signe", "breeding", "threat", "lievre", "baigne", "chatte", "chili"])
def test_a_real_word_is_left_alone(word: str) -> None:
    assert repair(word) == word


def test_an_important_word_survives_the_loss_of_its_vowels() -> None:
    assert Speller((), ["respirer"], ()).mend("rspirr") == "respirer"


def test_two_slips_are_too_many() -> None:
    assert not one_edit("fievre", "fivere"[::-1])
    assert not one_edit("fievre", "fie")


def test_the_list_of_look_alikes_is_up_to_date() -> None:
    listed = set(LOOK_ALIKES.read_text(encoding="utf-8").split())
    speller = Speller(*rule_words(), ())
    missing = {word for word in real_words() if speller.mend(word) != word} - listed
    assert not missing, "run `python -m bot.safety.look_alikes`"
