"""Asking for a person, no longer waiting for one, and taking a red flag back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from actions.handoff import ActionHandoffCancel, ActionHandoffRequest, ActionNotMeant
from bot.errors import StoreUnavailable
from bot.store import conversations, database, handoff
from bot.store.columns import now
from tests.actions.running import CONVERSATION, LANGUAGES, run, tracker
from tests.alerted import alert_row, raise_alert, set_environment

pytestmark = pytest.mark.usefixtures("store")


def state() -> str:
    with database.session_scope(write=False) as session:
        return handoff.state(session, CONVERSATION)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_asked_while_somebody_is_on_duty(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, duty_hours="24/7")
    done = await run(ActionHandoffRequest(), tracker(language=language, country="be"))
    assert done.responses == ("utter_handoff_requested",)
    assert "112" in done.text
    assert state() == "waiting"


@pytest.mark.parametrize(("language", "words"), [("fr", "09:30 "), ("en", "09:30 on ")])
async def test_asked_off_duty_with_the_hour(language: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = now() + timedelta(days=2)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[later.weekday()]
    set_environment(monkeypatch, duty_hours=f"{day} 09:30-10:30", duty_timezone="UTC")
    done = await run(ActionHandoffRequest(), tracker(language=language))
    assert done.responses == ("utter_handoff_off_duty",)
    assert words in done.text
    assert state() == "waiting"


@pytest.mark.parametrize(("language", "promise"), [("fr", "reprise"), ("en", "when we are back")])
async def test_asked_where_nobody_ever_is_promises_no_hour(
    language: str, promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, duty_hours="")
    done = await run(ActionHandoffRequest(), tracker(language=language))
    assert done.responses == ("utter_handoff_off_duty",)
    assert promise not in done.text
    assert state() == "waiting"


async def test_asking_twice_keeps_the_place() -> None:
    for _ in range(2):
        await run(ActionHandoffRequest(), tracker(language="fr"))
    with database.session_scope(write=False) as session:
        row = conversations.ensure(session, CONVERSATION)
        assert (row.state, row.reason, row.tier) == ("waiting", "asked", None)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_longer_waiting(language: str) -> None:
    await run(ActionHandoffRequest(), tracker(language=language))
    done = await run(ActionHandoffCancel(), tracker(language=language))
    assert done.responses == ("utter_handoff_cancelled",)
    assert state() == "bot"


@pytest.mark.parametrize(("tier", "kept"), [("C1", True), ("C2", True), ("E0", True), ("E1", False), ("C4", False)])
async def test_under_these_tiers_the_patient_stays_in_the_queue(tier: str, kept: bool) -> None:
    raise_alert(tier, at=now())
    done = await run(ActionHandoffCancel(), tracker(language="en"))
    assert done.responses == ("utter_handoff_kept" if kept else "utter_handoff_cancelled",)
    assert state() == ("waiting" if kept else "bot")


async def test_with_a_person_it_is_kept() -> None:
    await run(ActionHandoffRequest(), tracker(language="fr"))
    with database.session_scope() as session:
        assert handoff.claim(session, CONVERSATION, 7)
    done = await run(ActionHandoffCancel(), tracker(language="fr"))
    assert done.responses == ("utter_handoff_kept",)
    assert state() == "human"


async def test_nothing_to_cancel_is_no_failure() -> None:
    done = await run(ActionHandoffCancel(), tracker(language="en"))
    assert done.responses == ("utter_handoff_cancelled",)


async def test_not_meant_marks_the_alert_and_deletes_nothing() -> None:
    alert_id = raise_alert("E1", at=now())
    other = raise_alert("E1", at=now(), conversation_id="c2")
    done = await run(ActionNotMeant(), tracker(language="fr"))
    assert (done.responses, done.slots) == ((), {})
    assert alert_row(alert_id).withdrawn_at is not None
    assert alert_row(other).withdrawn_at is None
    assert state() == "bot"


async def test_not_meant_leaves_the_most_urgent_in_the_queue() -> None:
    alert_id = raise_alert("C1", at=now())
    await run(ActionNotMeant(), tracker(language="fr"))
    assert alert_row(alert_id).withdrawn_at is not None
    assert state() == "waiting"


async def test_not_meant_without_an_alert_or_a_store_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (await run(ActionNotMeant(), tracker(language="fr"))).responses == ()
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    assert (await run(ActionNotMeant(), tracker(language="fr"))).responses == ()


async def test_a_request_that_was_not_stored_is_never_confirmed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    for action in (ActionHandoffRequest(), ActionHandoffCancel()):
        with pytest.raises(StoreUnavailable):
            await run(action, tracker(language="fr"))


def test_names() -> None:
    assert ActionHandoffRequest().name() == "action_handoff_request"
    assert ActionHandoffCancel().name() == "action_handoff_cancel"
    assert ActionNotMeant().name() == "action_not_meant"
