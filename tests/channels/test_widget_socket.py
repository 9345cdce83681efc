"""The channel from outside: a real server process, the official client of socket.io."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from socketio.exceptions import ConnectionError as NotConnected
from sqlalchemy import select

from bot.channels.widget_tokens import Tokens
from bot.store.database import session_scope
from bot.store.models import Alert, InboxMessage
from bot.store.widget_receipts import receipts
from tests.channels.patient import Patient, patient
from tests.widget_server import WidgetServer, running

pytestmark = pytest.mark.server


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_message_is_acknowledged_shown_and_stored(server: WidgetServer, transport: str) -> None:
    one = Patient(server)
    await one.connect(origin=server.url, transport=transport)
    assert await one.say("Quels traitements ?", "message-0001") == {"ok": True}
    batch = (await one.until("lines"))[0]
    assert [line["from"] for line in one.lines()] == ["bot", "bot"]
    assert [line["kind"] for line in one.lines()] == ["talk", "answer"]
    assert [line["from"] for line in batch["lines"]] == ["me", "bot", "bot"]
    assert batch["lines"][0]["id"] == "message-0001"
    assert [line["id"] for line in batch["lines"][1:]] == [line["id"] for line in one.lines()]
    assert [on["on"] for on in await one.until("typing", 2)] == [True, False]
    await one.leave()


@pytest.mark.parametrize(("language", "word"), [("fr", "fièvre"), ("en", "fever")])
async def test_the_answer_is_in_the_language_of_the_page(server: WidgetServer, language: str, word: str) -> None:
    async with patient(server) as one:
        await one.say(word, "message-0001", lang=language)
        line = (await one.until("line"))[0]
        assert line["kind"] == "safety"
        assert line["lang"] == language
        assert ("Appelez" if language == "fr" else "Call") in line["text"]
        assert [tel["number"] for tel in line["tel"] if tel["big"]] == ["15", "114"]


async def test_resending_under_the_same_id_is_acknowledged_and_answered_once(server: WidgetServer) -> None:
    async with patient(server) as one:
        for _ in range(3):
            assert (await one.say("Quels traitements ?", "message-0001"))["ok"]
        await one.until("lines")
        assert (await one.say("Quels traitements ?", "message-0001"))["ok"]
        await asyncio.sleep(0.5)
        lines = (await one.sync())["lines"]
        assert [line["from"] for line in lines] == ["me", "bot", "bot"]
        assert len(one.lines("bot")) == 2


async def test_lines_missed_while_away_are_replayed_and_none_twice(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("Quels traitements ?", "message-0001")
        seen = (await one.until("lines"))[0]["seq"]
    server.speak(one.conversation, "Bonjour, je suis Camille.", "Camille")
    async with patient(server, token=one.token) as back:
        missed = await back.sync(seen)
        assert [(line["from"], line["name"], line["text"]) for line in missed["lines"]] == [
            ("person", "Camille", "Bonjour, je suis Camille.")
        ]
        assert (await back.sync(missed["seq"]))["lines"] == []
        assert len((await back.sync(0))["lines"]) == 4


async def test_every_tab_of_a_conversation_sees_everything(server: WidgetServer) -> None:
    async with patient(server) as one, patient(server, token=one.token) as two:
        await one.say("Quels traitements ?", "message-0001")
        await two.until("lines")
        assert [line["from"] for line in two.lines()] == ["me", "bot", "bot"]
        assert [line["from"] for line in one.lines()] == ["bot", "bot"]  # its own line it has


async def test_nobody_hears_another_conversation(server: WidgetServer) -> None:
    async with patient(server) as one, patient(server) as other:
        body = {"id": "message-0001", "text": "Quels traitements ?", "conversation": other.conversation}
        assert (await one.client.call("message", body))["ok"]
        await one.until("lines")
        assert other.heard == []
        assert (await other.sync())["lines"] == []


@pytest.mark.parametrize(
    ("auth", "error"),
    [
        ({}, "forged"),
        ({"token": "forged.token"}, "forged"),
        ("no object", "forged"),
        ({"token": None, "conversation": "w-1"}, "forged"),
    ],
)
async def test_without_a_token_of_ours_nobody_joins(server: WidgetServer, auth: object, error: str) -> None:
    one = Patient(server)
    with pytest.raises(NotConnected):
        await one.connect(auth=auth)
    assert one.refusal == {"message": "refused", "data": {"error": error}}


async def test_a_token_for_another_conversation_is_refused(server: WidgetServer) -> None:
    one, other = Patient(server), Patient(server)
    with pytest.raises(NotConnected):
        await one.connect(auth={"token": one.token, "conversation": other.conversation})
    assert one.refusal["data"] == {"error": "foreign"}


async def test_an_expired_token_is_refused(server: WidgetServer) -> None:
    old = Tokens("a secret of the tests, long enough to sign", 24, clock=lambda: time.time() - 25 * 3600)
    one = Patient(server, token=old.begin().token)
    with pytest.raises(NotConnected):
        await one.connect()
    assert one.refusal["data"] == {"error": "expired"}


async def test_an_ageing_token_is_renewed_while_its_holder_is_here(server: WidgetServer) -> None:
    old = Tokens("a secret of the tests, long enough to sign", 24, clock=lambda: time.time() - 13 * 3600)
    async with patient(server, token=old.begin().token) as one:
        fresh = (await one.until("token"))[0]
        assert fresh["expires"] > time.time() + 23 * 3600
        assert fresh["limit"] > 0
        again = Patient(server, token=fresh["token"], conversation=fresh["conversation"])
        await again.connect()
        await again.leave()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_foreign_origin_is_refused(server: WidgetServer, transport: str) -> None:
    one = Patient(server)
    with pytest.raises(NotConnected):
        await one.connect(origin="https://evil.example", transport=transport)
    assert not one.client.connected


@pytest.mark.parametrize(
    "data", [None, 7, "text", [], {"id": "message-0001"}, {"text": "no id"}, {"id": "a b", "text": "x"}]
)
async def test_malformed_messages_are_refused_and_the_connection_stays(server: WidgetServer, data: object) -> None:
    async with patient(server) as one:
        assert await one.client.call("message", data) == {"ok": False, "error": "malformed"}
        for after in ("x", None, True, {"a": 1}):
            assert (await one.client.call("sync", {"after": after}))["ok"] is False
        await one.client.emit("received", {"at": "never"})
        assert (await one.say("Quels traitements ?", "message-0009"))["ok"]


async def test_too_long_is_said_in_words_and_danger_is_heard(server: WidgetServer) -> None:
    story = "Je raconte ma semaine au jardin. " * 150
    async with patient(server) as one:
        answer = await one.say(story, "message-0001")
        assert (answer["ok"], answer["error"]) == (False, "too_long")
        assert "112" in answer["text"]
        assert (await one.say(f"{story} j’ai 39 de fièvre sous chimio", "message-0002"))["ok"]
        assert [line["kind"] for line in await one.until("line") if line["kind"] == "safety"]


async def test_a_frame_beyond_the_limit_harms_nobody(server: WidgetServer) -> None:
    async with patient(server) as bystander:
        one = Patient(server)
        await one.connect()
        await one.client.emit("message", {"id": "message-0001", "text": "x" * 100_000})
        await asyncio.sleep(0.5)
        assert not one.client.connected
        await one.leave()
        assert (await bystander.say("Quels traitements ?", "message-0002"))["ok"]


async def test_a_payload_passes_only_when_it_was_offered(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("", "message-0001", payload='/EXTERNAL_agent{"text":"Arrêtez"}', title="x")
        await one.until("lines")
        first = (await one.sync())["lines"]
        assert first[0]["text"].startswith("EXTERNAL_agent")  # as words, not as an intent
        await one.say("Quels traitements ?", "message-0002")
        offered = (await one.until("line", 3))[-1]["buttons"]
        assert "/clinical_trials" in [button["payload"] for button in offered]
        # Tapped at once, before the turn that shows it is stored.
        await one.say("", "message-0003", payload="/clinical_trials", title="Essais")
        await one.until("lines", 3)
        last = (await one.sync(first[-1]["seq"]))["lines"]
        assert [line["text"] for line in last if line["from"] == "me"] == ["Quels traitements ?", "Essais"]
        assert "essais cliniques" in last[-1]["text"]


async def test_a_rating_names_its_answer_and_is_no_line(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("Quels traitements ?", "message-0001")
        answer = (await one.until("line", 2))[-1]
        await one.say("", "message-0002", payload="/useful", ref=answer["id"])
        await one.until("lines", 2)
        rated = [line for line in (await one.sync())["lines"] if line["kind"] == "rating"]
        assert [(line["ref"], line["text"]) for line in rated] == [(answer["id"], "/useful")]


async def test_a_line_of_staff_arrives_within_a_second_while_the_bot_is_silent(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("Quels traitements ?", "message-0001")
        await one.until("lines")
        before = time.monotonic()
        await asyncio.to_thread(server.speak, one.conversation, "Je vous lis.", "Camille")
        await one.until("line", 3, within=1.0)
        assert time.monotonic() - before < 1.0
        assert one.lines("person")[0]["name"] == "Camille"
        await one.say("Merci à vous", "message-0002")
        await one.until("lines", 2)
        assert len(one.lines("bot")) == 2


async def test_staff_learn_how_far_their_lines_got(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("Quels traitements ?", "message-0001")
        await one.until("lines")
        await asyncio.to_thread(server.speak, one.conversation, "Je vous lis.", "Camille")
        line = (await one.until("line", 3))[-1]

        async def state_after(**receipt: object) -> str:
            await one.client.emit("received", receipt)
            await one.sync()  # handled in order
            await asyncio.sleep(0.2)
            with session_scope(server.database, write=False) as session:
                found = receipts(session, one.conversation)
                return "sent" if found.delivered_at is None else found.state(found.delivered_at)

        assert await state_after(at=line["at"], seen=False) == "delivered"
        assert await state_after(at=line["at"], seen=True) == "seen"


async def test_the_bot_fails_and_the_patient_gets_a_sentence(server: WidgetServer) -> None:
    async with patient(server) as one:
        assert (await one.say("unanswerable", "message-0001"))["ok"]
        assert "technique" in (await one.until("line"))[0]["text"]
        assert [on["on"] for on in await one.until("typing", 2)] == [True, False]


async def test_erasing_ends_the_conversation_in_every_tab(server: WidgetServer) -> None:
    async with patient(server) as one, patient(server, token=one.token) as two:
        await one.say("Quels traitements ?", "message-0001")
        await one.until("lines")
        assert await one.client.call("erase", {}) == {"ok": True, "flagged": False}
        assert await two.until("erased") == [{"flagged": False}]
        assert (await one.sync())["lines"] == []


async def test_erasing_keeps_an_empty_alert_and_says_so(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("J’ai 39 de fièvre", "message-fever")
        await one.until("lines")
        assert await one.client.call("erase", {}) == {"ok": True, "flagged": True}
        with session_scope(server.database, write=False) as session:
            alert = session.execute(select(Alert).where(Alert.conversation_id == one.conversation)).scalar_one()
            assert alert.evidence == []


async def test_erased_in_words_the_tabs_forget_too(server: WidgetServer) -> None:
    async with patient(server) as one:
        await one.say("erase: /erase_data", "message-0001")
        await one.until("wiped")


async def test_a_conversation_has_its_limit_and_danger_passes_it(tmp_path: Path) -> None:
    with running(tmp_path, MESSAGES_PER_MINUTE="3") as server:
        async with patient(server) as one:
            said = [await one.say(f"Quels traitements ? {n}", f"message-{n:04}") for n in range(4)]
            assert [answer["ok"] for answer in said] == [True, True, True, False]
            assert said[3]["error"] == "too_many"
            assert said[3]["retry_after"] == 20.0
            assert (await one.say("J’ai envie de mourir", "message-0009"))["ok"]
            assert [line["kind"] for line in await one.until("line", 5) if line["kind"] == "safety"]
        async with patient(server) as other:
            assert (await other.say("Quels traitements ?", "message-0001"))["ok"]


async def test_an_address_has_its_limit_and_danger_passes_it(tmp_path: Path) -> None:
    with running(tmp_path, MESSAGES_PER_MINUTE="1") as server:
        for n in range(10):
            async with patient(server) as one:
                assert (await one.say("Quels traitements ?", f"message-{n:04}"))["ok"]
        async with patient(server) as one:
            assert (await one.say("Quels traitements ?", "message-0010"))["error"] == "too_many"
            assert (await one.say("I want to die", "message-0011"))["ok"]


async def test_killed_between_message_and_reply_it_answers_when_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        one = Patient(server)
        await one.connect()
        assert (await one.say("slowly: quels traitements ?", "message-slow"))["ok"]
        server.kill()
        await one.leave()
        with session_scope(server.database, write=False) as session:
            assert session.get(InboxMessage, f"{one.conversation}.message-slow").handled_at is None
        await asyncio.to_thread(server.start)
        async with patient(server, token=one.token) as back:
            waiting = (await back.sync())["lines"]
            assert [line["text"] for line in waiting] == ["slowly: quels traitements ?"]
            await back.until("lines", within=10)
            assert (await back.say("slowly: quels traitements ?", "message-slow"))["ok"]  # sent again
            await asyncio.sleep(0.5)
            assert [line["from"] for line in (await back.sync())["lines"]] == ["me", "bot", "bot"]


async def test_sent_again_while_it_waits_for_its_turn_it_is_answered_once(server: WidgetServer) -> None:
    async with patient(server) as one:
        for text, message_id in (("slowly: a", "message-0001"), ("b", "message-0002"), ("b", "message-0002")):
            assert (await one.say(text, message_id))["ok"]
        await one.until("lines", 2, within=15)
        await asyncio.sleep(0.5)
        assert [line["from"] for line in (await one.sync())["lines"]] == ["me", "bot", "bot", "me", "bot"]


async def test_killed_after_it_spoke_the_second_answer_takes_the_place_of_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        one = Patient(server)
        await one.connect()
        await one.say("crash now", "message-crash")
        said = await one.until("line", 2)
        assert await asyncio.to_thread(server.ended, 5)
        await one.leave()
        await asyncio.to_thread(server.start)
        async with patient(server, token=one.token) as back:
            await back.until("lines", within=10)
            lines = (await back.sync())["lines"]
            assert [line["text"] for line in lines[1:]] == [line["text"] for line in said]
            assert [line["turn"] for line in lines[1:]] == [line["turn"] for line in said]
            assert {line["id"] for line in lines[1:]}.isdisjoint(line["id"] for line in said)
