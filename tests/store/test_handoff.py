"""The handoff on real databases, with real threads racing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest

from bot.dialogue.handoff import Outcome
from bot.errors import HandoffError, NotFound
from bot.store import alerts, conversations, handoff, inbox
from bot.store.database import session_scope
from bot.store.models import Conversation

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
ANA, BEN = 1, 2


def flag(url: str, tier: str, conversation_id: str = "c", message_id: str | None = None, minutes: int = 0) -> int:
    with session_scope(url) as session:
        alert, _ = alerts.record(
            session,
            message_id=message_id or f"{conversation_id}-{tier}-{minutes}",
            conversation_id=conversation_id,
            tier=tier,
            layer=1,
            evidence=[{"rule": "r", "source": "s", "text": "t"}],
            language="fr",
            country="fr",
            channel="widget",
            at=T0 + timedelta(minutes=minutes),
        )
        return int(alert.id)


def ask(url: str, conversation_id: str = "c", minutes: int = 0) -> str:
    with session_scope(url) as session:
        return handoff.request(session, conversation_id, "asked", at=T0 + timedelta(minutes=minutes))


def row(url: str, conversation_id: str = "c") -> Conversation:
    with session_scope(url, write=False) as session:
        return conversations.get(session, conversation_id)


def test_unknown_conversations_belong_to_the_bot(url: str) -> None:
    with session_scope(url) as session:
        assert handoff.state(session, "nobody") == "bot"
        assert handoff.cancel(session, "nobody") == "bot"
        assert not handoff.claim(session, "nobody", ANA)
        with pytest.raises(NotFound):
            handoff.release(session, "nobody", ANA)


def test_request_cancel_request(url: str) -> None:
    assert ask(url) == "waiting"
    assert (row(url).reason, row(url).tier, row(url).waiting_since_at) == ("asked", None, T0)
    assert ask(url, minutes=5) == "waiting"
    assert row(url).waiting_since_at == T0, "asking again must not lose one's place"
    with session_scope(url) as session:
        assert handoff.cancel(session, "c") == "bot"
    assert row(url).waiting_since_at is None
    assert ask(url, minutes=9) == "waiting"
    assert row(url).waiting_since_at == T0 + timedelta(minutes=9)


@pytest.mark.parametrize(("tier", "after"), [("C1", "waiting"), ("C2", "waiting"), ("E0", "waiting"), ("E1", "bot")])
def test_cancel_under_a_red_flag(url: str, tier: str, after: str) -> None:
    flag(url, tier)
    ask(url)
    with session_scope(url) as session:
        assert handoff.cancel(session, "c") == after
    assert row(url).state == after
    assert row(url).asked_at is None


def test_nobody_cancels_while_a_person_is_there(url: str) -> None:
    ask(url)
    with session_scope(url) as session:
        assert handoff.claim(session, "c", ANA)
    with pytest.raises(HandoffError), session_scope(url) as session:
        handoff.cancel(session, "c")


def test_of_many_claims_one_wins(url: str) -> None:
    flag(url, "C1")
    staff = list(range(1, 9))
    barrier = threading.Barrier(len(staff))
    won: list[int] = []

    def claim(staff_id: int) -> None:
        barrier.wait()
        with session_scope(url) as session:
            if handoff.claim(session, "c", staff_id):
                won.append(staff_id)

    threads = [threading.Thread(target=claim, args=(staff_id,)) for staff_id in staff]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    found = row(url)
    assert (found.state, found.owner_id) == ("human", won[0])
    with session_scope(url, write=False) as session:
        assert {alert.claimed_by for alert in conversations.alerts_of(session, "c")} == {won[0]}


def test_claim_and_cancel_at_once_leave_one_truth(url: str) -> None:
    for round_ in range(6):
        name = f"c{round_}"
        ask(url, name)
        barrier = threading.Barrier(2)
        results: dict[str, object] = {}

        def claim(name: str = name, barrier: threading.Barrier = barrier, results: dict = results) -> None:
            barrier.wait()
            with session_scope(url) as session:
                results["claimed"] = handoff.claim(session, name, ANA)

        def cancel(name: str = name, barrier: threading.Barrier = barrier, results: dict = results) -> None:
            barrier.wait()
            try:
                with session_scope(url) as session:
                    results["cancelled"] = handoff.cancel(session, name) == "bot"
            except HandoffError:
                results["cancelled"] = False

        threads = [threading.Thread(target=claim), threading.Thread(target=cancel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results.values()) == [False, True]
        assert row(url, name).state == ("human" if results["claimed"] else "bot")


def test_a_new_flag_keeps_the_owner_and_shows_the_tier(url: str) -> None:
    ask(url)
    with session_scope(url) as session:
        handoff.claim(session, "c", ANA)
    flag(url, "E0")
    found = row(url)
    assert (found.state, found.owner_id, found.tier, found.reason) == ("human", ANA, "E0", "red_flag")
    with session_scope(url) as session:
        assert [alert.claimed_at for alert in conversations.alerts_of(session, "c")] == [None]
        assert handoff.acknowledge(session, "c", ANA) == 1
        assert handoff.acknowledge(session, "c", ANA) == 0


@pytest.mark.parametrize("before", ["bot", "closed"])
def test_staff_step_in_where_nobody_asked(url: str, before: str) -> None:
    flag(url, "E1")
    with session_scope(url) as session:
        assert not handoff.step_in(session, "c", ANA), "who waits is claimed"
        assert handoff.claim(session, "c", ANA)
        assert not handoff.step_in(session, "c", BEN), "who has a person keeps that person"
        if before == "bot":
            handoff.release(session, "c", ANA)
        else:
            handoff.close(session, "c", ANA, Outcome.ANSWERED)
    with session_scope(url) as session:
        assert handoff.step_in(session, "c", BEN, at=T0 + timedelta(hours=1))
    found = row(url)
    assert (found.state, found.owner_id, found.reason, found.tier) == ("human", BEN, "staff", None)
    assert (found.claimed_at, found.closed_at, found.outcome) == (T0 + timedelta(hours=1), None, None)
    with session_scope(url) as session:
        handoff.release(session, "c", BEN)
        with pytest.raises(NotFound):
            handoff.step_in(session, "nobody", BEN)
    assert row(url).state == "bot"


def test_one_of_two_steps_in(url: str) -> None:
    with session_scope(url) as session:
        conversations.ensure(session, "c", at=T0)
    barrier, won = threading.Barrier(2), []

    def step_in(staff_id: int) -> None:
        barrier.wait()
        with session_scope(url) as session:
            if handoff.step_in(session, "c", staff_id):
                won.append(staff_id)

    threads = [threading.Thread(target=step_in, args=(staff_id,)) for staff_id in (ANA, BEN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert row(url).owner_id == won[0]


def test_release_gives_back_to_the_bot_and_resolves(url: str) -> None:
    flag(url, "C3")
    with session_scope(url) as session:
        handoff.claim(session, "c", ANA)
    with pytest.raises(HandoffError), session_scope(url) as session:
        handoff.release(session, "c", BEN)
    with session_scope(url) as session:
        handoff.release(session, "c", ANA)
    found = row(url)
    assert (found.state, found.owner_id, found.tier, found.urgency) == ("bot", None, None, None)
    with session_scope(url, write=False) as session:
        (alert,) = conversations.alerts_of(session, "c")
    assert alert.outcome == Outcome.BACK_TO_BOT.value
    assert alert.resolved_at is not None


def test_close_then_a_message_goes_to_the_bot_and_a_flag_to_the_queue(url: str) -> None:
    flag(url, "C3")
    with session_scope(url) as session:
        handoff.claim(session, "c", ANA)
    with pytest.raises(HandoffError), session_scope(url) as session:
        handoff.close(session, "c", BEN, Outcome.ANSWERED)
    with session_scope(url) as session:
        handoff.close(session, "c", ANA, Outcome.REFERRED_TO_HELPLINE, at=T0)
    found = row(url)
    assert (found.state, found.outcome, found.closed_at) == ("closed", "referred_to_helpline", T0)
    with session_scope(url) as session:
        inbox.receive(
            session,
            message_id="later",
            conversation_id="c",
            channel="widget",
            text="merci",
            metadata=None,
            received_at=T0,
            assessment=None,
            language="fr",
            country=None,
        )
    assert (row(url).state, row(url).owner_id, row(url).tier) == ("bot", None, None)
    flag(url, "E1", minutes=3)
    assert (row(url).state, row(url).tier) == ("waiting", "E1")
    assert row(url).waiting_since_at == T0 + timedelta(minutes=3)


def test_a_less_urgent_flag_moves_nobody_down(url: str) -> None:
    flag(url, "C2")
    flag(url, "E2", minutes=1)
    assert row(url).tier == "C2"
    flag(url, "C1", minutes=2)
    assert (row(url).tier, row(url).waiting_since_at) == ("C1", T0)


def test_end_of_life_waits_last_unless_a_person_was_asked_for(url: str) -> None:
    flag(url, "C6")
    assert row(url).reason == "end_of_life"
    place = row(url).urgency
    ask(url)
    assert row(url).reason == "asked"
    assert row(url).urgency < place
