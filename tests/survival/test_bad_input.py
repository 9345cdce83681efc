"""Bad input over real REST: never a traceback, never silence, never another conversation's data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.survival.scene import Scene, actions, assert_safety_first

pytestmark = pytest.mark.server

BAD = {
    "empty": "",
    "blank": " \t\n ",
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

TOO_LONG = {
    "5000 letters": "é" * 5_000,
    "5000 in French": ("bonjour je voudrais savoir " * 200)[:5_000],
    "5000 in English": ("hello I would like to know " * 200)[:5_000],
    "a million": "bonjour " * 125_000,
}


@pytest.mark.parametrize("kind", TOO_LONG)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_too_long_is_said_with_the_number(scene: Scene, kind: str, language: str) -> None:
    sender = f"long-{kind}-{language}"
    (said,) = scene.say(sender, TOO_LONG[kind], metadata={"language": language})
    assert ("trop long" if language == "fr" else "too long") in said["text"]
    assert "112" in said["text"]
    assert scene.say(sender, "merci" if language == "fr" else "thank you")


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_answered(scene: Scene, kind: str, language: str) -> None:
    sender = f"bad-{kind}-{language}"
    reply = scene.say(sender, BAD[kind], metadata={"language": language})
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
    assert scene.say(sender, "merci" if language == "fr" else "thank you")


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
    answer = scene.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("metadata", [None, [], "fr", {"language": ["fr"]}, {"language": 7, "country": {}}, {"x": 1}])
def test_metadata_that_is_none_counts_as_not_given(scene: Scene, metadata: Any) -> None:
    assert scene.say(f"meta-{metadata!r}"[:64], "bonjour", metadata=metadata)


def test_200_messages_in_a_second_from_one_sender(scene: Scene) -> None:
    messages = [("flood", f"bonjour {number}") for number in range(200)]
    messages[150] = ("flood", "je vais me tuer ce soir, j ai les comprimes")
    replies = scene.burst(messages)
    assert all(replies)
    assert all(message["text"].strip() and "{" not in message["text"] for reply in replies for message in reply)
    refused = [reply for reply in replies if "utter_action" not in reply[0]]
    assert 100 <= len(refused) < 200
    assert "112" in refused[0][0]["text"]
    # Danger is not held back by the limit, and another patient is not held up.
    assert_safety_first(replies[150], "fr", "C2")
    assert len(scene.alerts("flood")) == 1
    assert len(scene.user_events("flood")) == 200 - len(refused)
    assert actions(scene.say("calm", "hello there"))[0] == "utter_welcome"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_id_of_another_sender_brings_nothing_of_it(scene: Scene, language: str) -> None:
    secret = {"fr": "je suis au Canada, et vous ?", "en": "I live in Canada, and you?"}[language]
    scene.say(f"owner-{language}", secret, message_id="same")
    reply = scene.say(f"thief-{language}", "bonjour" if language == "fr" else "hello there", message_id="same")
    assert "utter_welcome" in actions(reply)
    assert {message["recipient_id"] for message in reply} == {f"thief-{language}"}
    assert scene.user_events(f"owner-{language}") == [secret]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_same_id_again_gets_the_same_answer(scene: Scene, language: str) -> None:
    text = "bonjour" if language == "fr" else "hello there"
    first = scene.say(f"again-{language}", text, message_id="m1")
    assert scene.say(f"again-{language}", text, message_id="m1") == first
    assert scene.user_events(f"again-{language}") == [text]


def test_no_log_holds_what_patients_wrote(scene: Scene) -> None:
    marks = ("xylophone de ma grand-mère", "my grandmother's xylophone")
    for number, mark in enumerate(marks):
        for front in ("", "/", "/what_is{", "EXTERNAL: "):
            scene.say(f"private-{number}-{len(front)}", f"{front}{mark} je veux mourir")
    log = scene.log_text()
    assert not [mark for mark in (*marks, "xylophone", "private-0") if mark in log]
