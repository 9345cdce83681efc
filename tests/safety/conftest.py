"""Fixtures for what happens after a red flag."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.alerted import WEBHOOK_SECRET, fresh_store, set_environment
from tests.safety.room import Room


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migrated store of this test, and clean settings."""
    yield from fresh_store(tmp_path, monkeypatch)


@pytest.fixture
def paged_by(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Configure paging: quick limits unless told otherwise."""

    def configure(**settings: Any) -> None:
        quick = {"page_timeout": 1.0, "page_backoff": 2.0, "page_max_attempts": 3}
        set_environment(monkeypatch, **{**quick, "page_webhook_secret": WEBHOOK_SECRET, **settings})

    return configure


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    made = Room(monkeypatch)
    async with made.dialogue.up(), made.webhook.up():
        made.configure()
        yield made
