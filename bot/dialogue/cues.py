"""Looks for the cues of ``cues.yml`` in a message."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError

CUES_FILE = Path(__file__).with_name("cues.yml")


@functools.lru_cache(maxsize=2)
def _compiled(path: Path = CUES_FILE) -> dict[str, Any]:
    def compiled(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: compiled(part, f"{name}.{key}") for key, part in value.items()}
        try:
            return [re.compile(pattern) for pattern in value]
        except (re.error, TypeError) as error:
            raise ContentError(f"{path}: cue {name}: {error}.") from error

    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in data:
        if not isinstance(name, str):  # YAML reads a bare yes or no as a truth value
            raise ContentError(f"{path}: the name of cue {name!r} must stand in quotes.")
    return {name: compiled(value, name) for name, value in data.items()}


def match(name: str, plain: str) -> re.Match[str] | None:
    """First match of a cue in a normalised text, or None. Raises KeyError for a cue that does not exist."""
    return next((found for pattern in _compiled()[name] if (found := pattern.search(plain))), None)


def has(name: str, plain: str) -> bool:
    """Whether a normalised text shows a cue."""
    return match(name, plain) is not None


def among(name: str, plain: str) -> list[Any]:
    """Keys of a group of cues that a normalised text shows, in the order of their first appearance."""
    starts = {
        key: min(found.start() for pattern in patterns if (found := pattern.search(plain)))
        for key, patterns in _compiled()[name].items()
        if any(pattern.search(plain) for pattern in patterns)
    }
    return sorted(starts, key=starts.__getitem__)
