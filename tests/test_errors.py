"""The error tree: one base, everything below it, and the drawing at its top is true."""

from __future__ import annotations

import inspect
import re

import pytest

from bot import errors
from bot.errors import RepereError
from bot.settings import ROOT

KINDS = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__}


def drawn() -> dict[str, str]:
    """Child → parent, as the module's docstring draws it."""
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^([│├└─ ]*)([A-Z]\w+)", line)
        if not match or (match[2] != "RepereError" and not match[1]):
            continue
        depth, name = len(match[1]), match[2]
        above = [(there, parent) for there, parent in above if there < depth]
        if above:
            found[name] = above[-1][1]
        above.append((depth, name))
    return found


def test_the_drawing_is_the_tree() -> None:
    real = {name: kind.__bases__[0].__name__ for name, kind in KINDS.items() if kind is not RepereError}
    assert drawn() == real
    assert RepereError.__bases__ == (Exception,)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_says_what_it_is(name: str) -> None:
    kind = KINDS[name]
    assert issubclass(kind, RepereError)
    assert (kind.__doc__ or "").endswith(".")
    assert str(kind("A whole sentence.")) == "A whole sentence."


def test_no_error_is_defined_elsewhere_without_the_base() -> None:
    strangers = []
    for folder in ("bot", "actions"):
        for path in (ROOT / folder).rglob("*.py"):
            for name, bases in re.findall(
                r"^class (\w+)\(([\w., ]*)\):", path.read_text(encoding="utf-8"), re.MULTILINE
            ):
                if re.search(r"\b(Base)?Exception\b|\w+Error\b", bases) and path.name != "errors.py":
                    known = set(KINDS) | {"RepereError"}
                    if not known & set(re.findall(r"\w+", bases)):
                        strangers.append(f"{path.relative_to(ROOT)}: {name}({bases})")
    assert strangers == []


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"RepereError", "StoreError", "ChannelError"}))
def test_each_is_raised_somewhere(name: str) -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "actions")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "errors.py"
    )
    assert re.search(rf"raise {name}\(|\({name}\):|{name}\(", code), f"nobody raises {name}"
