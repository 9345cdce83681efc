"""Database work off the event loop, in bounded time."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest

from bot.errors import StoreUnavailable
from bot.store import conversations
from bot.store.runner import StillRunning, StoreRunner


@pytest.fixture
def runner(sqlite_url: str) -> Iterator[StoreRunner]:
    made = StoreRunner(sqlite_url, limit=0.3)
    yield made
    made.close()


@pytest.fixture
def lock(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another program that holds the file for writing until it is closed."""
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


async def test_reads_and_writes(runner: StoreRunner) -> None:
    assert await runner.write(lambda session: conversations.ensure(session, "c").id) == "c"
    assert await runner.read(lambda session: conversations.get(session, "c").id) == "c"


async def test_errors_of_the_work_come_through(runner: StoreRunner) -> None:
    with pytest.raises(ZeroDivisionError):
        await runner.write(lambda _: 1 / 0)


async def test_the_loop_goes_on_and_the_wait_is_bounded(runner: StoreRunner, lock: sqlite3.Connection) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    started = time.monotonic()
    with pytest.raises(StillRunning) as raised:
        await runner.write(lambda session: conversations.ensure(session, "c").id)
    assert 0.25 < time.monotonic() - started < 0.8
    assert ticks > 15
    ticking.cancel()

    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await runner.write(lambda session: conversations.ensure(session, "d").id)
    assert time.monotonic() - started < 0.05, "the next caller must not wait for a database known to be away"
    assert await runner.read(lambda session: session.get(conversations.Conversation, "c")) is None

    lock.rollback()
    assert await asyncio.wrap_future(raised.value.future) == "c"
    assert await runner.write(lambda session: conversations.ensure(session, "d").id) == "d"


async def test_something_is_done_here_while_the_thread_works(runner: StoreRunner) -> None:
    begun, done_here = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def meanwhile() -> None:
        threads.append(threading.current_thread())
        if begun.wait(5):
            done_here.set()

    def work(_: object) -> bool:
        begun.set()
        return done_here.wait(5)

    # Each waits for the other: were one of them done first, this would come to nothing.
    assert await runner.write(work, meanwhile=meanwhile)
    assert threads == [threading.current_thread()]
