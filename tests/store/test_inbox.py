"""The inbox: stored before it is acknowledged, handled once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.safety.tiers import Assessment, Evidence, Finding
from bot.store import alerts, conversations, handoff, inbox, privacy
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import Alert, InboxMessage, Turn

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
FEVER = Assessment(
    tier="E1",
    findings=(Finding("E1", (Evidence("fever", "safety.md 1.1 row 1", "39 et je grelotte"),)),),
    body="E1",
    mind=None,
    third_person=False,
)


def receive(session: Any, **changes: Any) -> inbox.Receipt:
    values: dict[str, Any] = {
        "message_id": "m",
        "conversation_id": "c",
        "channel": "widget",
        "text": "jai 39 et je grelotte",
        "metadata": {"page": "fr"},
        "received_at": T0,
        "assessment": FEVER,
        "language": "fr",
        "country": "be",
    }
    return inbox.receive(session, **{**values, **changes})


def test_a_message_comes_in_whole(url: str) -> None:
    with session_scope(url) as session:
        receipt = receive(session)
    with session_scope(url, write=False) as session:
        row = session.get(InboxMessage, "m")
        conversation = conversations.get(session, "c")
        alert = alerts.get(session, receipt.alert_id or 0)
    assert receipt.new
    assert (row.text, row.meta, row.layer1, row.received_at) == (
        "jai 39 et je grelotte",
        {"page": "fr"},
        "E1",
        T0,
    )
    assert (conversation.state, conversation.language, conversation.country) == ("waiting", "fr", "be")
    assert alert.evidence == [{"rule": "fever", "source": "safety.md 1.1 row 1", "text": "39 et je grelotte"}]


def test_twice_is_once(url: str) -> None:
    with session_scope(url) as session:
        first = receive(session)
    with session_scope(url) as session:
        second = receive(session)
    assert (second.new, second.alert_id) == (False, first.alert_id)
    with session_scope(url, write=False) as session:
        assert session.execute(select(func.count()).select_from(Alert)).scalar() == 1


def test_twice_at_the_same_moment_is_once(url: str) -> None:
    barrier = threading.Barrier(4)
    receipts: list[inbox.Receipt] = []

    def run() -> None:
        barrier.wait()
        with session_scope(url) as session:
            receipts.append(receive(session))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.new for receipt in receipts) == [False, False, False, True]
    assert len({receipt.alert_id for receipt in receipts}) == 1


def test_all_or_nothing(url: str) -> None:
    broken = Assessment(tier="E1", findings=(None,), body=None, mind=None, third_person=False)  # type: ignore[arg-type]
    with pytest.raises(AttributeError), session_scope(url) as session:
        receive(session, assessment=broken)
    with session_scope(url, write=False) as session:
        assert session.get(InboxMessage, "m") is None
        assert handoff_state(session) == "bot"


def handoff_state(session: Any) -> str:
    return handoff.state(session, "c")


@pytest.mark.parametrize("tier", [None, "C7"])
def test_ordinary_messages_raise_no_alert(url: str, tier: Any) -> None:
    calm = Assessment(tier=tier, findings=(), body=None, mind=tier, third_person=False)
    with session_scope(url) as session:
        assert receive(session, assessment=calm).alert_id is None
        assert receive(session, assessment=None, message_id="n").alert_id is None
        assert handoff_state(session) == "bot"


def test_handled_messages_leave_their_words_behind(url: str) -> None:
    with session_scope(url) as session:
        receive(session)
        assert inbox.mark_handled(session, "m")
        assert not inbox.mark_handled(session, "m")
        assert not inbox.mark_handled(session, "unknown")
    with session_scope(url, write=False) as session:
        row = session.get(InboxMessage, "m")
        assert (row.text, row.meta) == (None, None)
        assert row.handled_at is not None
        assert inbox.unhandled(session) == []


def test_unhandled_ones_are_found_oldest_first(url: str) -> None:
    with session_scope(url) as session:
        receive(session, message_id="b", received_at=T0 + timedelta(seconds=1))
        receive(session, message_id="a")
        receive(session, message_id="z", received_at=now())
    with session_scope(url) as session:
        assert [row.message_id for row in inbox.unhandled(session, 60)] == ["a", "b"]
        assert [inbox.count_attempt(session, "a") for _ in range(2)] == [1, 2]
        assert inbox.count_attempt(session, "unknown") == 0


def test_what_was_said_before_the_erasure_comes_back_without_words(url: str) -> None:
    with session_scope(url) as session:
        receive(session, message_id="before", assessment=None)
        privacy.erase(session, "c", at=T0 + timedelta(minutes=1))
    with session_scope(url) as session:
        receipt = receive(session)
    with session_scope(url, write=False) as session:
        row = session.get(InboxMessage, "m")
        alert = alerts.get(session, receipt.alert_id or 0)
        assert (row.text, row.meta) == (None, None)
        assert row.handled_at is not None
        assert (alert.evidence, alert.tier) == ([], "E1")
        assert handoff_state(session) == "waiting"


def test_it_is_said_whether_somebody_has_dealt_with_it(url: str) -> None:
    with session_scope(url) as session:
        assert not receive(session).handled
        assert not receive(session).handled
        inbox.mark_handled(session, "m")
        again = receive(session)
    assert (again.new, again.handled) == (False, True)


def test_answered_before_it_came_in_it_is_not_open(url: str) -> None:
    """The spool is brought in after the turn was saved: both waited for the database, the turn was first."""
    with session_scope(url) as session:
        conversations.ensure(session, "c", channel="widget", at=T0)
        session.add(Turn(conversation_id="c", message_id="m", at=T0, text="jai 39", outcome="escalate"))
    with session_scope(url) as session:
        receipt = receive(session)
        assert (receipt.new, receipt.handled) == (True, True)
        assert receipt.alert_id is not None
        assert inbox.unhandled(session) == []
        row = session.get(InboxMessage, "m")
        assert (row.text, row.meta) == (None, None)
