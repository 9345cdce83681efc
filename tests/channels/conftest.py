"""A running channel for the tests that talk to it from outside, and a quiet environment for the others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import get_settings
from bot.store import database
from tests.widget_server import WidgetServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WidgetServer]:
    with running(tmp_path_factory.mktemp("channel")) as started:
        yield started


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("REPERE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REPERE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("REPERE_ENVIRONMENT", "test")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    database.upgrade(f"sqlite:///{path}")
    database.dispose(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_database: Path) -> Iterator[str]:
    """A migrated SQLite file of this test."""
    shutil.copy(empty_database, tmp_path / "repere.db")
    url = f"sqlite:///{tmp_path / 'repere.db'}"
    yield url
    database.dispose(url)
