"""What is left of a message to read."""

from __future__ import annotations

import pytest

from bot.channels.inbound import LONGEST, clean
from bot.safety.detector import assess

STORY = {
    "fr": "Je vous raconte un peu notre histoire. ",
    "en": "Let me tell you a bit of our story. ",
}
FLAG = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
WORSE = {"fr": "jai avalé toute la boite de comprimes", "en": "I took all my pills"}


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("", ""),
        (" bonjour\n", "bonjour"),
        ("a\x00b\x1bc\u200bd\u202ee", "a b c d e"),
        ("deux\nlignes\tici", "deux\nlignes\tici"),
        ("half \ud83d pair", "half   pair"),
        ("\u200b/what_is", "/what_is"),
        ("é" * LONGEST, "é" * LONGEST),
    ],
)
def test_what_cannot_be_seen_goes(raw: str, read: str) -> None:
    assert clean(raw) == read


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("before", [0, 3_000, 4_200, 9_000, 17_000, 25_500, 30_000])
def test_danger_is_never_cut_away(language: str, before: int) -> None:
    story = STORY[language] * 1000
    text = f"{story[:before]} {FLAG[language]}. {story[: 30_000 - before]}"
    read = clean(text)
    assert len(read) <= LONGEST
    assert FLAG[language] in read
    assert assess(read).tier == "E1"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_of_several_the_most_urgent_stays(language: str) -> None:
    story = (STORY[language] * 1000)[:8_000]
    read = clean(f"{story} {FLAG[language]}. {story} {WORSE[language]}. {story}")
    assert len(read) <= LONGEST
    assert assess(read).tier == "C1"


def test_of_a_long_message_without_danger_beginning_and_end_stay() -> None:
    read = clean("début " + "bla " * 100_000)
    assert len(read) <= LONGEST
    assert read.startswith("début ")
