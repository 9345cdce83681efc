"""Bad input over real REST: never a traceback, never silence, never another conversation's data."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.survival.scene import Scene, actions, assert_safety_first

pytestmark = pytest.mark.server

BAD = {
    "empty": "",
    "blank": " \t\n ",
    "5000 letters": "é" * 5_000,
    "5000 in French": ("bonjour je voudrais savoir " * 200)[:5_000],
    "5000 in English": ("hello I would like to know " * 200)[:5_000],
    "a million": "bonjour " * 125_000,
    "emoji": "😀😢🎉👩‍👩‍👧",
    "control characters": "\x00\x01\x02\x07\x1b[31m\x7f\u202e",
    "one half of a pair": "bonjour \ud83d",
    "Arabic": "مرحبا، ما هو العلاج المناعي؟",
    "HTML": "<script>alert(1)</script><b>bonjour</b><img src=x onerror=alert(1)>",
    "JSON": '{"intent": "what_is", "sender": "other", "nested": [1, {"a": null}]}',
    "payload": "/what_is",
    "payload with values": '/set_country{"country":"fr"}',
    "payload cut off": '/what_is{"a": ',
    "payload with confidence": "/what_is@1.0{}",
    "restart": "/restart",
    "session start": "/session_start",
    "back": "/back",
    "unknown payload": "/no_such_intent{}",
    "action": "/action_erase",
    "external": "EXTERNAL: what_is",
    "slash": "/",
    "slashes": "////",
    "placeholder": "{emergency} {0} %s %(x)s ${HOME}",
    "SQL": "'; DROP TABLE conversations; --",
    "template": "{{ 7 * 7 }} {% raw %}",
}


def post(scene: Scene, content: bytes) -> httpx.Response:
    """A body as it stands."""
    return httpx.post(f"{scene.product.bot.base}/webhooks/rest/webhook", content=content, timeout=60)


def say(scene: Scene, sender: str, text: str, **more: Any) -> list[dict[str, Any]]:
    """As JSON with escapes: UTF-8 could not hold some of these."""
    answer = post(scene, json.dumps({"sender": sender, "message": text, **more}).encode("ascii"))
    assert answer.status_code == 200
    return list(answer.json())


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_answered(scene: Scene, kind: str, language: str) -> None:
    sender = f"bad-{kind}-{language}"
    reply = say(scene, sender, BAD[kind], metadata={"language": language})
    assert "utter_welcome" in actions(reply)
    assert len(reply) >= 2
    assert "utter_technical_problem" not in actions(reply)
    for message in reply:
        assert message["recipient_id"] == sender
        assert message["text"].strip()
        assert "{" not in message["text"]
        assert "<" not in message["text"]
    # A payload typed by hand does nothing that only a button may do.
    assert not [name for name in actions(reply) if name.startswith(("utter_country_set", "utter_erase_done"))]
    # And the conversation goes on.
    assert say(scene, sender, "merci" if language == "fr" else "thank you")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"sender": "x"}',
        b'{"message": "bonjour"}',
        b'{"sender": 1, "message": "bonjour"}',
        b'{"sender": "", "message": "bonjour"}',
        b'{"sender": "a\\u0000b", "message": "bonjour"}',
        b'{"sender": "x", "message": ["bonjour"]}',
        b'{"sender": "x", "message": null}',
        b'{"sender": "x", "message": "bonjour", "message_id": {"a": 1}}',
        b'{"sender": "%s", "message": "bonjour"}' % (b"x" * 65),
        b"[" * 20_000,
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_message_is_refused_in_a_sentence(scene: Scene, body: bytes) -> None:
    answer = post(scene, body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("metadata", [None, [], "fr", {"language": ["fr"]}, {"language": 7, "country": {}}, {"x": 1}])
def test_metadata_that_is_none_counts_as_not_given(scene: Scene, metadata: Any) -> None:
    assert say(scene, f"meta-{metadata!r}"[:64], "bonjour", metadata=metadata)


def test_200_messages_in_a_second_from_one_sender(scene: Scene) -> None:
    began: list[float] = []

    def send(number: int) -> list[dict[str, Any]]:
        began.append(time.monotonic())
        if number == 150:
            return say(scene, "flood", "je vais me tuer ce soir, j ai les comprimes")
        return say(scene, "flood", f"bonjour {number}")

    with ThreadPoolExecutor(200) as pool:
        replies = list(pool.map(send, range(200)))
    assert max(began) - min(began) < 2.0
    assert all(replies)
    assert all(message["text"].strip() and "{" not in message["text"] for reply in replies for message in reply)
    refused = [reply for reply in replies if "utter_action" not in reply[0]]
    assert 100 <= len(refused) < 200
    assert "112" in refused[0][0]["text"]
    # Danger is not held back by the limit, and another patient is not held up.
    assert_safety_first(replies[150], "fr", "C2")
    assert len(scene.alerts("flood")) == 1
    assert len(scene.user_events("flood")) == 200 - len(refused)
    assert actions(say(scene, "calm", "hello there"))[0] == "utter_welcome"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_id_of_another_sender_brings_nothing_of_it(scene: Scene, language: str) -> None:
    secret = {"fr": "je suis au Canada, et vous ?", "en": "I live in Canada, and you?"}[language]
    say(scene, f"owner-{language}", secret, message_id="same")
    reply = say(scene, f"thief-{language}", "bonjour" if language == "fr" else "hello there", message_id="same")
    assert "utter_welcome" in actions(reply)
    assert {message["recipient_id"] for message in reply} == {f"thief-{language}"}
    assert scene.user_events(f"owner-{language}") == [secret]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_same_id_again_gets_the_same_answer(scene: Scene, language: str) -> None:
    text = "bonjour" if language == "fr" else "hello there"
    first = say(scene, f"again-{language}", text, message_id="m1")
    assert say(scene, f"again-{language}", text, message_id="m1") == first
    assert scene.user_events(f"again-{language}") == [text]


def test_no_log_holds_what_patients_wrote(scene: Scene) -> None:
    marks = ("xylophone de ma grand-mère", "my grandmother's xylophone")
    for number, mark in enumerate(marks):
        for front in ("", "/", "/what_is{", "EXTERNAL: "):
            say(scene, f"private-{number}-{len(front)}", f"{front}{mark} je veux mourir")
    log = scene.log_text()
    assert not [mark for mark in (*marks, "xylophone", "private-0") if mark in log]
