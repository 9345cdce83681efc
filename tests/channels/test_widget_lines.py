from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.shared.core.events import BotUttered, UserUttered
from sqlalchemy.orm import Session

from bot.channels.widget_inlet import inbound
from bot.channels.widget_lines import spoken, stored_own, stored_spoken
from bot.channels.widget_replay import lines_after, place
from bot.errors import MessageRefused
from bot.safety.detector import assess
from bot.store import database, inbox
from bot.store.columns import now
from bot.store.models import EventRow

CONVERSATION = "w-1"


def bot(text: str, action: str = "utter_causes", **data: Any) -> BotUttered:
    return BotUttered(text, data, {"utter_action": action, "metadata": {"lang": "fr", "kind": "answer"}})


def stored(event: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(event.as_dict(), default=str))
    return read


def patients(seq: int, event: UserUttered) -> dict[str, Any] | None:
    return stored_own(CONVERSATION, stored(event), seq)


def test_said_and_stored_give_the_same_line() -> None:
    buttons = [{"title": "J’ai appelé", "payload": "/called"}]
    event = bot("Bonjour.\n\nAppelez le 15.", "utter_safety_E0", buttons=buttons)
    live = spoken(CONVERSATION, event.message(), turn="m:1", country="fr")
    again = stored_spoken(CONVERSATION, stored(event), seq=7, turn="m:1", country="fr")
    assert live is not None
    assert again == {**live, "seq": 7}
    assert live["kind"] == "safety"
    assert live["lang"] == "fr"
    assert live["text"] == "Bonjour.\n\nAppelez le 15."
    assert live["buttons"] == buttons
    assert [tel["number"] for tel in live["tel"]] == ["15"]


def test_the_same_words_said_twice_are_two_lines() -> None:
    first, second = bot("Oui."), bot("Oui.")
    second.timestamp = first.timestamp + 0.000001
    ids = {spoken(CONVERSATION, event.message())["id"] for event in (first, second)}  # type: ignore[index]
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("utter_safety_C3", "safety"),
        ("utter_watchdog_1", "notice"),
        ("utter_staff_told", "notice"),
        ("utter_handoff_claimed", "notice"),
        ("utter_causes", "answer"),
        ("utter_causes_simple", "answer"),
        ("utter_trials_registry_intro", "answer"),
        ("utter_greet", "talk"),
        ("utter_no_answer", "talk"),
        ("utter_clarify", "talk"),
        ("utter_out_of_scope_medical", "talk"),
        ("", "talk"),
    ],
)
def test_only_answers_ask_whether_they_helped(action: str, kind: str) -> None:
    line = spoken(CONVERSATION, bot("Texte.", action).message())
    assert line is not None
    assert line["kind"] == kind


def test_a_line_of_staff_carries_the_name_and_no_bots_marks() -> None:
    event = BotUttered("Bonjour", {"custom": None}, {"sender": "staff", "staff_id": 3, "staff_name": "Camille"})
    line = spoken(CONVERSATION, event.message())
    assert line is not None
    assert (line["from"], line["name"], line["kind"]) == ("person", "Camille", "talk")


def test_what_says_nothing_is_no_line() -> None:
    assert spoken(CONVERSATION, BotUttered(None, {"custom": {"a": 1}}).message()) is None


def test_a_tapped_button_shows_its_title_and_a_rating_its_answer() -> None:
    tapped = patients(4, UserUttered("/simplify", message_id="m1", metadata={"title": "Plus simple"}))
    assert tapped is not None
    assert (tapped["text"], tapped["id"], tapped["seq"], tapped["kind"]) == ("Plus simple", "m1", 4, "talk")
    rated = patients(5, UserUttered("/not_useful", message_id="m2", metadata={"utterance_id": "abc"}))
    assert rated is not None
    assert (rated["kind"], rated["ref"], rated["text"]) == ("rating", "abc", "/not_useful")
    assert patients(6, UserUttered("/simplify", message_id="m3")) is None
    assert patients(7, UserUttered("EXTERNAL: x", metadata={"is_external": True})) is None


