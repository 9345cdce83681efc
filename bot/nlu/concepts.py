"""Concept features: one name for what French and English (and misspelt) words both mean."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from bot.errors import ContentError

CONCEPTS_FILE = Path(__file__).with_name("concepts.yml")


# A stem's first letters, by which it is found.
_FIRST: Final = 2
_WORD_START: Final = re.compile(r"\b\w")
_WORD_CHARACTER: Final = re.compile(r"\w")


@dataclass(frozen=True)
class Concepts:
    """``names`` in the order of the file; ``stems``: by their first two letters, (stem, whole word?, place of the name)."""

    names: tuple[str, ...]
    stems: Mapping[str, Sequence[tuple[str, bool, int]]]


@functools.lru_cache(maxsize=4)
def load_concepts(path: Path = CONCEPTS_FILE) -> Concepts:
    """The concepts of the file.

    Raises ContentError when it is no mapping of names to lists of strings of two letters and more.
    """
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ContentError(f"{path}: expected a mapping of concept names to lists.")
    found: defaultdict[str, list[tuple[str, bool, int]]] = defaultdict(list)
    for place, (name, stems) in enumerate(data.items()):
        if not isinstance(stems, list) or not stems:
            raise ContentError(f"{path}: concept {name!r} needs a list of word beginnings.")
        for given in stems:
            stem = str(given).removesuffix("$")
            if len(stem) < _FIRST or not _WORD_CHARACTER.match(stem):
                raise ContentError(f"{path}: {given!r} of concept {name!r} is too short, or begins with no letter.")
            found[stem[:_FIRST]].append((stem, str(given).endswith("$"), place))
    return Concepts(tuple(map(str, data)), dict(found))


def concepts_in(text: str) -> list[str]:
    """Names of the concepts found in a normalised text, in the order of the file."""
    concepts = load_concepts()
    found: set[int] = set()
    for match in _WORD_START.finditer(text):
        start = match.start()
        for stem, whole, place in concepts.stems.get(text[start : start + _FIRST], ()):
            if text.startswith(stem, start) and not (whole and _WORD_CHARACTER.match(text, start + len(stem))):
                found.add(place)
    return [concepts.names[place] for place in sorted(found)]
