"""What taking a message in has read is used once, while it is fresh, and only if nothing was written since."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest

from bot.store import handoff, inbox, just_read, privacy
from bot.store.database import session_scope
from bot.store.models import Conversation
from bot.store.runner import StoreRunner
from bot.store.tracker_store import HANDOFF_SLOT, RepereTrackerStore
from tests.store.rasa_turns import DOMAIN, start, turn


@pytest.fixture
def store(url: str) -> Iterator[RepereTrackerStore]:
    made = RepereTrackerStore(DOMAIN, url=url)
    yield made
    made.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each reading transaction."""
    made: list[str] = []
    read = StoreRunner.read

    async def counted(self: StoreRunner, work: Callable[..., object], *, insist: bool = False) -> object:
        made.append("read")
        return await read(self, work, insist=insist)

    monkeypatch.setattr(StoreRunner, "read", counted)
    return made


async def begun(store: RepereTrackerStore) -> None:
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    start(tracker)
    turn(tracker, 1, slots={"language": "fr", "country": "be", "topic": "causes"})
    await store.save(tracker)


def take_in(url: str, message_id: str = "m2") -> inbox.Receipt:
    with session_scope(url) as session:
        return inbox.receive(
            session,
            message_id=message_id,
            conversation_id="c",
            channel="rest",
            text="Bonjour",
            metadata={},
            received_at=datetime.now(timezone.utc),
            assessment=None,
            language=None,
            country=None,
        )


def noted(url: str) -> None:
    since = time.time()
    receipt = take_in(url)
    just_read.note(url, "c", just_read.Snapshot(receipt.version, receipt.state, since))


async def test_the_reply_that_follows_reads_nothing(store: RepereTrackerStore, url: str, reads: list[str]) -> None:
    await begun(store)
    noted(url)
    reads.clear()
    found = await store.retrieve("c")
    assert found is not None
    assert len(found.events) > 3
    assert reads == []
    await store.retrieve("c")
    assert reads == ["read"], "a snapshot is used once"


async def test_it_brings_the_state_of_the_handoff(store: RepereTrackerStore, url: str, reads: list[str]) -> None:
    await begun(store)
    with session_scope(url) as session:
        handoff.request(session, "c", "asked")
    noted(url)
    reads.clear()
    found = await store.retrieve("c")
    assert found is not None
    assert found.get_slot(HANDOFF_SLOT) == "waiting"
    assert reads == []


async def test_an_old_snapshot_is_not_used(
    store: RepereTrackerStore, url: str, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(store)
    monkeypatch.setattr(just_read, "FRESH", -1.0)
    noted(url)
    reads.clear()
    await store.retrieve("c")
    assert reads == ["read"]


async def test_what_another_server_has_written_is_read(store: RepereTrackerStore, url: str, reads: list[str]) -> None:
    await begun(store)
    other = RepereTrackerStore(DOMAIN, url=url)
    tracker = await other.retrieve("c")
    assert tracker is not None
    turn(tracker, 2)
    await other.save(tracker)
    other.close()
    noted(url)
    reads.clear()
    found = await store.retrieve("c")
    assert found is not None
    assert len(found.events) == len(tracker.events)
    assert reads == ["read"]


async def test_an_erasure_in_between_is_not_undone(store: RepereTrackerStore, url: str) -> None:
    await begun(store)
    noted(url)
    with session_scope(url) as session:
        privacy.erase(session, "c")
    tracker = await store.retrieve("c")
    assert tracker is not None
    turn(tracker, 2)
    await store.save(tracker)
    with session_scope(url, write=False) as session:
        row = session.get(Conversation, "c")
        assert row is not None
        assert row.slots == {"language": "fr"}
    again = await store.retrieve("c")
    assert again is not None
    assert (again.get_slot("topic"), again.get_slot("country")) == (None, None)


def test_another_database_has_its_own(url: str) -> None:
    just_read.note(url, "c", just_read.Snapshot(3, "bot", time.time()))
    assert just_read.take("sqlite:///elsewhere.db", "c") is None
    assert just_read.take(url, "c") is not None
    assert just_read.take(url, "c") is None


def test_it_does_not_grow() -> None:
    for number in range(just_read._AT_MOST + 9):
        just_read.note("x", f"c{number}", just_read.Snapshot(1, "bot", time.time()))
    assert len(just_read._snapshots) == just_read._AT_MOST
