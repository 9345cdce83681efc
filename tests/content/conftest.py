"""A copy of the project's content that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import ROOT

Spoil = Callable[[str, str, str], Path]


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """Replaces the first occurrence of a text in a copied file, and gives the copy's root."""
    for folder in ("content", "domain"):
        shutil.copytree(ROOT / "bot" / folder, tmp_path / "bot" / folder)

    def replace(file: str, old: str, new: str) -> Path:
        path = tmp_path / "bot" / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return replace
