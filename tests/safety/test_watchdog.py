"""bot/safety/watchdog.py, escalation.py and telling.py: rounds at chosen moments, against real local servers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from bot.errors import SettingsError
from bot.safety.paging import deliver_due
from bot.safety.watchdog import Watchdog
from bot.settings import get_settings
from bot.store import handoff
from bot.store.database import session_scope
from bot.store.models import Alert
from tests.alerted import NOON, after, alert_row, change, raise_alert
from tests.safety.room import Room

pytestmark = pytest.mark.usefixtures("store")
MINUTE = 60.0


async def test_ten_minutes_without_anybody(room: Room) -> None:
    alert_id = raise_alert("C1")
    heard: list[tuple[float, str, Any]] = []
    for second in range(0, 900, 10):
        pages, said = len(room.pages()), len(room.said())
        await room.at(second)
        heard += [(second, "page", page) for page in room.pages()[pages:]]
        heard += [(second, "said", response) for response in room.said()[said:]]
        if alert_row(alert_id).unanswered_at is not None and "unanswered" not in [kind for _, kind, _ in heard]:
            heard.append((second, "unanswered", None))
    assert heard == [
        (0, "page", ("first", 0)),
        (1 * MINUTE, "page", ("first", 1)),
        (2 * MINUTE, "page", ("first", 2)),
        (2 * MINUTE, "said", "utter_watchdog_1"),
        (5 * MINUTE, "page", ("first", 3)),
        (5 * MINUTE, "page", ("second", 1)),
        (5 * MINUTE, "said", "utter_watchdog_2"),
        (10 * MINUTE, "said", "utter_watchdog_3"),
        (10 * MINUTE, "unanswered", None),
    ]
    row = alert_row(alert_id)
    assert (row.told_stage, row.told_truth) == (3, "utter_watchdog_3")
    assert row.unanswered_at == after(600)
    assert room.dialogue.tokens == {"token-of-the-dialogue-server"}
    # After each text the bot listens again.
    assert room.dialogue.listening == ["c1", "c1", "c1"]


async def test_the_manager_is_paged_when_nobody_answered(room: Room) -> None:
    room.configure(page_webhook_manager_url=f"{room.webhook.url}/manager")
    answered = raise_alert("E0", conversation_id="c2")
    raise_alert("C1")
    await room.until(590)
    change(answered, claimed_at=after(300))
    assert ("manager", 1) not in room.pages()
    await room.until(900)
    assert room.pages().count(("manager", 1)) == 1
    assert [r.path for r in room.webhook.requests if r.json["level"] == "manager"] == ["/page/manager"]


async def test_unanswered_is_loud_and_written_once(room: Room) -> None:
    raise_alert("E0")
    with structlog.testing.capture_logs() as logs:
        await room.at(601)
        await room.at(602)
    loud = [entry for entry in logs if entry["event"] == "alert.unanswered"]
    assert [(entry["log_level"], entry["tier"]) for entry in loud] == [("error", "E0")]


@pytest.mark.parametrize("tier", ["E0", "E1", "C1", "C2", "C3"])
async def test_timers_run_for_tiers_that_page(room: Room, tier: str) -> None:
    raise_alert(tier)
    await room.at(0)
    await room.at(125)
    assert room.pages() == [("first", 0), ("first", 2)]
    assert room.said() == ["utter_watchdog_1"]


@pytest.mark.parametrize("tier", ["E2", "C4", "C5", "C6"])
async def test_timers_do_not_run_for_the_other_tiers(room: Room, tier: str) -> None:
    alert_id = raise_alert(tier)
    await room.until(700, step=50)
    assert room.pages() == []
    assert room.said() == []
    assert alert_row(alert_id).unanswered_at is None


@pytest.mark.parametrize(
    ("tier", "values", "stops"),
    [
        ("C1", {"claimed_at": after(70)}, True),
        ("C1", {"resolved_at": after(70)}, True),
        ("E1", {"withdrawn_at": after(70)}, True),
        ("C3", {"withdrawn_at": after(70)}, True),
        ("C1", {"withdrawn_at": after(70)}, False),
        ("C2", {"withdrawn_at": after(70)}, False),
    ],
)
async def test_what_stops_the_timers(room: Room, tier: str, values: dict[str, Any], stops: bool) -> None:
    alert_id = raise_alert(tier)
    await room.until(70)
    assert room.pages() == [("first", 0), ("first", 1)]
    change(alert_id, **values)
    await room.until(700)
    assert (len(room.pages()) == 2) is stops
    assert (room.said() == []) is stops
    assert (alert_row(alert_id).unanswered_at is None) is stops


async def test_a_claim_by_staff_stops_everything(room: Room) -> None:
    raise_alert("C2")
    await room.until(70)
    with session_scope() as session:
        assert handoff.claim(session, "c1", staff_id=7, at=after(71))
    await room.until(700)
    assert len(room.pages()) == 2
    assert room.said() == []


async def test_a_new_flag_while_staff_own_the_conversation_pages_and_leaves_the_talking_to_them(
    room: Room,
) -> None:
    raise_alert("E1")
    with session_scope() as session:
        assert handoff.claim(session, "c1", staff_id=7, at=after(5))
    raise_alert("C1", at=after(100))
    await room.at(300)
    assert room.pages() == [("first", 0), ("first", 2)]
    assert room.said() == []


async def test_a_dialogue_server_that_is_away_is_asked_again_until_it_answers(room: Room) -> None:
    alert_id = raise_alert()
    await room.at(0)
    room.dialogue.status = 401
    await room.at(120)
    await room.at(121)
    assert (room.said(), alert_row(alert_id).told_stage) == ([], 0)
    assert len(room.dialogue.requests) == 2
    room.dialogue.status = 200
    await room.at(122)
    assert room.said() == ["utter_watchdog_1"]
    assert alert_row(alert_id).told_stage == 1


async def test_a_dialogue_server_that_is_gone_does_not_stop_pages(room: Room) -> None:
    room.configure(port=1)
    alert_id = raise_alert()
    await room.at(0)
    await room.at(600)
    assert room.pages() == [("first", 0), ("first", 3), ("second", 1)]
    row = alert_row(alert_id)
    assert (row.told_stage, row.telling_until) == (0, None)
    assert row.unanswered_at is not None
    # Back after an hour: the newest words only.
    room.configure()
    await room.at(3600)
    await room.at(3601)
    assert room.said() == ["utter_watchdog_3"]


async def test_words_that_come_a_day_late_stay_unsaid(room: Room) -> None:
    alert_id = raise_alert()
    await room.at(25 * 3600)
    assert room.said() == []
    assert alert_row(alert_id).told_stage == 3
    assert alert_row(alert_id).unanswered_at is not None


async def test_a_text_said_without_an_answer_in_time_is_not_said_twice(room: Room) -> None:
    alert_id = raise_alert()
    await room.at(0)
    room.configure(page_timeout=0.5)
    room.dialogue.delay_after_saying = 2.0
    await room.at(120)
    assert room.said() == ["utter_watchdog_1"]
    assert alert_row(alert_id).told_stage == 0
    room.dialogue.delay_after_saying = 0.0
    for second in range(121, 200):
        await room.at(second)
    assert room.said() == ["utter_watchdog_1"]
    assert alert_row(alert_id).told_stage == 1


async def test_a_server_that_fails_on_the_way_is_given_time(room: Room) -> None:
    raise_alert()
    await room.at(0)
    room.dialogue.status = 500
    await room.at(120)
    await room.at(121)
    assert len(room.dialogue.requests) == 1
    room.dialogue.status = 200
    await room.at(124)
    assert room.said() == ["utter_watchdog_1"]


async def test_two_watchdogs_at_once_do_everything_once(room: Room) -> None:
    ids = [raise_alert(conversation_id=f"c{number}") for number in range(10)]
    room.moment = after(600)
    dogs = [Watchdog(get_settings()) for _ in range(3)]
    await asyncio.gather(*(dog.advance(room.moment) for dog in dogs))
    await asyncio.gather(*(deliver_due(room.moment) for _ in range(3)))
    assert sorted(room.dialogue.said) == [(f"c{number}", "utter_watchdog_3") for number in range(10)]
    sent = [
        (request.json["alert_id"], request.json["level"], request.json["stage"]) for request in room.webhook.requests
    ]
    pages = [("first", 0), ("first", 3), ("second", 1)]
    assert sorted(sent) == [(alert_id, *page) for alert_id in ids for page in pages]


async def test_alerts_of_one_conversation_share_their_words(room: Room) -> None:
    first = raise_alert("C3")
    second = raise_alert("C3", at=after(30))
    await room.until(700)
    assert room.said() == ["utter_watchdog_1", "utter_watchdog_2", "utter_watchdog_3"]
    assert alert_row(first).told_stage == alert_row(second).told_stage == 3


async def test_a_much_later_alert_has_words_of_its_own(room: Room) -> None:
    raise_alert("C3")
    raise_alert("C3", at=after(1800))
    await room.until(2600, step=30)
    assert room.said() == [f"utter_watchdog_{stage}" for stage in (1, 2, 3, 1, 2, 3)]


async def test_an_alert_of_the_night_is_paged_when_duty_begins_once(room: Room) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-18:00", page_webhook_second_url="")
    raise_alert(at=after(-12 * 3600))
    taken = raise_alert(at=after(-11 * 3600), conversation_id="c2")
    change(taken, claimed_at=after(-10 * 3600))
    room.moment = after(-12 * 3600)
    await room.until(-11.5 * 3600, step=30)
    assert room.pages() == [("first", 0), ("first", 1), ("first", 2), ("first", 3)]
    # 08:59, 09:01 and noon in Paris.
    await room.at(-2 * 3600 - 60)
    assert len(room.pages()) == 4
    await room.at(-2 * 3600 + 60)
    await room.at(0)
    assert room.pages()[4:] == [("first", 100)]


async def test_pages_missed_while_nothing_ran_come_as_one(room: Room) -> None:
    raise_alert()
    await room.at(400)
    assert sorted(room.pages()) == [("first", 0), ("first", 3), ("second", 1)]


async def test_one_timer_setting_less_is_one_text_less(room: Room) -> None:
    room.configure(tell_patient_after="120", page_again_after="60")
    alert_id = raise_alert()
    await room.until(700, step=20)
    assert room.said() == ["utter_watchdog_1"]
    assert room.pages() == [("first", 0), ("first", 1), ("second", 1)]
    assert alert_row(alert_id).unanswered_at is not None


async def test_a_round_without_work_waits_for_no_writer(room: Room) -> None:
    raise_alert()
    await room.until(600, step=50)
    with session_scope() as session:
        # Somebody else writes, for longer than the busy timeout.
        session.execute(sa.update(Alert).values(tier=Alert.tier))
        await room.at(610)


def test_wrong_settings_stop_the_watchdog_before_it_starts(room: Room) -> None:
    room.configure(duty_hours="Mon 9-18")
    with pytest.raises(SettingsError, match="REPERE_DUTY_HOURS"):
        Watchdog(get_settings())


async def test_a_webhook_that_hangs_holds_up_no_round(room: Room) -> None:
    room.webhook.answer = "hang"
    room.configure(page_timeout=5.0, watchdog_interval=0.05)
    raise_alert(at=datetime.now(NOON.tzinfo) - timedelta(seconds=130))
    room.dialogue.clock = lambda: datetime.now(NOON.tzinfo)
    stop = asyncio.Event()
    running = asyncio.create_task(Watchdog(get_settings()).run(stop))
    await room.webhook.asked(1)
    await room.dialogue.asked(1, within=3.0)
    # Nor the page of another alert.
    raise_alert(at=datetime.now(NOON.tzinfo), conversation_id="c2")
    await room.webhook.asked(2, within=3.0)
    stop.set()
    await asyncio.wait_for(running, 15)


async def test_a_store_that_goes_and_comes_is_reported_once_and_survived(room: Room, tmp_path: Path) -> None:
    room.configure(watchdog_interval=0.05, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    stop = asyncio.Event()
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(Watchdog(get_settings()).run(stop))
        await asyncio.sleep(0.5)
        assert not running.done()
        stop.set()
        await asyncio.wait_for(running, 5)
    assert [entry["event"] for entry in logs].count("watchdog.store_gone") == 1
