"""The lock across dialogue servers: real processes, a real Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.settings import ROOT
from bot.store.lock import PREFIX, RedisLockStore
from tests.conftest import missing
from tests.redis_server import installed, redis

# Reads, waits and writes: without a lock the second writer loses what the first wrote.
WRITER = """
import asyncio, pathlib, sys
from bot.store.lock import RedisLockStore
store, file, name = RedisLockStore(url=sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]

async def turn(number):
    async with store.lock("conversation"):
        said = file.read_text()
        await asyncio.sleep(0.005)
        file.write_text(said + f"{name}{number}\\n")

async def main():
    await asyncio.gather(*(turn(number) for number in range(20)))
    await store.close()

asyncio.run(main())
"""


Servers = Callable[[str], RedisLockStore]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not installed():
        missing("Redis is not installed (Debian package: redis-server)")
    with redis(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    """Lock stores of as many servers as asked for, closed whatever happens."""
    made: list[RedisLockStore] = []

    def server(url: str) -> RedisLockStore:
        made.append(RedisLockStore(url=url))
        return made[-1]

    yield server
    for store in made:
        await store.close()


@pytest.mark.server
def test_two_servers_lose_no_turn_and_keep_each_ones_order(address: str, tmp_path: Path) -> None:
    file = tmp_path / "said"
    file.write_text("")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, address, str(file), name], env=environment) for name in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    said = file.read_text().split()
    assert len(said) == 40
    for name in "ab":
        assert [turn for turn in said if turn[0] == name] == [f"{name}{number}" for number in range(20)]


async def test_conversations_do_not_wait_for_each_other(address: str, servers: Servers) -> None:
    store = servers(address)
    async with store.lock("one"), store.lock("two"):
        pass


async def test_a_dead_holder_frees_the_conversation_after_its_lifetime(address: str, servers: Servers) -> None:
    store = servers(address)
    await store._redis().set(PREFIX + "dead", "somebody", px=300)
    before = time.monotonic()
    async with store.lock("dead", lock_lifetime=5):
        assert 0.2 < time.monotonic() - before < 2


async def test_a_turn_longer_than_the_lifetime_keeps_its_lock(address: str, servers: Servers) -> None:
    holder, other = servers(address), servers(address)
    async with holder.lock("long", lock_lifetime=0.3):
        await asyncio.sleep(1.0)
        assert await holder._redis().exists(PREFIX + "long")
        with pytest.raises(LockError):
            async with other.lock("long", lock_lifetime=0.1):
                pass
    async with other.lock("long", lock_lifetime=0.3):
        pass


async def test_without_redis_the_patient_is_answered_all_the_same(servers: Servers) -> None:
    store = servers("redis://127.0.0.1:1/0")
    order = []

    async def turn(name: str) -> None:
        async with store.lock("conversation"):
            order.append(f"{name} in")
            await asyncio.sleep(0.05)
            order.append(f"{name} out")

    await asyncio.gather(turn("a"), turn("b"))
    assert order == ["a in", "a out", "b in", "b out"]


async def test_a_failing_turn_gives_the_lock_back(address: str, servers: Servers) -> None:
    store = servers(address)
    with pytest.raises(ValueError, match="broken"):
        async with store.lock("failing"):
            raise ValueError("broken")
    assert not await store._redis().exists(PREFIX + "failing")


async def test_rasa_makes_it_from_its_endpoint(address: str) -> None:
    store = LockStore.create(EndpointConfig(type="bot.store.lock.RedisLockStore", url=address))
    assert isinstance(store, RedisLockStore)
    async with store.lock("conversation") as lock:
        assert lock.conversation_id == "conversation"
    await store.close()
