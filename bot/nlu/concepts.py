"""Concept features: one name for what French and English (and misspelt) words both mean."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import yaml

from bot.errors import ContentError

CONCEPTS_FILE = Path(__file__).with_name("concepts.yml")


def _pattern(stems: list[str]) -> re.Pattern[str]:
    parts = [re.escape(stem[:-1]) + r"\b" if stem.endswith("$") else re.escape(stem) for stem in stems]
    return re.compile(r"\b(?:" + "|".join(parts) + ")")


@functools.lru_cache(maxsize=4)
def load_concepts(path: Path = CONCEPTS_FILE) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Concepts in the order of the file, each with its compiled pattern.

    Raises ContentError when the file is no mapping of names to lists of strings.
    """
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ContentError(f"{path}: expected a mapping of concept names to lists.")
    for name, stems in data.items():
        if not isinstance(stems, list) or not stems:
            raise ContentError(f"{path}: concept {name!r} needs a list of word beginnings.")
    return tuple((str(name), _pattern([str(stem) for stem in stems])) for name, stems in data.items())


def concepts_in(text: str) -> list[str]:
    """Names of the concepts found in a normalised text, in the order of the file."""
    return [name for name, pattern in load_concepts() if pattern.search(text)]
