"""kill -9 of the dialogue server between message and reply, then restart: no alert lost, none doubled."""

from __future__ import annotations

import contextlib
import threading

import httpx
import pytest

from tests.survival.scene import Scene, actions, assert_safety_first, until
from tests.survival.stand_ins import hanging

pytestmark = pytest.mark.server

STORED = {
    "fr": "jai avalé toute la boite de comprimes",
    "en": "I cannot breathe and my chest hurts",
}
SPOOLED = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
TIERS = {"stored-fr": "C1", "stored-en": "E0", "spooled-fr": "E1", "spooled-en": "E1"}
HELLO = {"fr": "bonjour", "en": "hello there"}
# An action of the article: its turn hangs as well, and it is no danger.
ASKED = ("plain", "Quelles associations peuvent m'aider ?")


def test_no_alert_is_lost_and_none_doubled(scene: Scene) -> None:
    # What the tests before left to be answered would be counted as well.
    until(lambda: not scene.unhandled(), within=90.0)
    messages = [(f"stored-{language}", text) for language, text in STORED.items()]
    spooled = [(f"spooled-{language}", text) for language, text in SPOOLED.items()]
    answered = {language: scene.say(f"answered-{language}", text, message_id="m1") for language, text in HELLO.items()}
    scene.product.actions.kill()
    with hanging(scene.product.actions.port):
        # The turns hang in their actions: stored, not answered.
        senders = [_send(scene, *message) for message in (*messages, ASKED)]
        until(lambda: all(scene.alerts(sender) for sender, _ in messages) and scene.unhandled() == 3)
        with scene.locked():
            senders += [_send(scene, *message) for message in spooled]
            until(lambda: len(list(scene.spool.glob("*.jsonl"))) == 2)
            scene.product.bot.kill()
        for thread in senders:
            thread.join()
    assert not [sender for sender, _ in spooled if scene.alerts(sender)]
    assert not [sender for sender, _ in messages if scene.user_events(sender)]
    scene.work()
    for sender, text in (*messages, *spooled):
        scene.alerted(sender)
        # Not acknowledged, so sent again under the same id; and again, since the sender is nervous.
        replies = [scene.say(sender, text, message_id="m1") for _ in range(3)]
        assert_safety_first(replies[0], sender[-2:])
        assert actions(replies[0])[0] == f"utter_safety_{TIERS[sender]}"
        assert replies[0] == replies[1] == replies[2]
    asked = scene.say(*ASKED, message_id="m1")
    assert asked
    assert "utter_technical_problem" not in actions(asked)
    for sender, text in (*messages, *spooled, ASKED):
        scene.settled(sender)
        assert scene.user_events(sender) == [text]
        found = [(alert["message_id"], alert["tier"]) for alert in scene.alerts(sender)]
        assert found == ([(f"{sender}.m1", TIERS[sender])] if sender in TIERS else [])
        turns = scene.rows("SELECT COUNT(*) AS n FROM turns WHERE conversation_id = ?", sender)
        assert turns[0]["n"] == 1
    for sender, _ in (*messages, *spooled):
        (alert,) = scene.alerts(sender)
        scene.paged(alert["id"])
        assert len(scene.receiver.pages_of(alert["id"])) == 1
    # What was answered before is not answered twice: the same lines come from the store.
    for language, text in HELLO.items():
        assert scene.say(f"answered-{language}", text, message_id="m1") == answered[language]
        assert scene.user_events(f"answered-{language}") == [text]
    # And another sender gets nothing of it under the same id.
    other = scene.say("somebody-else", "bonjour", message_id="m1")
    assert actions(other)[0] == "utter_welcome"


def _send(scene: Scene, sender: str, text: str) -> threading.Thread:
    def send() -> None:
        with contextlib.suppress(httpx.HTTPError):
            scene.say(sender, text, message_id="m1")

    thread = threading.Thread(target=send)
    thread.start()
    return thread
