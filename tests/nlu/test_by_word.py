"""Results for words are remembered, for endless ones they are not."""

from __future__ import annotations

from bot.nlu.by_word import LONGEST, by_word


def test_each_word_is_reckoned_once_unless_it_is_long() -> None:
    asked: list[str] = []

    @by_word
    def size(word: str) -> int:
        asked.append(word)
        return len(word)

    words = ["scan", "x" * LONGEST, "x" * (LONGEST + 1)]
    assert [size(word) for word in words * 2] == [4, LONGEST, LONGEST + 1] * 2
    assert asked == [*words, words[-1]]
