"""The action server is gone, or hangs: the safety reply is shown, the alert is stored, the page goes out later."""

from __future__ import annotations

import time

import pytest

from tests.survival.scene import Scene, actions, assert_safety_first
from tests.survival.stand_ins import hanging

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}


ORDINARY = {"fr": "qui contacter pour un soutien ?", "en": "which support groups are there?"}


def test_it_is_gone(scene: Scene) -> None:
    scene.product.actions.kill()
    scene.watchdog.kill()
    asked = len(scene.receiver.requests)
    alerts = {}
    for language, text in MESSAGES.items():
        reply = scene.say(f"down-{language}", text)
        assert_safety_first(reply, language, "E1")
        # Nothing is claimed about people who may have been told.
        assert not [name for name in actions(reply) if name.startswith("utter_staff_")]
        (alerts[language],) = scene.alerts(f"down-{language}")
        assert (alerts[language]["tier"], alerts[language]["layer"]) == ("E1", 1)
        # A question that only an action could answer is not met with silence either.
        reply = scene.say(f"asks-{language}", ORDINARY[language])
        assert reply
        assert all(message["text"] for message in reply)
    assert len(scene.receiver.requests) == asked
    scene.work()
    for language, alert in alerts.items():
        scene.paged(alert["id"])
        # The next message pages for itself and tells the truth; the first one is not paged again.
        told = actions(scene.say(f"down-{language}", MESSAGES[language] + " !!"))
        assert told[0].startswith("utter_safety_")
        assert "utter_staff_told" in told
        assert len(scene.alerts(f"down-{language}")) == 2
    time.sleep(0.6)
    assert [len(scene.receiver.pages_of(alert["id"])) for alert in alerts.values()] == [1, 1]


def test_it_hangs(scene: Scene) -> None:
    scene.product.actions.kill()
    with hanging(scene.product.actions.port):
        for language, text in MESSAGES.items():
            started = time.monotonic()
            reply = scene.say(f"hangs-{language}", text)
            # One call, ended by REPERE_ACTION_TIMEOUT; Rasa itself would wait for five minutes.
            assert time.monotonic() - started < 10
            assert_safety_first(reply, language, "E1")
    for language in MESSAGES:
        (alert,) = scene.alerts(f"hangs-{language}")
        scene.paged(alert["id"])
