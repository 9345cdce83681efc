"""REST: what may come in, and that a message sent again brings the same answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.rest import MessageCollector, RestInput
from bot.channels.rest_messages import MAX_ID, MAX_SENDER, message_in
from bot.errors import MessageRefused
from bot.settings import get_settings
from bot.store import inbox
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import EventRow, InboxMessage

GOOD = {"sender": "s", "message": "bonjour"}


def test_a_message_as_it_should_be() -> None:
    found = message_in({**GOOD, "message_id": "m1", "metadata": {"language": "en", "country": "GB"}}, "rest")
    assert (found.conversation_id, found.text, found.channel) == ("s", "bonjour", "rest")
    assert (found.message_id, found.language, found.country) == ("s.m1", "en", "gb")


def test_ids_of_two_senders_are_two_ids_and_none_is_made_up() -> None:
    assert message_in({**GOOD, "message_id": "m"}, "rest") != message_in(
        {**GOOD, "sender": "t", "message_id": "m"}, "rest"
    )
    assert message_in(GOOD, "rest").message_id != message_in(GOOD, "rest").message_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": None},
        {"sender": ""},
        {"sender": 7},
        {"sender": "x" * (MAX_SENDER + 1)},
        {"sender": "a\nb"},
        {"sender": "\ud83d"},
        {"message": None},
        {"message": ["bonjour"]},
        {"message_id": 7},
        {"message_id": ""},
        {"message_id": "x" * (MAX_ID + 1)},
    ],
)
def test_anything_else_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused):
        message_in({**GOOD, **wrong}, "rest")


@pytest.mark.parametrize(
    "metadata", [None, "fr", [], {"language": "de"}, {"language": [], "country": 7}, {"country": "xx"}]
)
def test_metadata_that_says_nothing_counts_as_none(metadata: Any) -> None:
    found = message_in({**GOOD, "metadata": metadata}, "rest")
    assert (found.language, found.country) == (None, None)


async def test_messages_are_collected_whole() -> None:
    collector = MessageCollector()
    button = {"title": "x", "payload": "/x"}
    await collector.send_response(
        "s", {"text": "a\n\nb", "buttons": [button], "utter_action": "utter_a", "image": None}
    )
    await collector.send_response("s", {"text": None, "metadata": {"lang": "fr"}})
    assert collector.messages == [
        {"recipient_id": "s", "text": "a\n\nb", "buttons": [button], "utter_action": "utter_a"},
        {"recipient_id": "s", "text": "", "metadata": {"lang": "fr"}},
    ]


class Rasa:
    """Stands for the agent: says the text back and stores the turn, as the tracker store does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[str] = []
        self.takes = 0.0
        self.fails = 0

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(str(message.text))
        await asyncio.sleep(self.takes)
        if self.fails:
            self.fails -= 1
            raise ValueError("no")
        said = {"text": f"You said {message.text}", "metadata": {"lang": "en"}, "utter_action": "utter_echo"}
        assert message.output_channel is not None
        await message.output_channel.send_response(message.sender_id, said)
        await asyncio.to_thread(self._store, message, said)

    def _store(self, message: UserMessage, said: dict[str, Any]) -> None:
        metadata = {"metadata": said["metadata"], "utter_action": said["utter_action"]}
        events: list[dict[str, Any]] = [
            {"event": "user", "text": message.text, "message_id": message.message_id},
            {"event": "bot", "text": said["text"], "data": {"buttons": None}, "metadata": metadata},
            {"event": "action", "name": "action_listen"},
            {"event": "bot", "text": "The watchdog's words", "data": {}, "metadata": {"utter_action": "utter_w"}},
        ]
        with session_scope(self.url) as session:
            for event in events:
                row = EventRow(conversation_id=message.sender_id, timestamp=0.0, type_name=event["event"])
                row.action_name, row.data = event.get("name"), json.dumps(event)
                session.add(row)
                session.flush()
            inbox.mark_handled(session, message.message_id or "")


@contextlib.asynccontextmanager
async def serving(rasa: Rasa) -> AsyncIterator[RestInput]:
    """The channel of one server, from its start to its end."""
    channel = RestInput()
    channel.start(rasa)
    try:
        yield channel
    finally:
        channel.stop()


@pytest.fixture
def rasa(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Rasa:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    get_settings.cache_clear()
    return Rasa(sqlite_url)


async def say(rasa: Rasa, channel: RestInput, text: str, message_id: str = "m1", **more: Any) -> Any:
    """One message to the channel."""
    body = {"sender": "s", "message": text, "message_id": message_id, **more}
    return await channel.answer(message_in(body, "rest"), rasa)


async def test_the_same_id_brings_the_same_answer_also_from_the_next_server(rasa: Rasa) -> None:
    async with serving(rasa) as channel:
        first = await say(rasa, channel, "bonjour")
        assert [line["text"] for line in first] == ["You said bonjour"]
        assert await say(rasa, channel, "bonjour") == first
    async with serving(rasa) as channel:
        assert await say(rasa, channel, "bonjour") == first
        assert [line["text"] for line in await say(rasa, channel, "hello", "m2")] == ["You said hello"]
        assert [line["text"] for line in await say(rasa, channel, "salut", sender="t")] == ["You said salut"]
    assert rasa.heard == ["bonjour", "hello", "salut"]


async def test_who_hangs_up_and_asks_again_gets_the_answer(rasa: Rasa) -> None:
    rasa.takes = 0.6
    async with serving(rasa) as channel:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(say(rasa, channel, "bonjour"), 0.3)
        assert [line["text"] for line in await say(rasa, channel, "bonjour")] == ["You said bonjour"]
    assert rasa.heard == ["bonjour"]


async def test_what_failed_is_tried_again_when_it_is_sent_again(rasa: Rasa) -> None:
    rasa.fails = 1
    async with serving(rasa) as channel:
        assert "problem" in (await say(rasa, channel, "hello", metadata={"language": "en"}))[0]["text"]
        assert [line["text"] for line in await say(rasa, channel, "hello")] == ["You said hello"]


async def test_what_a_stopped_server_left_is_answered_for_who_asks_again(rasa: Rasa) -> None:
    with session_scope(rasa.url) as session:
        for number in (1, 2):
            inbox.receive(
                session,
                message_id=f"s.m{number}",
                conversation_id="s",
                channel="rest",
                text=f"left {number}",
                metadata={"language": "en"},
                received_at=now(),
                assessment=None,
                language="en",
                country=None,
            )
    async with serving(rasa) as channel:
        assert [line["text"] for line in await say(rasa, channel, "left 1")] == ["You said left 1"]
        for _ in range(100):
            if len(rasa.heard) == 2:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        with session_scope(rasa.url, write=False) as session:
            assert not inbox.unhandled(session)
        assert [line["text"] for line in await say(rasa, channel, "left 2", "m2")] == ["You said left 2"]
    assert sorted(rasa.heard) == ["left 1", "left 2"]


async def test_the_limit_answers_in_a_sentence_and_counts_for_later_tries(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPERE_MESSAGES_PER_MINUTE", "1")
    get_settings.cache_clear()
    async with serving(rasa) as channel:
        await say(rasa, channel, "one", "m1")
        (refused,) = await say(rasa, channel, "two", "m2", metadata={"language": "en"})
        assert "faster than I can read" in refused["text"]
        with session_scope(rasa.url, write=False) as session:
            assert session.get(InboxMessage, "s.m2") is None
