"""Temperatures in every notation; numbers that are something else (safety.md 1.0)."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess
from bot.safety.normalise import normalise
from bot.safety.temperature import Temperature, temperatures, unwell


def read(text: str) -> list[float]:
    words = normalise(text)
    return [round(t.celsius, 1) for sentence in words.sentences for t in temperatures(sentence, words.text)]


@pytest.mark.parametrize(
    ("text", "celsius"),
    [
        ("38,5 ce soir", 38.5),
        ("38.5 sous chimio", 38.5),
        ("38 2 c grave ? chimio il y a 8 jours", 38.2),
        ("38°7 depuis la nuit", 38.7),
        ("j'ai 385 et je suis sous chimio", 38.5),
        ("39 de fièvre", 39.0),
        ("jai 39 et je grelotte", 39.0),
        ("trente-neuf de fièvre", 39.0),
        ("trente-huit virgule six au thermomètre", 38.6),
        ("il fait 39 de fièvre", 39.0),
        ("35,4 de température, je suis glacé", 35.4),
        ("temp of 39", 39.0),
        ("my temp is 38.9", 38.9),
        ("101.3F", 38.5),
        ("101 fever on chemo", 38.3),
        ("fever 102", 38.9),
        ("thirty eight point six", 38.6),
        ("thirty-nine and shivering", 39.0),
        ("temp a hundred and two", 38.9),
        ("95.4 temperature and clammy", 35.2),
    ],
)
def test_notations(text: str, celsius: float) -> None:
    assert celsius in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "j'ai 39 ans",
        "il a 38 ans et un lymphome",
        "my fella has refractory AML, he's 39",
        "38 semaines de grossesse",
        "il fait 39 degrés à Toulouse",
        "it's 39 degrees in Seville",
        "je pèse 38,5 kilos",
        "leucocytes à 38,5",
        "white cells 38.5",
        "bus 38",
        "page 101 of the booklet",
        "à partir de 38 on appelle qui ?",
        "at what temperature should I worry, 38?",
        "39 euros le pilulier",
    ],
)
def test_other_numbers(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("celsius", "ill", "expected"),
    [(38.0, False, True), (37.9, False, False), (37.5, True, True), (37.4, True, False), (35.9, False, True)],
)
def test_thresholds(celsius: float, ill: bool, expected: bool) -> None:
    assert Temperature(celsius, "").alarming(ill) is expected


def test_feeling_ill_is_read_from_the_words_around() -> None:
    assert unwell(" je me sens patraque . ")
    assert unwell(" i feel rough . ")
    assert not unwell(" tout va bien . ")


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("37,8 et je me sens patraque sous chimio", "E1"),
        ("37.8 and I feel rough on chemo", "E1"),
        ("36,9 ce matin", None),
        ("temp 98.6F all good", None),
    ],
)
def test_what_follows(text: str, tier: str | None) -> None:
    body = assess(text).body
    assert body == tier or (tier == "E1" and body == "E0")
