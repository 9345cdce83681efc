"""The tracker store while the database is locked or gone: conversations go on, and are written once."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from bot.errors import StoreUnavailable
from bot.settings import get_settings
from bot.store import alerts, conversations, database, privacy, saves
from bot.store.database import session_scope
from bot.store.models import EventRow
from bot.store.tracker_store import RepereTrackerStore

from .rasa_turns import DOMAIN, RED, start, texts, turn

Outage = Callable[[], contextlib.AbstractContextManager[None]]


@pytest.fixture(params=["sqlite locked", "sqlite moved", "postgresql gone"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Outage]]:
    """A database and a way to take it away for a while."""
    monkeypatch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.4")
    get_settings.cache_clear()
    if request.param == "postgresql gone":
        url = request.getfixturevalue("postgres_url")
        with session_scope(url, write=False) as session:  # a server's first connection may take longer than the limit
            session.execute(sa.text("SELECT 1"))
        yield url, lambda: _refused(url)
    else:
        url = request.getfixturevalue("sqlite_url")
        way = _locked if request.param == "sqlite locked" else _moved
        yield url, lambda: way(url)


@contextlib.contextmanager
def _locked(url: str) -> Iterator[None]:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextlib.contextmanager
def _moved(url: str) -> Iterator[None]:
    path = Path(url.removeprefix("sqlite:///"))
    database.dispose(url)
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        path.with_suffix(".away").rename(path)


@contextlib.contextmanager
def _refused(url: str) -> Iterator[None]:
    name = sa.engine.make_url(url).database
    admin = sa.create_engine(sa.engine.make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        kill = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(kill, {"name": name})
        try:
            yield
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    admin.dispose()


@pytest.fixture
async def store(broken: tuple[str, Outage]) -> AsyncIterator[RepereTrackerStore]:
    made = RepereTrackerStore(DOMAIN, url=broken[0], limit=0.3)
    yield made
    made.close()


async def say(store: RepereTrackerStore, number: int, name: str = "c", **options: Any) -> None:
    tracker = await store.get_or_create_tracker(name, append_action_listen=False)
    if not tracker.applied_events():
        start(tracker)
    turn(tracker, number, **options)
    await store.save(tracker)


async def until_written(store: RepereTrackerStore) -> None:
    for _ in range(100):
        if not store.backlog.size():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the pending saves were never written")


def events(url: str) -> list[str]:
    with session_scope(url, write=False) as session:
        return list(session.execute(select(EventRow.type_name).order_by(EventRow.id)).scalars())


async def test_a_conversation_goes_on_and_is_written_once(
    broken: tuple[str, Outage], store: RepereTrackerStore
) -> None:
    url, outage = broken
    await say(store, 1, slots={"language": "fr"})
    with outage():
        for number in (2, 3, 4):
            started = time.monotonic()
            await say(store, number, flags=RED if number == 3 else None, action="utter_safety_E1")
            assert time.monotonic() - started < 1.5
        tracker = await store.retrieve("c")
        assert tracker is not None
        assert texts(tracker) == [f"message {n} é" for n in range(1, 5)]
        assert tracker.get_slot("language") == "fr"
        assert store.backlog.size() == 3
    await until_written(store)
    await say(store, 5)
    assert events(url).count("user") == 5
    with session_scope(url, write=False) as session:
        assert conversations.get(session, "c").turns == 5
        (alert,) = alerts.unresolved(session)
        assert alert.message_id == "c-3"
        assert [line.text for line in conversations.transcript(session, "c") if line.sender == "patient"] == [
            f"message {n} é" for n in range(1, 6)
        ]


async def test_new_conversations_during_the_outage(broken: tuple[str, Outage], store: RepereTrackerStore) -> None:
    url, outage = broken
    with outage():
        for number in range(10):
            await say(store, 1, name=f"c{number}", flags=RED)
    await until_written(store)
    with session_scope(url, write=False) as session:
        assert len(alerts.unresolved(session)) == 10
    assert events(url).count("user") == 10


async def test_what_another_server_knew_is_not_lost(broken: tuple[str, Outage], store: RepereTrackerStore) -> None:
    url, outage = broken
    other = RepereTrackerStore(DOMAIN, url=url)
    await say(other, 1, slots={"language": "en", "country": "ie"})
    other.close()
    with outage():
        await say(store, 2, slots={"topic": "causes"})
    await until_written(store)
    await say(store, 3)
    tracker = await store.retrieve("c")
    assert tracker is not None
    expected = {"language": "en", "country": "ie", "topic": "causes"}
    for seen in (tracker, tracker.copy()):
        assert {name: seen.get_slot(name) for name in expected} == expected
    assert events(url).count("user") == 3


async def test_forgetting_reaches_what_was_pending(
    broken: tuple[str, Outage], store: RepereTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, outage = broken
    await say(store, 1)
    # The backlog is slower than the erasure.
    monkeypatch.setattr(store.backlog, "flush", store.backlog.size)
    with outage():
        await say(store, 2)
    with session_scope(url) as session:
        privacy.erase(session, "c")
    monkeypatch.undo()
    await until_written(store)
    with session_scope(url, write=False) as session:
        assert conversations.transcript(session, "c") == []
        assert conversations.turns(session, "c") == []
    tracker = await store.retrieve("c")
    assert tracker is not None
    assert texts(tracker) == []


async def test_a_commit_nobody_heard_of_is_not_repeated(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RepereTrackerStore(DOMAIN, url=sqlite_url)
    await say(store, 1)
    real, lost = store.runner.work_now, []

    def lose_the_answer(work: Any, *, write: bool = True, **more: Any) -> Any:
        done = real(work, write=write, **more)
        if write and not lost:
            lost.append(done)
            raise StoreUnavailable("The connection broke after the commit.")
        return done

    monkeypatch.setattr(store.runner, "work_now", lose_the_answer)
    await say(store, 2, flags=RED)
    assert lost
    await until_written(store)
    await say(store, 3)
    assert events(sqlite_url).count("user") == 3
    store.close()


async def test_a_slow_commit_is_not_repeated(sqlite_url: str) -> None:
    store = RepereTrackerStore(DOMAIN, url=sqlite_url, limit=0.2)
    await say(store, 1)
    with _locked(sqlite_url):
        await say(store, 2)
        assert store.backlog.is_pending("c")
        await asyncio.sleep(0.3)
    await until_written(store)
    await say(store, 3)
    assert events(sqlite_url).count("user") == 3
    with session_scope(sqlite_url, write=False) as session:
        assert conversations.get(session, "c").version == 3
    store.close()


async def test_one_refused_save_does_not_hold_up_the_others(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.2")
    get_settings.cache_clear()
    store = RepereTrackerStore(DOMAIN, url=sqlite_url, limit=0.3)
    real = saves.write

    def write(session: Any, batch: saves.Batch, *, again: bool = False) -> saves.Saved:
        if batch.conversation_id == "bad":
            raise ValueError("never")
        return real(session, batch, again=again)

    with _locked(sqlite_url):
        await say(store, 1, name="bad")
        monkeypatch.setattr(saves, "write", write)
        await say(store, 1, name="good")
    for _ in range(100):
        if not store.backlog.is_pending("good"):
            break
        await asyncio.sleep(0.05)
    assert store.backlog.is_pending("bad")
    assert not store.backlog.is_pending("good")
    monkeypatch.setattr(saves, "write", real)
    await until_written(store)
    assert events(sqlite_url).count("user") == 2
    store.close()


def test_a_process_that_ends_writes_what_is_pending(sqlite_url: str) -> None:
    code = f"""
import asyncio, sqlite3
from bot.store.tracker_store import RepereTrackerStore
from store.rasa_turns import DOMAIN, RED, start, turn
async def main():
    store = RepereTrackerStore(DOMAIN, url={sqlite_url!r}, limit=0.2)
    other = sqlite3.connect({sqlite_url.removeprefix("sqlite:///")!r}, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    start(tracker); turn(tracker, 1, flags=RED)
    await store.save(tracker)
    assert store.backlog.size() == 1
    other.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": "tests:.", "PATH": "/usr/bin", "REPERE_ENVIRONMENT": "test"},
        timeout=120,
    )
    assert done.returncode == 0
    with session_scope(sqlite_url, write=False) as session:
        assert session.execute(select(func.count()).select_from(EventRow)).scalar() == 8
        assert len(alerts.unresolved(session)) == 1
