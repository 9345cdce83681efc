"""What is reckoned for a word is remembered: most words of a message were met before."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

# Words remembered by each function, in the memory of the process alone, without order and without who wrote them.
WORDS: Final = 20_000
# Longer ones are addresses, links and slips of a cat on the keyboard: not met again, and of any size.
LONGEST: Final = 30


def by_word(function: Callable[[str], T]) -> Callable[[str], T]:
    """``function``, with its results for words of up to ``LONGEST`` characters remembered."""
    remembered = functools.lru_cache(WORDS)(function)

    def of(word: str) -> T:
        return remembered(word) if len(word) <= LONGEST else function(word)

    return of