@pytest.fixture
def session(sqlite_url: str) -> Any:
    with database.session_scope(sqlite_url) as opened:
        yield opened


def store(session: Session, *events: Any, conversation: str = CONVERSATION) -> None:
    for event in events:
        data = stored(event)
        session.add(
            EventRow(
                conversation_id=conversation,
                timestamp=data["timestamp"],
                type_name=data["event"],
                data=json.dumps(data),
            )
        )
        session.flush()


def test_replay_gives_what_came_after_and_only_of_this_conversation(session: Session) -> None:
    store(session, UserUttered("un", message_id="m1"), bot("A"), bot("B"))
    store(session, UserUttered("secret", message_id="x1"), bot("S"), conversation="w-2")
    store(session, UserUttered("deux", message_id="m2"), bot("C"))
    everything = lines_after(session, CONVERSATION, 0)
    assert [line["text"] for line in everything.lines] == ["un", "A", "B", "deux", "C"]
    assert [line["turn"] for line in everything.lines] == [None, "m1:1", "m1:2", None, "m2:1"]
    assert everything.seq == place(session, CONVERSATION) == everything.lines[-1]["seq"]
    missed = lines_after(session, CONVERSATION, everything.lines[2]["seq"])
    assert [line["text"] for line in missed.lines] == ["deux", "C"]
    assert lines_after(session, CONVERSATION, everything.seq).lines == []
    assert lines_after(session, CONVERSATION, everything.seq).seq == everything.seq


def test_replay_shows_what_the_patient_sent_and_nobody_answered_yet(session: Session) -> None:
    store(session, UserUttered("un", message_id="m1"), bot("A"))
    for message_id, text in (("m1", "un"), ("m2", "deux")):
        inbox.receive(
            session,
            message_id=message_id,
            conversation_id=CONVERSATION,
            channel="widget",
            text=text,
            metadata={},
            received_at=now(),
            assessment=assess(text),
            language="fr",
            country=None,
        )
    lines = lines_after(session, CONVERSATION, 0).lines
    assert [(line["text"], line["seq"] is None) for line in lines] == [("un", False), ("A", False), ("deux", True)]
    inbox.mark_handled(session, "m2")
    assert len(lines_after(session, CONVERSATION, 0).lines) == 2


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [],
        {},
        {"id": "short", "text": "a"},
        {"id": "12345678 9", "text": "a"},
        {"id": 12345678, "text": "a"},
        {"id": "x" * 65, "text": "a"},
        {"id": "12345678"},
        {"id": "12345678", "text": "  "},
        {"id": "12345678", "text": 7},
        {"id": "12345678", "payload": "no slash"},
    ],
)
def test_what_is_no_message_is_refused(data: Any) -> None:
    with pytest.raises(MessageRefused):
        inbound(CONVERSATION, data)


def test_a_typed_slash_is_no_payload() -> None:
    assert inbound(CONVERSATION, {"id": "12345678", "text": '/EXTERNAL_agent{"a":1}'}).text == 'EXTERNAL_agent{"a":1}'
    assert inbound(CONVERSATION, {"id": "12345678", "text": " // /simplify"}).text == "simplify"


def test_a_message_goes_to_the_conversation_of_the_token_only() -> None:
    sent = {"id": "12345678", "text": "a", "conversation": "w-2", "sender": "w-2", "lang": "en", "country": "BE"}
    message = inbound(CONVERSATION, sent)
    assert (message.conversation_id, message.language, message.country) == (CONVERSATION, "en", "be")


@pytest.mark.parametrize(("given", "taken"), [("xx", "fr"), ("unknown", "fr"), (None, "fr"), (7, "fr"), ("ch", "ch")])
def test_a_country_without_numbers_is_the_settings_one(given: Any, taken: str) -> None:
    message = inbound(CONVERSATION, {"id": "12345678", "text": "a", "lang": "de", "country": given}, "fr")
    assert (message.country, message.language) == (taken, None)
