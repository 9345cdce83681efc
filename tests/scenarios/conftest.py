"""The whole engine, loaded once for all scenarios, and its database, which a test may take away."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.evaluation.engine import Engine, engine

Away = Callable[[], contextlib.AbstractContextManager[None]]


@pytest.fixture(scope="session")
def engine_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the engine makes its database; the database gives up soon when somebody holds it."""
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.3")
        yield folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def talk(model: Path, engine_folder: Path) -> AsyncIterator[Engine]:
    """One engine for the session, on the session's event loop."""
    async with engine(model) as opened:
        yield opened


@pytest.fixture
def store_away(engine_folder: Path) -> Away:
    """While it is entered, nobody can write to the engine's database."""

    @contextlib.contextmanager
    def away() -> Iterator[None]:
        [database] = engine_folder.glob("*/evaluation.db")
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    return away
