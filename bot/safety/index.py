"""Find which of many phrases occur in a text, running only the regular expressions whose words are there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from bot.safety.phrase import Anchor, Phrase, best_anchor

Key = TypeVar("Key")


class PhraseIndex(Generic[Key]):
    """Phrases under keys. Cost of a search grows with the words of the text, hardly with the number of phrases."""

    def __init__(self, phrases: Iterable[tuple[Key, Phrase]]) -> None:
        self._ids: dict[Anchor, int] = {}
        self._words: dict[str, list[int]] = defaultdict(list)
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._by_anchor: dict[int, list[tuple[Key, Phrase, frozenset[int]]]] = defaultdict(list)
        for key, phrase in phrases:
            needed = frozenset(self._identify(anchor) for anchor in phrase.anchors)
            rarest = self._identify(best_anchor(phrase.anchors))
            self._by_anchor[rarest].append((key, phrase, needed))
        self._stem_lengths = tuple(sorted({len(stem) for stem in self._stems}))

    def _identify(self, anchor: Anchor) -> int:
        known = self._ids.get(anchor)
        if known is not None:
            return known
        identity = self._ids[anchor] = len(self._ids)
        for literal, is_stem in anchor:
            (self._stems if is_stem else self._words)[literal].append(identity)
        return identity

    def candidates(self, text: str) -> Iterator[tuple[Key, re.Pattern[str]]]:
        """Phrases all of whose anchors are in ``text``."""
        present: set[int] = set()
        for word in set(text.split()):
            if word in self._words:
                present.update(self._words[word])
            for length in self._stem_lengths:
                if length > len(word):
                    break
                found = self._stems.get(word[:length])
                if found is not None:
                    present.update(found)
        # In a fixed order: which of two hits is the first one must not change from one process to the next.
        for identity in sorted(present):
            for key, phrase, needed in self._by_anchor.get(identity, ()):
                if needed <= present:
                    yield key, phrase.pattern

    def search(self, text: str) -> Iterator[tuple[Key, re.Match[str]]]:
        """Every occurrence of every phrase in ``text``."""
        for key, pattern in self.candidates(text):
            for match in pattern.finditer(text):
                yield key, match

    def keys(self, text: str) -> set[Key]:
        """Keys of which at least one phrase occurs in ``text``."""
        return {key for key, pattern in self.candidates(text) if pattern.search(text)}

    def warm_up(self) -> None:
        """Compile every regular expression now rather than at its first use."""
        for phrases in self._by_anchor.values():
            for _, phrase, _ in phrases:
                phrase.pattern  # noqa: B018
