"""The action server is gone, or hangs: the safety reply is shown, the alert is stored, the page goes out later."""

from __future__ import annotations

import time

import pytest

from tests.survival.scene import Scene, actions, assert_safety_first, hanging, until

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_gone(scene: Scene, language: str) -> None:
    scene.product.actions.kill()
    scene.watchdog.kill()
    asked = len(scene.receiver.requests)
    sender = f"down-{language}"
    reply = scene.say(sender, MESSAGES[language])
    assert_safety_first(reply, language, "E1")
    # Nothing is claimed about people who may have been told.
    assert not [name for name in actions(reply) if name.startswith("utter_staff_")]
    (alert,) = scene.alerts(sender)
    assert (alert["tier"], alert["layer"]) == ("E1", 1)
    assert len(scene.receiver.requests) == asked
    scene.work()
    until(lambda: scene.receiver.pages_of(alert["id"]))
    # The next message pages for itself and tells the truth; the first one is not paged again.
    told = actions(scene.say(sender, MESSAGES[language] + " !!"))
    assert told[0].startswith("utter_safety_")
    assert "utter_staff_told" in told
    time.sleep(0.6)
    assert len(scene.receiver.pages_of(alert["id"])) == 1
    assert len(scene.alerts(sender)) == 2


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_hangs(scene: Scene, language: str) -> None:
    scene.product.actions.kill()
    sender = f"hangs-{language}"
    with hanging(scene.product.actions.port):
        started = time.monotonic()
        reply = scene.say(sender, MESSAGES[language])
        # Two calls at most, each ended by REPERE_ACTION_TIMEOUT; Rasa itself would wait for five minutes.
        assert time.monotonic() - started < 10
    assert_safety_first(reply, language, "E1")
    (alert,) = scene.alerts(sender)
    until(lambda: scene.receiver.pages_of(alert["id"]))


@pytest.mark.parametrize(
    ("language", "asked"), [("fr", "qui contacter pour un soutien ?"), ("en", "which support groups are there?")]
)
def test_an_ordinary_question_is_not_met_with_silence(scene: Scene, language: str, asked: str) -> None:
    scene.product.actions.kill()
    reply = scene.say(f"asks-{language}", asked)
    assert reply
    assert all(message["text"] for message in reply)
