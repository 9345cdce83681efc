"""Two dialogue servers behind a balancer: two real processes, one real Redis, one database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.channels.patient import patient
from tests.conftest import missing
from tests.redis_server import installed, redis
from tests.widget_server import WidgetServer

pytestmark = pytest.mark.server


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
