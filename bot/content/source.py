"""Reads the project's YAML data files so that every mistake is reported with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml

from bot.errors import ContentError
from bot.settings import ROOT

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, Language] = ("fr", "en")

# libyaml's loader reads the same and is some ten times faster; not every machine has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

__all__ = ["LANGUAGES", "ROOT", "Both", "Entry", "Language", "read"]


@dataclass(frozen=True)
class Both:
    """One text in both languages."""

    fr: str
    en: str

    def in_(self, language: Language) -> str:
        """The text in ``language``."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Entry:
    """A mapping of a data file. Its getters raise ContentError, naming file and line, for what is wrong."""

    file: Path
    node: yaml.MappingNode

    @property
    def where(self) -> str:
        """File and line, as errors show them."""
        return _where(self.file, self.node)

    def keys(self) -> tuple[str, ...]:
        """The keys in the file's order."""
        return tuple(str(key.value) for key, _ in self.node.value)

    def has(self, key: str) -> bool:
        """Whether ``key`` is there and not null."""
        node = self._find(key)
        return node is not None and not _is_null(node)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        node = self._need(key)
        if not isinstance(node, yaml.ScalarNode) or _is_null(node) or not node.value.strip():
            raise ContentError(f"{_where(self.file, node)}: {key} must be a text.")
        return str(node.value)

    def optional_text(self, key: str) -> str | None:
        """A text, or None when the key is missing or null."""
        return self.text(key) if self.has(key) else None

    def both(self, key: str) -> Both:
        """A text in both languages, written as a mapping of fr and en."""
        entry = self.entry(key)
        return Both(fr=entry.text("fr"), en=entry.text("en"))

    def optional_both(self, key: str) -> Both | None:
        """A text in both languages, or None when the key is missing or null."""
        return self.both(key) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; it may be empty."""
        nodes = self._list(key)
        for node in nodes:
            if not isinstance(node, yaml.ScalarNode) or _is_null(node):
                raise ContentError(f"{_where(self.file, node)}: {key} must hold texts only.")
        return tuple(str(node.value) for node in nodes)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.text(key)
        if value not in ("true", "false"):
            raise ContentError(f"{_where(self.file, self._need(key))}: {key} must be true or false.")
        return value == "true"

    def optional_date(self, key: str) -> date | None:
        """A day written YYYY-MM-DD, or None when null. The key itself must be there."""
        node = self._need(key)
        if _is_null(node):
            return None
        try:
            return date.fromisoformat(self.text(key))
        except ValueError as error:
            raise ContentError(f"{_where(self.file, node)}: {key} must be a day as YYYY-MM-DD.") from error

    def date(self, key: str) -> date:
        """A day written YYYY-MM-DD."""
        value = self.optional_date(key)
        if value is None:
            raise ContentError(f"{_where(self.file, self._need(key))}: {key} must be a day as YYYY-MM-DD.")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of ``allowed``."""
        value = self.text(key)
        if value not in allowed:
            raise ContentError(
                f"{_where(self.file, self._need(key))}: {key} is {value!r}, not one of {', '.join(allowed)}."
            )
        return value

    def entry(self, key: str) -> Entry:
        """A mapping."""
        return _entry(self.file, self._need(key), key)

    def entries(self, key: str) -> tuple[Entry, ...]:
        """A list of mappings; it may be empty."""
        return tuple(_entry(self.file, node, key) for node in self._list(key))

    def items(self, key: str) -> Iterator[tuple[str, Entry]]:
        """The members of a mapping of mappings, in the file's order."""
        inner = self.entry(key)
        for name in inner.keys():  # noqa: SIM118 - keys() of Entry, which is no dict
            yield name, inner.entry(name)

    def is_list(self, key: str) -> bool:
        """Whether ``key`` holds a list."""
        return isinstance(self._need(key), yaml.SequenceNode)

    def _find(self, key: str) -> yaml.Node | None:
        for name, value in self.node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
        return None

    def _need(self, key: str) -> yaml.Node:
        node = self._find(key)
        if node is None:
            raise ContentError(f"{self.where}: {key} is missing.")
        return node

    def _list(self, key: str) -> list[yaml.Node]:
        node = self._need(key)
        if not isinstance(node, yaml.SequenceNode):
            raise ContentError(f"{_where(self.file, node)}: {key} must be a list.")
        return list(node.value)


def read(file: Path) -> Entry:
    """The mapping that ``file`` holds. Raises ContentError when it is absent, no YAML, or repeats a key."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise ContentError(f"{file.name}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{file.name}: is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{file.name}, line {line}: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise ContentError(f"{file.name}: {error}.") from error
    if node is None:
        raise ContentError(f"{file.name}: is empty.")
    _refuse_repeated_keys(file, node)
    return _entry(file, node, "the file")


def _entry(file: Path, node: yaml.Node, name: str) -> Entry:
    if not isinstance(node, yaml.MappingNode):
        raise ContentError(f"{_where(file, node)}: {name} must be a mapping.")
    return Entry(file, node)


def _where(file: Path, node: yaml.Node) -> str:
    return f"{file.name}, line {node.start_mark.line + 1}"


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _refuse_repeated_keys(file: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        for member in node.value:
            _refuse_repeated_keys(file, member)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ContentError(f"{_where(file, key)}: a key must be a text.")
            if key.value in seen:
                raise ContentError(f"{_where(file, key)}: {key.value} appears twice.")
            seen.add(key.value)
            _refuse_repeated_keys(file, value)
