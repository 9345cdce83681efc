"""Danger wherever it may be written: the safety reply comes, first and without an answer of the article beside it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.store import handoff, staff
from bot.store.database import session_scope
from tests.survival.scene import Scene, actions, assert_safety_first

pytestmark = pytest.mark.server

FLAGS = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
HELLO = {"fr": "bonjour", "en": "hello there"}
QUESTIONS = {"fr": "C'est quoi l'immunothérapie ?", "en": "What is immunotherapy?"}
STORIES = {
    "fr": "Je vous raconte un peu notre histoire. Ma femme et moi avons attendu le rendez-vous tout le mois de juin. ",
    "en": "Let me tell you a bit of our story. My wife and I had been waiting for the appointment all through June. ",
}
COMMENTS = {"fr": "je veux laisser un commentaire", "en": "I want to leave a comment"}
VAGUE = {
    "fr": ("traitement", "le truc", "et la recherche", "les essais ou les soins", "quoi faire", "aide"),
    "en": ("treatment", "the thing", "and research", "trials or care", "what to do", "options"),
}


def flagged(scene: Scene, sender: str, text: str, language: str | None, **more: Any) -> list[dict[str, Any]]:
    """Say ``text``, which raises exactly one alert and is answered as it must be."""
    before = len(scene.alerts(sender))
    reply = scene.say(sender, text, **more)
    assert_safety_first(reply, language)
    assert len(scene.alerts(sender)) == before + 1
    return reply


@pytest.mark.parametrize("language", ["fr", "en"])
def test_as_the_first_message(scene: Scene, language: str) -> None:
    reply = flagged(scene, f"first-{language}", FLAGS[language], language)
    assert "utter_welcome" not in actions(reply)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_after_the_welcome(scene: Scene, language: str) -> None:
    sender = f"welcomed-{language}"
    assert "utter_welcome" in actions(scene.say(sender, HELLO[language]))
    flagged(scene, sender, FLAGS[language], language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_with_a_question_which_is_offered_afterwards(scene: Scene, language: str) -> None:
    sender = f"question-{language}"
    reply = flagged(scene, sender, f"{QUESTIONS[language]} {FLAGS[language]}", language)
    offered = [button["payload"] for message in reply for button in message.get("buttons", [])]
    assert "/not_meant" in offered
    asked = scene.say(sender, QUESTIONS[language])
    # Asked again it is answered, but never above the numbers.
    assert actions(asked)[0].startswith("utter_safety_")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_inside_the_comment_form(scene: Scene, language: str) -> None:
    sender = f"form-{language}"
    assert "utter_comment_ask_text" in actions(scene.say(sender, COMMENTS[language]))
    reply = flagged(scene, sender, FLAGS[language], language)
    assert "utter_comment_not_published" in actions(reply)
    assert not scene.rows("SELECT 1 FROM comments WHERE conversation_id = ?", sender)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_instead_of_a_button_of_a_clarification(scene: Scene, language: str) -> None:
    sender = f"unclear-{language}"
    for vague in VAGUE[language]:
        if "utter_clarify" in actions(scene.say(sender, vague, metadata={"language": language})):
            break
    else:
        pytest.fail("None of the vague messages led to a clarification.")
    flagged(scene, sender, FLAGS[language], language)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("front", ["/", "//", "/what_is ", " / ", "/what_is{} ", "\u200b/"])
def test_behind_a_slash(scene: Scene, language: str, front: str) -> None:
    flagged(scene, f"slash-{language}-{front!r}", f"{front}{FLAGS[language]}", None)


def test_inside_a_payload_typed_by_hand(scene: Scene) -> None:
    flagged(scene, "payload", '/set_country{"country": "je veux mourir"}', None)


def test_inside_a_button_that_was_offered(scene: Scene) -> None:
    scene.say("tapped", "bonjour", metadata={"language": "fr"})
    assert actions(scene.say("tapped", "/what_is"))[0].startswith("utter_what_is")
    flagged(scene, "tapped", '/what_is{"text": "je veux mourir"}', None)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_while_a_person_owns_the_conversation(scene: Scene, language: str) -> None:
    sender = f"owned-{language}"
    scene.say(sender, HELLO[language], metadata={"language": language})
    with session_scope(scene.product.database_url) as session:
        member = staff.by_name(session, "agent") or staff.add(session, name="agent", role="agent", password_hash="none")
        session.flush()
        handoff.request(session, sender, "asked")
        assert handoff.claim(session, sender, member.id)
    assert scene.say(sender, QUESTIONS[language]) == []
    flagged(scene, sender, FLAGS[language], language)
    assert scene.say(sender, QUESTIONS[language]) == []
    (row,) = scene.rows("SELECT state FROM conversations WHERE id = ?", sender)
    assert row["state"] == "human"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("characters", [4_000, 30_000])
def test_in_the_middle_of_a_long_story(scene: Scene, language: str, characters: int) -> None:
    half = (STORIES[language] * 300)[: characters // 2]
    flagged(scene, f"story-{language}-{characters}", f"{half}. {FLAGS[language]}. {half}", language)


@pytest.mark.parametrize(("page", "written"), [("fr", "en"), ("en", "fr")])
def test_in_the_other_language(scene: Scene, page: str, written: str) -> None:
    sender = f"other-{page}"
    scene.say(sender, HELLO[page], metadata={"language": page})
    flagged(scene, sender, FLAGS[written], written, metadata={"language": page})
    short = {"fr": "me tuer", "en": "kill myself"}
    flagged(scene, f"{sender}-short", short[written], None, metadata={"language": page})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_as_the_300th_turn(scene: Scene, language: str) -> None:
    sender = f"long-{language}"
    scene.say(sender, HELLO[language])
    scene.say(sender, QUESTIONS[language])
    _repeat_last_turn(scene, sender, 297)
    assert len(scene.user_events(sender)) == 299
    flagged(scene, sender, FLAGS[language], language)
    assert len(scene.user_events(sender)) == 300


def _repeat_last_turn(scene: Scene, sender: str, times: int) -> None:
    """Store the conversation's last turn so many times more, as if all that had been said."""
    rows = scene.rows("SELECT * FROM events WHERE conversation_id = ? ORDER BY id", sender)
    start = max(index for index, row in enumerate(rows) if row["type_name"] == "user")
    columns = [name for name in rows[0].keys() if name != "id"]  # noqa: SIM118 - a row's, no dict
    with closing(sqlite3.connect(scene.path, timeout=10)) as connection, connection:
        for copy in range(1, times + 1):
            for row in rows[start:]:
                values = {name: row[name] for name in columns}
                event = json.loads(values["data"])
                event["timestamp"] = values["timestamp"] = row["timestamp"] + copy * 1e-4
                if "message_id" in event:
                    event["message_id"] = f"{event['message_id']}-{copy}"
                values["data"] = json.dumps(event)
                marks = ", ".join("?" for _ in columns)
                connection.execute(
                    f"INSERT INTO events ({', '.join(columns)}) VALUES ({marks})",
                    [values[name] for name in columns],
                )
        # Without it the server would go on from what it remembers.
        connection.execute("UPDATE conversations SET version = version + 1 WHERE id = ?", (sender,))
