"""What the bot answered to one message."""

from __future__ import annotations

import json
from typing import Any

from bot.store.database import session_scope
from bot.store.models import EventRow
from bot.store.replies import replies_to

BUTTONS = [{"title": "Oui", "payload": "/affirm"}]


def user(message_id: str) -> dict[str, Any]:
    return {"event": "user", "text": "é", "message_id": message_id}


def bot(text: str, **metadata: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {"buttons": BUTTONS}, "metadata": metadata, "timestamp": 1.0}


LISTEN = {"event": "action", "name": "action_listen"}


def store(url: str, *events: dict[str, Any], conversation_id: str = "c") -> None:
    with session_scope(url) as session:
        for event in events:
            row = EventRow(conversation_id=conversation_id, timestamp=1.0, type_name=event["event"])
            row.action_name, row.data = event.get("name"), json.dumps(event)
            session.add(row)
            session.flush()


def texts(url: str, message_id: str, conversation_id: str = "c") -> list[str]:
    with session_scope(url, write=False) as session:
        return [line["text"] for line in replies_to(session, conversation_id, message_id)]


def test_the_lines_of_its_turn_and_no_others(url: str) -> None:
    store(url, bot("before"), user("1"), bot("a"), bot("b"), LISTEN, bot("watchdog"), user("2"), bot("c"), LISTEN)
    assert texts(url, "1") == ["a", "b"]
    assert texts(url, "2") == ["c"]


def test_a_turn_that_ends_without_listening_ends_at_the_next_message(url: str) -> None:
    store(url, user("1"), bot("a"), user("2"), bot("b"))
    assert texts(url, "1") == ["a"]


def test_lines_of_staff_are_no_answer_of_the_bot(url: str) -> None:
    store(url, user("1"), bot("from a person", sender="staff"), bot("a"), LISTEN)
    assert texts(url, "1") == ["a"]


def test_whole_lines_as_rasa_gave_them(url: str) -> None:
    store(url, user("1"), bot("a", utter_action="utter_a", metadata={"lang": "fr"}), LISTEN)
    with session_scope(url, write=False) as session:
        assert replies_to(session, "c", "1") == [
            {"text": "a", "timestamp": 1.0, "buttons": BUTTONS, "utter_action": "utter_a", "metadata": {"lang": "fr"}}
        ]


def test_nothing_for_another_conversation_or_an_unknown_message(url: str) -> None:
    store(url, user("1"), bot("a"), LISTEN)
    store(url, user("2"), bot("secret"), LISTEN, conversation_id="d")
    assert texts(url, "2") == []
    assert texts(url, "1", "d") == []
    assert texts(url, "3") == []
