"""bot/store/pages.py and bot/store/timers.py on both databases, with several processes' worth of threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.settings import get_settings
from bot.store import alerts, pages, timers
from bot.store.database import session_scope
from bot.store.models import Alert, EventRow, Page

NOON = datetime(2026, 11, 25, 10, 0, tzinfo=timezone.utc)
LATER = NOON + timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_PAGE_WEBHOOK_URL", "http://127.0.0.1:1/")
    get_settings.cache_clear()


def raise_alert(url: str, number: int, tier: str = "C1") -> int:
    with session_scope(url) as session:
        alert, _ = alerts.record(
            session,
            message_id=f"m{number}",
            conversation_id=f"c{number}",
            tier=tier,
            layer=1,
            evidence=[],
            language="fr",
            country=None,
            channel="widget",
            at=NOON,
        )
        found: int = alert.id
        return found


def race(work: Callable[[], Any], times: int = 8) -> list[Any]:
    """``work`` in several threads that start in one moment."""
    gate = threading.Barrier(times)

    def start() -> Any:
        gate.wait()
        return work()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(start) for _ in range(times)]]


def running(url: str, at: datetime = NOON) -> list[timers.RunningAlert]:
    with session_scope(url, write=False) as session:
        return timers.running(session, at, last_told=3, longest=600)


def test_a_page_is_claimed_once_however_many_try(url: str) -> None:
    for number in range(12):
        raise_alert(url, number)

    def claim() -> list[int]:
        with session_scope(url) as session:
            return [page.id for page in pages.claim(session, NOON, LATER, limit=5)]

    claimed = [page_id for found in race(claim) for page_id in found]
    assert len(claimed) == len(set(claimed))
    # Whoever lost a race to another comes back for the rest.
    with session_scope(url) as session:
        claimed += [page.id for page in pages.claim(session, NOON, LATER, limit=50)]
        assert len(claimed) == len(set(claimed)) == 12
        assert pages.claim(session, NOON, LATER, limit=50) == []
        again = pages.claim(session, LATER, LATER + timedelta(seconds=10), limit=50)
    assert {page.attempt for page in again} == {2}
    assert len(again) == 12


def test_what_becomes_of_a_page(url: str) -> None:
    alert_id = raise_alert(url, 1)
    with session_scope(url) as session:
        [page] = pages.claim(session, NOON, LATER, limit=5)
        assert pages.reach(session, alert_id) == pages.Reach(reached=False, pending=True)
        pages.retry(session, page.id, LATER, "HTTP 500")
        assert not pages.any_due(session, NOON)
        assert pages.any_due(session, LATER)
        pages.give_up(session, page, LATER, "HTTP 404")
        assert pages.reach(session, alert_id) == pages.Reach(reached=False, pending=False)
        assert session.get(Alert, alert_id).page_failed_at == LATER
        assert not pages.any_due(session, LATER)
    other = raise_alert(url, 2)
    with session_scope(url) as session:
        [page] = pages.claim(session, NOON, LATER, limit=5)
        pages.delivered(session, page.id, LATER)
        assert pages.reach(session, other) == pages.Reach(reached=True, pending=False)
        # A slower sender's failure does not undo it.
        pages.retry(session, page.id, LATER, "timeout")
        assert session.get(Page, page.id).delivered_at == LATER
        assert session.get(Page, page.id).error is None


def test_one_speaks_and_writes_down_at_a_time(url: str) -> None:
    alert_id = raise_alert(url, 1)

    def hold(at: datetime = NOON, told_stage: int = 0) -> bool:
        with session_scope(url) as session:
            return timers.hold(session, alert_id, told_stage, at, at + timedelta(seconds=10))

    assert sum(race(hold)) == 1
    assert not hold(NOON + timedelta(seconds=9))
    assert hold(NOON + timedelta(seconds=10))

    def told() -> bool:
        with session_scope(url) as session:
            return timers.told(session, alert_id, 0, stage=2, truth="utter_watchdog_2")

    assert sum(race(told)) == 1
    assert not hold(NOON + timedelta(seconds=60))
    [alert] = running(url)
    assert (alert.told_stage, alert.told_truth) == (2, "utter_watchdog_2")
    assert hold(NOON, told_stage=2)
    with session_scope(url) as session:
        timers.let_go(session, alert_id, 2)
    assert hold(NOON, told_stage=2)


def test_unanswered_is_written_by_one(url: str) -> None:
    alert_id = raise_alert(url, 1)

    def write() -> bool:
        with session_scope(url) as session:
            return timers.unanswered(session, alert_id, LATER)

    assert sum(race(write)) == 1
    assert running(url)[0].unanswered_at == LATER


@pytest.mark.parametrize("column", ["claimed_at", "resolved_at"])
def test_nobody_speaks_for_an_alert_that_was_taken_meanwhile(url: str, column: str) -> None:
    alert_id = raise_alert(url, 1)
    with session_scope(url) as session:
        setattr(session.get(Alert, alert_id), column, NOON)
        session.flush()
        assert not timers.hold(session, alert_id, 0, NOON, LATER)
        assert not timers.unanswered(session, alert_id, NOON)
        assert pages.claim(session, NOON, LATER, limit=5) == []
        assert pages.stop(session, NOON) == 1
        assert not pages.any_due(session, NOON)
    assert running(url) == []


def test_an_alert_runs_until_every_step_is_done(url: str) -> None:
    alert_id = raise_alert(url, 1)
    old = NOON + timedelta(days=2)
    assert [alert.id for alert in running(url, old)] == [alert_id]
    with session_scope(url) as session:
        timers.unanswered(session, alert_id, NOON)
        timers.told(session, alert_id, 0, stage=3, truth=None)
    assert running(url, old) == []
    [alert] = running(url, NOON + timedelta(seconds=599))
    assert (alert.paged, alert.reached, alert.with_person) == ({("first", 0)}, False, False)


def test_who_waits_since_before_the_shift(url: str) -> None:
    waiting, paged, taken = (raise_alert(url, number) for number in range(3))
    with session_scope(url) as session:
        alerts.page(session, paged, "first", stage=timers.OPENING, due_at=NOON)
        session.get(Alert, taken).claimed_at = NOON
        session.flush()
        before, after = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
        assert timers.waiting_since_before(session, after, before) == [waiting]
        assert timers.waiting_since_before(session, NOON, before) == []
        assert timers.waiting_since_before(session, after, LATER) == []


def test_what_the_bot_said_since(url: str) -> None:
    def event(kind: str, at: datetime, conversation_id: str = "c1", **metadata: Any) -> EventRow:
        data = json.dumps({"event": kind, "timestamp": at.timestamp(), "metadata": metadata or None})
        return EventRow(conversation_id=conversation_id, timestamp=at.timestamp(), type_name=kind, data=data)

    with session_scope(url) as session:
        session.add_all(
            [
                event("bot", NOON - timedelta(seconds=1), utter_action="utter_before"),
                event("bot", NOON, utter_action="utter_now"),
                event("bot", LATER, sender="staff"),
                event("bot", LATER),
                event("user", LATER, utter_action="utter_not_the_bot"),
                event("bot", LATER, "c2", utter_action="utter_elsewhere"),
            ]
        )
        session.flush()
        assert timers.said(session, "c1", NOON) == {"utter_now"}
