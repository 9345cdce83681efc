"""What the watchdog tells a patient is true: somebody was told, nobody could be, nobody is on duty."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.safety.escalation import FOLLOW_UP, covers
from bot.safety.telling import NOBODY, OFF_DUTY
from bot.settings import ROOT
from bot.store import inbox
from bot.store.database import session_scope
from tests.alerted import after, alert_row, change, page_rows, raise_alert
from tests.safety.room import Room

pytestmark = pytest.mark.usefixtures("store")


async def test_the_patient_is_not_told_that_somebody_was_told_when_nobody_was(room: Room) -> None:
    room.webhook.answer = 500
    raise_alert()
    await room.until(620, step=20)
    assert room.said() == ["utter_watchdog_1_not_told", "utter_watchdog_2_not_told", "utter_watchdog_3"]


async def test_without_any_way_to_page_the_patient_still_hears_the_truth(room: Room) -> None:
    room.configure(page_webhook_url="", page_webhook_second_url="")
    raise_alert()
    await room.until(620, step=20)
    assert page_rows() == []
    assert room.said() == ["utter_watchdog_1_not_told", "utter_watchdog_2_not_told", "utter_watchdog_3"]


@pytest.mark.parametrize(("language", "resume"), [("fr", "09:00 jeudi"), ("en", "09:00 on Thursday")])
async def test_off_duty_is_said_once_with_the_hour(room: Room, language: str, resume: str) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-10:00")
    alert_id = raise_alert("C1", language=language)
    await room.until(700)
    assert room.said() == [OFF_DUTY]
    assert room.dialogue.slots["c1"] == {"resume": resume}
    assert (alert_row(alert_id).told_stage, alert_row(alert_id).told_truth) == (3, OFF_DUTY)
    # The staff's phones still ring: whether somebody hears them is not for the bot to say.
    assert room.pages()[0] == ("first", 0)


async def test_off_duty_said_with_the_alert_is_not_repeated_or_contradicted(room: Room) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-10:00")
    alert_id = raise_alert("C3")
    change(alert_id, told_truth=OFF_DUTY)
    await room.until(700)
    assert room.said() == []
    assert alert_row(alert_id).told_stage == 3


@pytest.mark.parametrize("tier", ["E0", "C1", "C2"])
async def test_who_falls_silent_with_nobody_on_duty_is_asked_once(room: Room, tier: str) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-10:00")
    alert_id = raise_alert(tier)
    change(alert_id, told_truth=OFF_DUTY)
    await room.until(110)
    assert room.said() == []
    await room.until(700)
    assert room.said() == [FOLLOW_UP]
    assert (alert_row(alert_id).told_stage, alert_row(alert_id).told_truth) == (3, OFF_DUTY)


async def test_who_goes_on_writing_is_not_asked(room: Room) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-10:00")
    change(raise_alert("C1"), told_truth=OFF_DUTY)
    with session_scope() as session:
        inbox.receive(
            session,
            message_id="later",
            conversation_id="c1",
            channel="widget",
            text="",
            metadata={},
            received_at=after(60),
            assessment=None,
            language="fr",
            country="fr",
        )
    await room.until(700)
    assert room.said() == []


async def test_without_duty_hours_no_hour_is_promised(room: Room) -> None:
    room.configure(duty_hours="")
    raise_alert()
    await room.until(700)
    assert room.said() == [NOBODY]
    assert room.dialogue.slots["c1"] == {}


async def test_a_tracker_without_the_slot_hears_no_hour(room: Room) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-10:00")
    room.dialogue.knows_resume = False
    raise_alert()
    await room.until(700)
    assert room.said() == [NOBODY]


async def test_duty_that_ends_meanwhile_changes_what_is_said(room: Room) -> None:
    room.configure(duty_hours="Mon-Fri 09:00-11:03")
    raise_alert()
    await room.until(700)
    assert room.said() == ["utter_watchdog_1", OFF_DUTY]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_text_it_may_say_exists_in_both_languages(language: str) -> None:
    responses: dict[str, Any] = {}
    for path in sorted((ROOT / "bot" / "domain").glob("*.yml")):
        responses.update(yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {})
    wanted = (covers(1) - {"utter_watchdog_3_not_told"}) | {OFF_DUTY, NOBODY, FOLLOW_UP}
    texts = []
    for name in sorted(wanted):
        [text] = [variation["text"] for variation in responses[name] if variation["condition"][0]["value"] == language]
        assert "{emergency}" in text
        texts.append(text)
    assert len(set(texts)) == len(texts)
