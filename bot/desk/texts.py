"""The desk's own words in French and English, from ``texts.fr.yml`` and ``texts.en.yml``."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bot.errors import ContentError

LANGUAGES: Final = ("fr", "en")
FOLDER: Final = Path(__file__).parent


class Texts:
    """Texts of one language by dotted key."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: Any) -> str:
        """The text with ``{placeholders}`` filled; with ``n``, ``key_one`` or ``key_other``. Raises KeyError."""
        if "n" in values and key not in self._entries:
            # French says one for zero as well.
            one = values["n"] == 1 or (values["n"] == 0 and self.language == "fr")
            key = f"{key}_{'one' if one else 'other'}"
        return self._entries[key].format(**values) if values else self._entries[key]

    def get(self, key: str, otherwise: str) -> str:
        """The text, or ``otherwise`` when there is none."""
        return self._entries.get(key, otherwise)

    @property
    def keys(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._entries)


@functools.lru_cache(maxsize=4)
def texts(language: str) -> Texts:
    """Texts of ``language``, French for an unknown one. Raises ContentError when the file is malformed."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    path = FOLDER / f"texts.{chosen}.yml"
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ContentError(f"{path.name}: {error}") from error
    return Texts(chosen, dict(_flat(loaded, path.name)))


def _flat(entries: Any, where: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(entries, dict):
        raise ContentError(f"{where}: a map of texts was expected at '{prefix}'.")
    for key, value in entries.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, where, f"{name}.")
        elif isinstance(value, str) and value.strip():
            yield name, value
        else:
            raise ContentError(f"{where}: '{name}' is no text.")
