"""The way in: danger first, stored once, handled once, and an answer whatever fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sqlalchemy import select

from bot.channels.inlet import Inbound, Inlet
from bot.errors import StoreUnavailable
from bot.nlu import encoder
from bot.settings import load_settings
from bot.store import inbox, just_read, spool
from bot.store.database import session_scope
from bot.store.models import Alert, Conversation, EventRow, InboxMessage

FLAG = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
HELLO = {"fr": "bonjour", "en": "hello there"}


class Output(CollectingOutputChannel):
    """Keeps what was said."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)


class Rasa:
    """Stands for the agent: ``fails`` how often it raises first, ``takes`` how long it thinks (s)."""

    def __init__(self, fails: int = 0, takes: float = 0.0) -> None:
        self.fails, self.takes = fails, takes
        self.heard: list[UserMessage] = []
        self.busy = 0
        self.most_busy = 0

    async def __call__(self, message: UserMessage) -> None:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await asyncio.sleep(self.takes)
        self.busy -= 1
        if self.fails:
            self.fails -= 1
            raise ValueError(message.text)
        self.heard.append(message)

    def texts(self) -> list[str]:
        return [str(message.text) for message in self.heard]


@pytest.fixture
def inlet(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    monkeypatch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.2")
    return Inlet(load_settings(database_url=sqlite_url, messages_per_minute=5))


def message(text: str, number: int = 1, **more: Any) -> Inbound:
    return Inbound(**{"conversation_id": "c", "text": text, "channel": "rest", "message_id": f"c.{number}", **more})


def rows(url: str, model: Any) -> list[Any]:
    with session_scope(url, write=False) as session:
        return list(session.execute(select(model)).scalars())


def offer(url: str, payload: str) -> None:
    """Have the bot show a button in conversation ``c``."""
    data = json.dumps({"data": {"buttons": [{"title": "x", "payload": payload}]}})
    with session_scope(url) as session:
        session.add(EventRow(conversation_id="c", timestamp=time.time(), type_name="bot", data=data))


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def say(inlet: Inlet, rasa: Rasa, inbound: Inbound) -> list[dict[str, Any]]:
    """Accept and handle; what the patient then sees."""
    output = Output()
    accepted = await inlet.accept(inbound)
    if accepted.state == "refused":
        return [{"text": accepted.reply}]
    if accepted.state == "new":
        await inlet.handle(inbound, accepted.text, rasa, output)
    return list(output.messages)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_message_and_alert_are_stored_before_rasa_hears(inlet: Inlet, sqlite_url: str, language: str) -> None:
    accepted = await inlet.accept(message(FLAG[language], language=language, country="fr"))
    assert (accepted.state, accepted.text) == ("new", FLAG[language])
    (alert,) = rows(sqlite_url, Alert)
    assert (alert.tier, alert.message_id, alert.language, alert.country) == ("E1", "c.1", language, "fr")
    (kept,) = rows(sqlite_url, InboxMessage)
    assert (kept.text, kept.handled_at) == (FLAG[language], None)


async def test_rasa_hears_who_wrote_what_from_where(inlet: Inlet) -> None:
    rasa = Rasa()
    await say(inlet, rasa, message("bonjour", language="fr", country="be", metadata={"title": "x"}))
    (heard,) = rasa.heard
    assert (heard.text, heard.sender_id, heard.input_channel, heard.message_id) == ("bonjour", "c", "rest", "c.1")
    assert heard.metadata == {"title": "x", "language": "fr", "country": "be"}


async def test_sent_again_it_is_handled_once(inlet: Inlet) -> None:
    rasa = Rasa(takes=0.2)
    first = asyncio.create_task(say(inlet, rasa, message("bonjour")))
    await asyncio.sleep(0.1)
    assert (await inlet.accept(message("bonjour"))).state == "again"  # meanwhile
    await first
    assert (await inlet.accept(message("bonjour"))).state == "again"  # afterwards
    assert rasa.texts() == ["bonjour"]


async def test_what_another_server_answered_is_not_answered_again(inlet: Inlet, sqlite_url: str) -> None:
    await inlet.accept(message("bonjour"))
    with session_scope(sqlite_url) as session:
        inbox.mark_handled(session, "c.1")
    other = Inlet(load_settings(database_url=sqlite_url))
    assert (await other.accept(message("bonjour"))).state == "again"


async def test_what_a_stopped_server_left_is_new_for_who_sends_it_again(inlet: Inlet, sqlite_url: str) -> None:
    await inlet.accept(message(FLAG["fr"]))
    other, rasa = Inlet(load_settings(database_url=sqlite_url)), Rasa()
    await say(other, rasa, message(FLAG["fr"]))
    assert rasa.texts() == [FLAG["fr"]]
    assert len(rows(sqlite_url, Alert)) == 1


async def test_one_at_a_time_in_a_conversation_and_in_order(inlet: Inlet) -> None:
    rasa = Rasa(takes=0.02)
    texts = [f"bonjour {number}" for number in range(5)]
    await asyncio.gather(*(inlet.handle(message(text, n), text, rasa, Output()) for n, text in enumerate(texts)))
    assert rasa.texts() == texts
    assert rasa.most_busy == 1
    elsewhere = [message("bonjour", n, conversation_id=f"c{n}") for n in range(10, 15)]
    await asyncio.gather(*(inlet.handle(one, one.text, rasa, Output()) for one in elsewhere))
    assert rasa.most_busy == 5


async def test_taken_up_twice_it_is_given_to_rasa_once(inlet: Inlet) -> None:
    rasa = Rasa(takes=0.05)
    await asyncio.gather(*(inlet.handle(message("bonjour"), "bonjour", rasa, Output()) for _ in range(3)))
    assert rasa.texts() == ["bonjour"]


@pytest.mark.parametrize(("language", "words"), [("fr", "problème technique"), ("en", "technical problem")])
async def test_when_rasa_fails_there_is_a_sentence(
    inlet: Inlet, language: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rasa = Rasa(fails=1)
    (said,) = await say(inlet, rasa, message(HELLO[language], language=language, country="gb"))
    assert words in said["text"]
    assert "999" in said["text"]
    assert "{" not in said["text"]
    logged = capfd.readouterr()
    assert HELLO[language] not in logged.out + logged.err
    # Sent again it is tried again.
    await say(inlet, rasa, message(HELLO[language], language=language))
    assert rasa.texts() == [HELLO[language]]


@pytest.mark.parametrize(("language", "words"), [("fr", "Appelez maintenant"), ("en", "Call the 24-hour number")])
async def test_when_rasa_fails_danger_still_gets_the_safety_reply(inlet: Inlet, language: str, words: str) -> None:
    (said,) = await say(inlet, Rasa(fails=1), message(FLAG[language], language=language))
    assert said["utter_action"] == "utter_safety_E1"
    assert words in said["text"]
    assert "112" in said["text"]


async def test_in_an_unknown_language_it_is_said_in_both(inlet: Inlet) -> None:
    (said,) = await say(inlet, Rasa(fails=1), message("…"))
    assert "problème technique" in said["text"]
    assert "technical problem" in said["text"]
    assert said["text"].index("problème") < said["text"].index("problem keeps")


async def test_the_conversations_own_language_and_country_count(inlet: Inlet, sqlite_url: str) -> None:
    await say(inlet, Rasa(), message("hello", 1))
    with session_scope(sqlite_url) as session:
        row = session.get(Conversation, "c")
        row.language, row.country = "en", "ie"
    (said,) = await say(inlet, Rasa(fails=1), message("bonjour", 2, language="fr"))
    assert said["text"].startswith("A technical problem")


@pytest.mark.parametrize(("language", "words"), [("fr", "plus vite"), ("en", "faster")])
async def test_too_many_are_refused_in_a_sentence_but_never_danger(inlet: Inlet, language: str, words: str) -> None:
    for number in range(5):
        assert (await inlet.accept(message("bonjour", number))).state == "new"
    refused = await inlet.accept(message("bonjour", 6, language=language))
    assert refused.state == "refused"
    assert words in refused.reply
    assert "{" not in refused.reply
    assert (await inlet.accept(message(FLAG[language], 7))).state == "new"
    # A refused message was not stored, so that it may be sent again.
    assert (await inlet.accept(message("bonjour", 6, conversation_id="d"))).state == "new"


STORY = {"fr": "Je raconte ma semaine au jardin. ", "en": "I tell of my week in the garden. "}


@pytest.mark.parametrize(("language", "words"), [("fr", "trop long"), ("en", "too long")])
async def test_too_long_is_refused_in_a_sentence_with_the_number(
    inlet: Inlet, sqlite_url: str, language: str, words: str
) -> None:
    story = STORY[language] * 200
    refused = await inlet.accept(message(story, language=language))
    assert (refused.state, refused.reason) == ("refused", "too_long")
    assert words in refused.reply
    assert "112" in refused.reply
    assert "{" not in refused.reply
    assert rows(sqlite_url, InboxMessage) == []
    assert (await inlet.accept(message(story[:4_000], 2))).state == "new"


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_danger_in_a_message_that_is_too_long_is_heard(inlet: Inlet, sqlite_url: str, language: str) -> None:
    story = STORY[language] * 200
    accepted = await inlet.accept(message(f"{story}{FLAG[language]}. {story}", language=language))
    assert accepted.state == "new"
    assert FLAG[language] in accepted.text
    assert [alert.tier for alert in rows(sqlite_url, Alert)] == ["E1"]


@pytest.mark.parametrize("state", ["waiting", "human"])
async def test_a_long_message_to_a_person_is_not_refused(inlet: Inlet, sqlite_url: str, state: str) -> None:
    await inlet.accept(message("bonjour"))
    with session_scope(sqlite_url) as session:
        session.get(Conversation, "c").state = state
    assert (await inlet.accept(message(STORY["fr"] * 200, 2))).state == "new"


async def test_an_address_is_limited_as_well(inlet: Inlet) -> None:
    states = [
        (await inlet.accept(message("bonjour", n, conversation_id=f"c{n}", address="10.0.0.1"))).state for n in range(6)
    ]
    assert states == ["new"] * 5 + ["refused"]


@pytest.mark.parametrize("text", ["/what_is", "/what_is{}", '/set_country{"country":"fr"}', " /restart", "//x"])
async def test_a_payload_passes_only_if_it_was_offered(inlet: Inlet, sqlite_url: str, text: str) -> None:
    payload = text.strip()
    offer(sqlite_url, "/something_else")
    assert (await inlet.accept(message(text, 1))).text == payload.lstrip("/ ")
    offer(sqlite_url, payload)
    assert (await inlet.accept(message(text, 2))).text == payload
    assert (await inlet.accept(message(text, 3, conversation_id="other"))).text == payload.lstrip("/ ")


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_without_database_it_is_kept_on_disk_and_answered_once(
    inlet: Inlet, sqlite_url: str, language: str
) -> None:
    rasa = Rasa()
    with locked(sqlite_url):
        await say(inlet, rasa, message(FLAG[language]))
        assert (await inlet.accept(message(FLAG[language]))).state == "again"
        assert len(spool.pending()) == 1
    assert rasa.texts() == [FLAG[language]]
    assert spool.flush(sqlite_url) == 1
    assert [alert.tier for alert in rows(sqlite_url, Alert)] == ["E1"]


async def test_without_database_and_disk_it_is_answered_all_the_same(
    inlet: Inlet, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(_: Any) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(spool, "put", full)
    rasa = Rasa()
    with locked(sqlite_url):
        await say(inlet, rasa, message(FLAG["fr"]))
    assert rasa.texts() == [FLAG["fr"]]
    logged = capfd.readouterr()
    assert "message.not_stored" in logged.out + logged.err


async def test_a_store_that_fails_otherwise_holds_nobody_up(inlet: Inlet, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("column")

    monkeypatch.setattr(inbox, "receive", broken)
    rasa = Rasa()
    await say(inlet, rasa, message(FLAG["en"]))
    assert rasa.texts() == [FLAG["en"]]
    assert len(spool.pending()) == 1


@pytest.mark.parametrize(("redis_url", "known"), [("", True), ("redis://127.0.0.1:1/0", False)])
async def test_what_was_read_is_handed_on_only_where_no_other_server_answers(
    sqlite_url: str, redis_url: str, known: bool
) -> None:
    door = Inlet(load_settings(database_url=sqlite_url, redis_url=redis_url))
    await door.accept(message("bonjour"))
    read = just_read.take(sqlite_url, "c")
    assert (read is not None) is known
    if read is not None:
        assert (read.version, read.state) == (0, "bot")
        assert read.since <= time.time()


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_while_a_message_is_stored_understanding_begins(
    inlet: Inlet, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(encoder, "begin", begun.append)
    offer(sqlite_url, "/causes")
    for number, text in enumerate((HELLO[language], FLAG[language], "/greet", "/causes")):
        assert (await inlet.accept(message(text, number))).state == "new"
    # What was not offered is no button but a text like any other.
    assert begun == [[HELLO[language]], [FLAG[language]], ["greet"], ["/causes"]]


async def test_what_fails_while_a_message_is_stored_fails_nobody(
    inlet: Inlet, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "begin", None)
    assert (await inlet.accept(message("bonjour"))).state == "new"
    assert [row.text for row in rows(sqlite_url, InboxMessage)] == ["bonjour"]
