"""News for open pages: from rows to events, without anything patients wrote."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.desk.live import Live
from bot.errors import StoreUnavailable
from bot.store import handoff, presence, remarks
from bot.store.conversations import log_key
from bot.store.database import session_scope
from bot.store.runner import StoreRunner


@pytest.fixture
async def live(store_url: str) -> AsyncIterator[Live]:
    runner = StoreRunner(store_url)
    made = Live(runner, period=0.02)
    yield made
    await made.close()
    runner.close()


class Ear:
    """One listener."""

    def __init__(self, live: Live) -> None:
        self._news = live.listen()

    async def next(self, kind: str, timeout: float = 2.0) -> dict[str, Any]:
        """The next event of that kind."""

        async def wait() -> dict[str, Any]:
            async for item in self._news:
                if item["event"] == kind:
                    return dict(json.loads(item["data"]))
            raise AssertionError

        return await asyncio.wait_for(wait(), timeout)

    async def close(self) -> None:
        """Stop listening."""
        await self._news.aclose()


async def test_begins_with_the_queue_and_tells_changes_within_a_moment(
    live: Live, talk: Callable[..., str], store_url: str
) -> None:
    ear = Ear(live)
    assert await ear.next("queue") == {"waiting": 0, "red": 0, "keys": [], "loud": []}
    started = time.monotonic()
    identity = await asyncio.to_thread(talk, [("patient", "confidence")], tier="C1", evidence=["confidence"])
    news = await ear.next("queue")
    assert time.monotonic() - started < 1.5
    assert (news["waiting"], news["red"], news["keys"]) == (1, 1, [log_key(identity)])
    assert news["loud"][0]["tier"] == "C1"
    assert "confidence" not in json.dumps(news)
    with session_scope(store_url) as session:
        handoff.claim(session, identity, 1)
    assert await ear.next("queue") == {"waiting": 0, "red": 0, "keys": [log_key(identity)], "loud": []}
    await ear.close()


async def test_every_listener_hears_and_late_ones_get_the_queue(live: Live, talk: Callable[..., str]) -> None:
    first = Ear(live)
    await first.next("queue")
    await asyncio.to_thread(talk, [("patient", "un")], tier="C1")
    assert (await first.next("queue"))["waiting"] == 1
    late = Ear(live)
    assert (await late.next("queue"))["waiting"] == 1
    await asyncio.to_thread(talk, [("patient", "deux")], tier="C2")
    assert (await first.next("queue"))["waiting"] == (await late.next("queue"))["waiting"] == 2
    await first.close()
    await late.close()


async def test_new_lines_typing_and_notes_name_their_conversation(
    live: Live, talk: Callable[..., str], store_url: str
) -> None:
    identity = talk([("patient", "un")], tier="C1")
    ear = Ear(live)
    await ear.next("queue")
    await asyncio.to_thread(talk, [("patient", "deux")], id=identity, at=time.time())
    heard = await ear.next("conversation")
    assert heard["key"] == log_key(identity)
    assert heard["last"] > 0
    with session_scope(store_url) as session:
        presence.note_typing(session, identity, on=True)
    assert (await ear.next("conversation"))["key"] == log_key(identity)
    with session_scope(store_url) as session:
        remarks.add_note(session, identity, staff_id=1, staff_name="A", text="note")
    assert (await ear.next("conversation"))["key"] == log_key(identity)
    live.poke("another")
    while (await ear.next("conversation"))["key"] != log_key("another"):
        pass
    await ear.close()


async def test_a_transaction_that_ends_late_is_not_missed(live: Live, talk: Callable[..., str], store_url: str) -> None:
    """Its rows have smaller ids than rows that were seen before."""
    talk([("patient", "un")])
    ear = Ear(live)
    await ear.next("queue")
    assert live._seen is not None
    identity = await asyncio.to_thread(talk, [("patient", "deux")])
    await ear.next("conversation")
    live._seen.recent.discard(max(live._seen.recent) - 1)
    assert (await ear.next("conversation"))["key"] == log_key(identity)
    await ear.close()


async def test_says_when_the_database_is_away_and_when_it_is_back(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear(live)
    await ear.next("queue")
    real = live._look

    def gone(session: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(live, "_look", gone)
    assert await ear.next("trouble") == {}
    monkeypatch.setattr(live, "_look", real)
    assert await ear.next("beat") == {}
    await ear.close()


async def test_stops_looking_when_nobody_listens(live: Live) -> None:
    ear = Ear(live)
    await ear.next("queue")
    await ear.close()
    assert live._task is not None
    await asyncio.wait_for(live._task, 2)
