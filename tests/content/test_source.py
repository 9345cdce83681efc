from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.source import read
from bot.errors import ContentError


def _file(folder: Path, text: str) -> Path:
    path = folder / "some.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2\n", "some.yml, line 2: "),
        ("a: 1\nb: 2\na: 3\n", "some.yml, line 3: a appears twice"),
        ("", "some.yml: is empty"),
        ("- a\n", "some.yml, line 1: the file must be a mapping"),
        ("? [a]\n: 1\n", "some.yml, line 1: a key must be a text"),
        ("a: \x00\n", "some.yml: "),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(_file(tmp_path, text))
    assert message in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"none\.yml: cannot be read"):
        read(tmp_path / "none.yml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.yml"
    path.write_bytes("a: é".encode("latin-1"))
    with pytest.raises(ContentError, match=r"some\.yml: is not UTF-8"):
        read(path)


@pytest.mark.parametrize(
    ("text", "getter", "message"),
    [
        ("x: 1\n", "text", "line 1: a is missing"),
        ("x: 1\na: ''\n", "text", "line 2: a must be a text"),
        ("x: 1\na: null\n", "text", "line 2: a must be a text"),
        ("x: 1\na: [b]\n", "text", "line 2: a must be a text"),
        ("x: 1\na: b\n", "texts", "line 2: a must be a list"),
        ("x: 1\na: [b, {c: d}]\n", "texts", "line 2: a must hold texts only"),
        ("x: 1\na: maybe\n", "flag", "line 2: a must be true or false"),
        ("x: 1\na: 22/11/2026\n", "date", "line 2: a must be a day"),
        ("x: 1\na: null\n", "date", "line 2: a must be a day"),
        ("x: 1\na: b\n", "entry", "line 2: a must be a mapping"),
        ("x: 1\na: [b]\n", "entries", "line 2: a must be a mapping"),
        ("x: 1\na: {fr: b}\n", "both", "line 2: en is missing"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, text: str, getter: str, message: str) -> None:
    entry = read(_file(tmp_path, text))
    with pytest.raises(ContentError) as caught:
        getattr(entry, getter)("a")
    assert message in str(caught.value)


def test_a_value_out_of_the_allowed_ones_is_named(tmp_path: Path) -> None:
    entry = read(_file(tmp_path, "a: maybe\n"))
    with pytest.raises(ContentError, match="line 1: a is 'maybe', not one of yes, no"):
        entry.choice("a", ("yes", "no"))


def test_values_come_back_typed(tmp_path: Path) -> None:
    entry = read(_file(tmp_path, "a: {fr: oui, en: 'yes'}\nb: true\nc: 2026-11-22\nd: null\ne: [x, y]\n"))
    assert (entry.both("a").in_("fr"), entry.both("a").in_("en")) == ("oui", "yes")
    assert entry.flag("b") is True
    assert entry.date("c").isoformat() == "2026-11-22"
    assert entry.optional_date("d") is None
    assert entry.optional_text("d") is None
    assert entry.optional_both("d") is None
    assert entry.texts("e") == ("x", "y")
    assert entry.is_list("e")
    assert not entry.is_list("b")
