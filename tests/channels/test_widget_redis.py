"""Two dialogue servers behind a balancer: two real processes, one real Redis, one database."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.store import handoff
from bot.store.database import session_scope
from tests.channels.patient import Patient, patient
from tests.conftest import missing
from tests.redis_server import installed, redis
from tests.widget_server import REAL, WidgetServer

pytestmark = pytest.mark.server
ASKS = ("Qu’est-ce qu’un cancer réfractaire ?", "Quels sont les traitements possibles ?")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WidgetServer, WidgetServer]]:
    if not installed():
        missing("Redis is not installed (Debian package: redis-server)")
    folder = tmp_path_factory.mktemp("pair")
    with redis(folder) as address:
        servers = [WidgetServer(folder, REDIS_URL=address) for _ in range(2)]
        try:
            yield servers[0].start(), servers[1].start()
        finally:
            for server in servers:
                server.stop()


async def test_a_patient_on_one_server_hears_staff_who_speak_through_the_other(
    pair: tuple[WidgetServer, WidgetServer],
) -> None:
    first, second = pair
    async with patient(first) as one:
        await one.say("Quels traitements ?", "message-0001")
        await one.until("lines")
        await asyncio.to_thread(second.speak, one.conversation, "Je vous lis.", "Camille")
        await one.until("line", 3, within=1.0)
        assert [line["text"] for line in one.lines("person")] == ["Je vous lis."]


async def test_two_tabs_on_two_servers_are_one_conversation(pair: tuple[WidgetServer, WidgetServer]) -> None:
    first, second = pair
    async with patient(first) as one, patient(second, token=one.token) as two:
        await one.say("Quels traitements ?", "message-0001")
        await two.until("lines")
        assert [line["from"] for line in two.lines()] == ["me", "bot", "bot"]
        await two.say("J’ai 39 de fièvre", "message-0002")
        await one.until("lines", 2)
        assert one.lines()[-1]["kind"] == "safety"


async def test_the_other_server_takes_over_without_a_lost_or_doubled_line(
    pair: tuple[WidgetServer, WidgetServer],
) -> None:
    first, second = pair
    async with patient(first) as one:
        await one.say("Quels traitements ?", "message-0001")
        seen = (await one.until("lines"))[0]
    async with patient(second, token=one.token) as moved:
        assert (await moved.sync(seen["seq"]))["lines"] == []
        assert (await moved.say("Quels traitements ?", "message-0001"))["ok"]  # sent again after the move
        await asyncio.sleep(0.5)
        assert [line["id"] for line in (await moved.sync(0))["lines"]] == [line["id"] for line in seen["lines"]]


def test_health_knows_the_redis_of_both(pair: tuple[WidgetServer, WidgetServer]) -> None:
    for server in pair:
        assert server.get("health") == {"status": "ready", "parts": {"model": True, "store": True, "redis": True}}


@pytest.fixture(scope="module")
def real_pair(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WidgetServer, WidgetServer]]:
    """Two dialogue servers with the trained model and :class:`bot.store.lock.RedisLockStore`."""
    if not installed():
        missing("Redis is not installed (Debian package: redis-server)")
    folder = tmp_path_factory.mktemp("real_pair")
    with redis(folder) as address:
        servers = [WidgetServer(folder, program=REAL, REDIS_URL=address) for _ in range(2)]
        try:
            with ThreadPoolExecutor() as pool:
                first, second = pool.map(WidgetServer.start, servers)
            yield first, second
        finally:
            for server in servers:
                server.stop()


@pytest.mark.engine
async def test_two_messages_at_once_to_two_real_servers_are_both_answered_in_turn(
    real_pair: tuple[WidgetServer, WidgetServer],
) -> None:
    first, second = real_pair

    async def answered(one: Patient) -> list[dict[str, Any]]:
        """The stored lines, once there are answers to both messages and nobody speaks any more."""
        for _ in range(300):
            lines: list[dict[str, Any]] = (await one.sync())["lines"]
            if len({line["turn"].partition(":")[0] for line in lines if line["turn"]}) == 2:
                return lines
            await asyncio.sleep(0.2)
        raise AssertionError(f"not answered: {lines}")

    few = asyncio.Semaphore(4)  # conversations at a time: what is tried here is the lock, not the database

    async def talk(number: int) -> list[dict[str, Any]]:
        async with few, patient(first) as one, patient(second, token=one.token) as two:
            says = (one.say(ASKS[number % 2], "message-0001"), two.say(ASKS[1 - number % 2], "message-0002"))
            assert [answer["ok"] for answer in await asyncio.gather(*says)] == [True, True]
            lines = await answered(one)
            assert lines == (await two.sync())["lines"]
            return lines

    for lines in await asyncio.gather(*(talk(number) for number in range(20))):
        # Each message once, and behind it its own answer; which server came first is left to them.
        authors = [(line["turn"] or line["id"]).partition(":")[0][-1] for line in lines]
        assert [author for author, _ in itertools.groupby(authors)] in (["1", "2"], ["2", "1"])
        assert [line["from"] for line in lines].count("me") == 2
        # Whoever came second knew what had been said: the welcome is said once.
        said = [line["text"] for line in lines if line["from"] == "bot"]
        assert len(said) == len(set(said))


@pytest.mark.engine
async def test_staff_speak_through_the_real_server_that_the_patient_is_not_on(
    real_pair: tuple[WidgetServer, WidgetServer],
) -> None:
    first, second = real_pair
    async with patient(first) as one:
        await one.say(ASKS[0], "message-0001")
        await one.until("lines")
        with session_scope(first.database) as session:
            assert handoff.step_in(session, one.conversation, 1)
        heard = len(one.lines())
        await asyncio.to_thread(second.speak, one.conversation, "Je vous lis.", "Camille")
        await one.until("line", heard + 1, within=1.0)
        assert [line["text"] for line in one.lines("person")] == ["Je vous lis."]
