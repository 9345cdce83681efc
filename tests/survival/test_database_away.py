"""The database is locked or gone: the safety reply is shown; the alert is written when it returns, once."""

from __future__ import annotations

import time

import pytest

from tests.survival.scene import Scene, assert_safety_first

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": ("je vais me tuer ce soir, j ai les comprimes", "utter_safety_C2"),
    "en": ("I am going to kill myself tonight, I have the pills", "utter_safety_C2"),
}
# Waiting for the database (StoreRunner's 1.5 s, for inbox and tracker), for the page, and for a busy machine.
REPLY_WITHIN = 12.0


@pytest.mark.parametrize(("way", "seconds"), [("locked", 30.0), ("gone", 6.0)])
def test_the_reply_is_shown_and_the_alert_written_once(scene: Scene, way: str, seconds: float) -> None:
    senders = {language: f"{way}-{language}" for language in MESSAGES}
    scene.say(f"{way}-before", "bonjour")
    began = time.monotonic()
    with getattr(scene, way)():
        for language, (text, response) in MESSAGES.items():
            started = time.monotonic()
            reply = scene.say(senders[language], text, message_id="m1")
            assert time.monotonic() - started < REPLY_WITHIN
            assert_safety_first(reply, language)
            assert reply[0]["utter_action"] == response
        # The same message once more, and another one: one answer each.
        assert scene.say(senders["fr"], MESSAGES["fr"][0], message_id="m1")
        assert scene.say(senders["en"], "thank you", message_id="m2")
        assert scene.say(f"{way}-before", "merci")
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    for sender in senders.values():
        scene.alerted(sender)
        scene.settled(sender)
    time.sleep(1.5)
    for language, sender in senders.items():
        (alert,) = scene.alerts(sender)
        assert alert["message_id"] == f"{sender}.m1"
        assert alert["tier"] == "C2"
        scene.paged(alert["id"])
        assert scene.user_events(sender).count(MESSAGES[language][0]) == 1
        assert len(scene.receiver.pages_of(alert["id"])) == 1
    assert scene.user_events(senders["en"]) == [MESSAGES["en"][0], "thank you"]
    assert scene.user_events(f"{way}-before") == ["bonjour", "merci"]
