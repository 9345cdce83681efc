"""Fixtures for what happens after a red flag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerted import fresh_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migrated store of this test, and clean settings."""
    yield from fresh_store(tmp_path, monkeypatch)
