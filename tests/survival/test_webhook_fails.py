"""The webhook answers 500, hangs or is gone: tried again with growing pauses, holds no patient up, given up loudly."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.survival.scene import Scene, assert_safety_first, until

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": "je saigne et ça ne s arrête pas, je n arrive plus a respirer",
    "en": "I cannot breathe and my chest hurts",
}
ATTEMPTS = 4  # as REPERE_PAGE_MAX_ATTEMPTS of the scene


@pytest.mark.parametrize("way", ["500", "hang", "gone"])
def test_tried_again_and_given_up_loudly(scene: Scene, way: str) -> None:
    if way == "gone":
        scene.receiver.stop()
    else:
        scene.receiver.answer = 500 if way == "500" else "hang"
    alerts = {}
    for language, text in MESSAGES.items():
        sender = f"webhook-{way}-{language}"
        started = time.monotonic()
        reply = scene.say(sender, text)
        # The page has 1.7 s of the reply (bot.safety.truth); the rest is for a busy machine.
        assert time.monotonic() - started < 4.0
        assert_safety_first(reply, language, "E0")
        assert "utter_staff_not_told" in [message.get("utter_action") for message in reply]
        (alerts[language],) = scene.alerts(sender)
    for alert in alerts.values():
        page = _given_up(scene, alert["id"])
        assert page["attempts"] == ATTEMPTS
        assert page["error"]
        if way != "gone":
            at = scene.receiver.attempts_of(alert["id"])
            assert len(at) == ATTEMPTS
            assert len(scene.receiver.pages_of(alert["id"])) == 1
            # Each pause is 0.5 to 1 times 0.4 s · 2^(attempt - 1).
            assert at[3] - at[2] > at[1] - at[0]
    log = scene.log_text()
    for alert in alerts.values():
        assert [
            line for line in log.splitlines() if "page.given_up" in line and f"alert_id={alert['id']} " in f"{line} "
        ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_receiver_that_comes_back_gets_it_once(scene: Scene, language: str) -> None:
    scene.receiver.stop()
    sender = f"webhook-back-{language}"
    assert_safety_first(scene.say(sender, MESSAGES[language]), language, "E0")
    (alert,) = scene.alerts(sender)
    scene.receiver.work()
    until(lambda: scene.receiver.pages_of(alert["id"]))
    until(lambda: scene.rows("SELECT 1 FROM pages WHERE alert_id = ? AND delivered_at IS NOT NULL", alert["id"]))
    time.sleep(1.0)
    assert len(scene.receiver.attempts_of(alert["id"])) == 1


def _given_up(scene: Scene, alert_id: int) -> Any:
    """The page once it was given up."""
    query = "SELECT * FROM pages WHERE alert_id = ? AND given_up_at IS NOT NULL"
    return until(lambda: scene.rows(query, alert_id), within=30)[0]
