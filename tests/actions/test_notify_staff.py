"""actions/notify_staff.py and bot/safety/truth.py: what the patient is told right after a red flag."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.notify_staff import ActionNotifyStaff
from bot.safety.paging import deliver_due
from bot.settings import ROOT, get_settings
from bot.store import database, pages
from bot.store.columns import now
from bot.store.models import Alert
from tests.alerted import alert_row, change, page_rows, raise_alert, set_environment
from tests.receivers import HttpServer, MailServer, free_port

pytestmark = pytest.mark.usefixtures("store")
FLAGS = {"tier": "C3", "layer": 2, "evidence": [{"rule": "second-layer", "source": "s", "text": "0.91"}]}


def a_tracker(
    message_id: str | None = "m-new", flags: Any = None, language: str = "fr", conversation_id: str = "c1"
) -> Tracker:
    """The tracker as the dialogue server sends it: the flagged message, then the safety reply."""
    parse_data = {"intent": {"name": "danger"}, "red_flags": flags}
    events = [
        {"event": "user", "message_id": "m-old", "parse_data": {}, "text": "bonjour"},
        {"event": "user", "message_id": message_id, "parse_data": parse_data, "input_channel": "widget"},
        {"event": "bot", "text": "…", "metadata": {"utter_action": "utter_safety_C3"}},
    ]
    slots = {"language": language, "country": "be"}
    return Tracker(conversation_id, slots, parse_data, events, False, None, {}, "utter_safety_C3")


async def run(tracker: Tracker) -> dict[str, Any]:
    """Run the action within its time; its one message."""
    dispatcher = CollectingDispatcher()
    began = time.monotonic()
    assert await ActionNotifyStaff().run(dispatcher, tracker, {}) == []
    took = time.monotonic() - began
    assert took < 3.5, took
    [message] = dispatcher.messages
    assert message["text"] is None
    return {"response": message["response"], "resume": message.get("resume")}


@pytest.fixture
async def webhook(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpServer]:
    async with HttpServer().up() as server:
        set_environment(monkeypatch, duty_hours="24/7", page_webhook_url=server.url, page_timeout=5.0)
        yield server


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_told_when_a_page_was_delivered(webhook: HttpServer, language: str) -> None:
    alert_id = raise_alert("C1", at=now(), message_id="m-new", language=language)
    assert await run(a_tracker(language=language)) == {"response": "utter_staff_told", "resume": None}
    assert [request.json["alert_id"] for request in webhook.requests] == [alert_id]
    assert alert_row(alert_id).told_truth == "utter_staff_told"


async def test_e_mail_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = MailServer()
    with mail.up() as port:
        set_environment(
            monkeypatch,
            duty_hours="24/7",
            page_webhook_url=f"http://127.0.0.1:{free_port()}/",
            smtp_host="127.0.0.1",
            smtp_port=port,
            page_email_to="nurse@example.org",
        )
        raise_alert("E1", at=now(), message_id="m-new")
        assert (await run(a_tracker()))["response"] == "utter_staff_told"
    assert len(mail.box.received) == 1


async def test_told_when_the_watchdog_was_first(webhook: HttpServer) -> None:
    alert_id = raise_alert("C1", at=now(), message_id="m-new")
    await deliver_due(now())
    assert (await run(a_tracker()))["response"] == "utter_staff_told"
    assert len(webhook.requests) == 1
    # And when it is sending at this moment.
    second = raise_alert("C1", at=now(), message_id="m-2")

    async def slowly(request: Any) -> Any:
        await asyncio.sleep(0.4)
        return 200, {}

    webhook.answer = slowly
    sending = asyncio.create_task(deliver_due(now()))
    await webhook.asked(2)
    assert (await run(a_tracker("m-2")))["response"] == "utter_staff_told"
    await sending
    assert [request.json["alert_id"] for request in webhook.requests] == [alert_id, second]


@pytest.mark.parametrize("answer", [500, 404, "drop"])
async def test_not_told_when_no_page_got_through(webhook: HttpServer, answer: Any) -> None:
    webhook.answer = answer
    alert_id = raise_alert("C1", at=now(), message_id="m-new")
    assert (await run(a_tracker()))["response"] == "utter_staff_not_told"
    assert alert_row(alert_id).told_truth == "utter_staff_not_told"
    assert len(webhook.requests) == 1


async def test_a_webhook_that_hangs_costs_two_seconds_and_goes_on_behind(webhook: HttpServer) -> None:
    async def slowly(request: Any) -> Any:
        await asyncio.sleep(2.5)
        return 200, {}

    webhook.answer = slowly
    alert_id = raise_alert("C1", at=now(), message_id="m-new")
    assert (await run(a_tracker()))["response"] == "utter_staff_not_told"
    assert alert_row(alert_id).told_truth == "utter_staff_not_told"
    await asyncio.sleep(2.5)
    assert page_rows()[0].delivered_at is not None


async def test_nothing_configured_is_nobody_told(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, duty_hours="24/7")
    raise_alert("C1", at=now(), message_id="m-new")
    assert (await run(a_tracker()))["response"] == "utter_staff_not_told"


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("fr", "lundi mardi mercredi jeudi vendredi samedi dimanche"),
        ("en", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    ],
)
async def test_off_duty_with_the_hour_even_when_a_page_was_delivered(
    webhook: HttpServer, monkeypatch: pytest.MonkeyPatch, language: str, days: str
) -> None:
    # One hour of duty, the day after tomorrow.
    later = now() + timedelta(days=2)
    short = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[later.weekday()]
    set_environment(monkeypatch, duty_hours=f"{short} 09:30-10:30", duty_timezone="UTC")
    alert_id = raise_alert("C1", at=now(), message_id="m-new")
    told = await run(a_tracker(language=language))
    assert told["response"] == "utter_staff_off_duty"
    day = days.split()[later.weekday()]
    assert told["resume"] == (f"09:30 {day}" if language == "fr" else f"09:30 on {day}")
    assert len(webhook.requests) == 1
    assert alert_row(alert_id).told_truth == "utter_staff_off_duty"


async def test_without_duty_hours_nobody_and_no_hour(webhook: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, duty_hours="")
    raise_alert("C1", at=now(), message_id="m-new")
    assert await run(a_tracker()) == {"response": "utter_staff_nobody", "resume": None}


async def test_wrong_duty_hours_claim_nothing(webhook: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, duty_hours="Mon 9-18")
    raise_alert("C1", at=now(), message_id="m-new")
    assert (await run(a_tracker()))["response"] == "utter_staff_nobody"
    assert len(webhook.requests) == 1


@pytest.mark.parametrize("tier", ["C4", "C5", "E2"])
async def test_tiers_without_a_page_are_on_the_screen(
    webhook: HttpServer, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    raise_alert(tier, at=now(), message_id="m-new")
    assert (await run(a_tracker()))["response"] == "utter_staff_alerted"
    set_environment(monkeypatch, duty_hours="")
    assert (await run(a_tracker()))["response"] == "utter_staff_nobody"
    assert webhook.requests == []


async def test_the_alert_of_this_message_counts_and_else_the_newest(webhook: HttpServer) -> None:
    older = raise_alert("C1", at=now(), message_id="m-older")
    mine = raise_alert("C4", at=now(), message_id="m-new")
    assert (await run(a_tracker("m-new")))["response"] == "utter_staff_alerted"
    assert (await run(a_tracker(None)))["response"] == "utter_staff_alerted"
    change(mine, resolved_at=now())
    assert (await run(a_tracker(None)))["response"] == "utter_staff_told"
    assert [request.json["alert_id"] for request in webhook.requests] == [older]


async def test_a_flag_of_the_second_layer_is_written_and_paged_at_once(webhook: HttpServer) -> None:
    assert (await run(a_tracker(flags=FLAGS)))["response"] == "utter_staff_told"
    assert (await run(a_tracker(flags=FLAGS)))["response"] == "utter_staff_told"
    with database.session_scope(write=False) as session:
        [alert] = session.execute(sa.select(Alert)).scalars()
    assert (alert.message_id, alert.tier, alert.layer, alert.country) == ("m-new", "C3", 2, "be")
    assert (alert.language, alert.channel, alert.evidence) == ("fr", "widget", FLAGS["evidence"])
    assert len(webhook.requests) == 1


async def test_who_taps_in_danger_now_is_told_of_anew(webhook: HttpServer) -> None:
    """An older alert may be resolved, or of a tier that pages nobody."""
    raise_alert("C4", at=now(), message_id="m-old")
    tracker = a_tracker()
    tracker.events[1]["parse_data"] = {"intent": {"name": "danger_now"}}
    assert (await run(tracker))["response"] == "utter_staff_told"
    with database.session_scope(write=False) as session:
        found = {alert.message_id: alert.tier for alert in session.execute(sa.select(Alert)).scalars()}
    assert found == {"m-old": "C4", "m-new": "C2"}
    assert len(webhook.requests) == 1


async def test_without_any_alert_nobody_was_told(webhook: HttpServer) -> None:
    raise_alert("C1", at=now(), conversation_id="somebody-else")
    assert (await run(a_tracker()))["response"] == "utter_staff_not_told"
    assert webhook.requests == []


async def test_a_locked_database_costs_two_seconds(webhook: HttpServer) -> None:
    raise_alert("C1", at=now(), message_id="m-new")
    other = sqlite3.connect(get_settings().var_dir / "repere.db", isolation_level=None, timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert (await run(a_tracker()))["response"] == "utter_staff_not_told"
    finally:
        other.execute("ROLLBACK")
        other.close()
    # The watchdog still finds the page.
    await asyncio.sleep(2.0)
    with database.session_scope(write=False) as session:
        assert pages.any_due(session, now() + timedelta(seconds=60)) or webhook.requests


async def test_a_database_that_is_gone_is_nobody_told(
    webhook: HttpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    assert (await run(a_tracker(flags=FLAGS)))["response"] == "utter_staff_not_told"


async def test_fifty_at_once_are_answered_in_time_and_all_paged(webhook: HttpServer) -> None:
    ids = [raise_alert("C1", at=now(), message_id=f"m{n}x", conversation_id=f"c{n}") for n in range(50)]
    told = await asyncio.gather(*(run(a_tracker(f"m{n}x", conversation_id=f"c{n}")) for n in range(50)))
    # On a busy machine some may run out of time; their pages still go out, once.
    assert {message["response"] for message in told} <= {"utter_staff_told", "utter_staff_not_told"}
    await webhook.asked(50)
    await asyncio.sleep(0.5)
    assert sorted(request.json["alert_id"] for request in webhook.requests) == ids


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_text_it_may_say_exists_in_both_languages(language: str) -> None:
    responses: dict[str, Any] = {}
    for path in sorted((ROOT / "bot" / "domain").glob("*.yml")):
        responses.update(yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {})
    for name in ("told", "alerted", "not_told", "off_duty", "nobody"):
        variations = responses[f"utter_staff_{name}"]
        [text] = [entry["text"] for entry in variations if entry["condition"][0]["value"] == language]
        assert ("{resume}" in text) is (name == "off_duty")
        assert "{emergency}" in text


def test_its_name() -> None:
    assert ActionNotifyStaff().name() == "action_notify_staff"
