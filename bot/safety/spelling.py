"""Mend misspelt words that the rules know: ``fiebre``, ``respirrer``, ``shiverring``, ``fvr``, ``sarrete``.

One letter lost, added, changed or swapped; vowels left out; an elision written without its apostrophe. Only words of the
rules are mended to. Real words that happen to be one letter away (``soigne`` beside ``saigne``) are listed in
``lexicon/look_alikes.txt`` and left alone; ``python -m bot.safety.look_alikes`` writes that list anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

LEXICON: Final = Path(__file__).parent / "lexicon"
LOOK_ALIKES: Final = LEXICON / "look_alikes.txt"
SHORTEST: Final = 5
_VOWELS: Final = str.maketrans("", "", "aeiouy")
_ELIDED: Final = re.compile(r"(qu|[jldnmtsc])([aeiouyh][a-z]{3,})")
_WRITTEN_OUT: Final = {"qu": "que"}
_WORD: Final = re.compile(r"(?<![a-z{])[a-z]{5,}(?![a-z*}])")


class Speller:
    """Mends to ``vocabulary``; never touches ``real_words``."""

    def __init__(self, vocabulary: Iterable[str], important: Iterable[str], real_words: Iterable[str]) -> None:
        important = sorted(set(important))
        self.vocabulary = frozenset(vocabulary) | frozenset(important)
        self._known = self.vocabulary | frozenset(real_words)
        self._important = frozenset(important)
        self._near: dict[str, str] = {}
        self._bones: dict[str, str] = {}
        # Important words first: where two are as near, the alarm word is meant.
        for word in [*important, *sorted(self.vocabulary)]:
            for shorter in (word, *deletions(word)):
                self._near.setdefault(shorter, word)
        for word in important:
            bones = word[0] + word[1:].translate(_VOWELS)
            if len(bones) >= 4:
                self._bones.setdefault(bones, word)

    def mend(self, word: str) -> str:
        """What ``word`` (a–z only) is meant to be: itself, a word of the rules, or an elision and such a word."""
        if len(word) < SHORTEST - 1 or word in self._known:
            return word
        return self._one_edit(word) or self._without_vowels(word) or self._elided(word) or word

    def _one_edit(self, word: str) -> str | None:
        if len(word) < SHORTEST:
            # Of four letters only a lost one is mended, and only to an important word: "fevr".
            meant = self._near.get(word)
            return meant if meant in self._important and meant[0] == word[0] else None
        for candidate in (word, *deletions(word)):
            meant = self._near.get(candidate)
            # Equal first letters: people rarely mistype them, and "ouffre" is no "souffre".
            if meant is not None and meant[0] == word[0] and one_edit(word, meant):
                return meant
        return None

    def _without_vowels(self, word: str) -> str | None:
        bones = word[0] + word[1:].translate(_VOWELS)
        # Only a word that lost most of its vowels: "rspirr", "blding", not a foreign word.
        return self._bones.get(bones) if len(word) - len(bones) <= 1 else None

    def _elided(self, word: str) -> str | None:
        found = _ELIDED.fullmatch(word)
        if found is None or found.group(2) not in self.vocabulary:
            return None
        head = found.group(1)
        return f"{_WRITTEN_OUT.get(head, head + 'e')} {found.group(2)}"


def deletions(word: str) -> list[str]:
    """``word`` with each letter left out in turn."""
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def one_edit(one: str, other: str) -> bool:
    """Whether one letter lost, added, changed or swapped with its neighbour turns ``one`` into ``other``."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) != len(other):
        shorter, longer = sorted((one, other), key=len)
        return shorter in deletions(longer)
    differing = [i for i in range(len(one)) if one[i] != other[i]]
    if len(differing) == 2:
        first, second = differing
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return len(differing) == 1


def rule_words() -> tuple[frozenset[str], frozenset[str]]:
    """(every whole word of five letters or more in the rules, the important ones of spelling.txt)."""
    found: set[str] = set()
    for path in sorted(LEXICON.glob("*.yml")):
        if path.stem.startswith(("body", "mind", "words")):
            lines = path.read_text(encoding="utf-8").splitlines()
            found.update(word for line in lines if line.startswith(("    - ", "  - ")) for word in _WORD.findall(line))
    return frozenset(found), frozenset((LEXICON / "spelling.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def _speller() -> Speller:
    vocabulary, important = rule_words()
    return Speller(vocabulary, important, LOOK_ALIKES.read_text(encoding="utf-8").split())


@lru_cache(maxsize=8192)
def repair(word: str) -> str:
    """The words of the rules that ``word`` misspells, or ``word`` itself; lower-case letters a–z expected."""
    return _speller().mend(word)
