"""Which cancer a message names, as the term trial registries search for."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from bot.content.countries import plain
from bot.content.source import ROOT, read


@functools.lru_cache(maxsize=8)
def _patterns(root: Path) -> tuple[tuple[str, re.Pattern[str]], ...]:
    file = read(root / "bot" / "content" / "cancers.yml")
    return tuple(
        (term, re.compile(r"\b(?:" + "|".join(re.escape(plain(stem)) for stem in file.texts(term)) + ")"))
        for term in file.keys()  # noqa: SIM118
    )


def cancer_named(text: str, root: Path = ROOT) -> str | None:
    """The English search term of the first cancer of the list that ``text`` names, or None."""
    folded = plain(text)
    return next((term for term, pattern in _patterns(root) if pattern.search(folded)), None)
