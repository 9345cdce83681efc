"""The JSON endpoints for staff programs, over a real database and a real dialogue server's address."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bot.desk import tokens
from bot.desk.api import create_api
from bot.desk.tokens import Staff
from bot.settings import get_settings
from bot.store import alerts, conversations, handoff, saves
from bot.store.database import session_scope

from .conftest import Dialogue

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
ANA, BEN, EVE = Staff(1, "Ana", "agent"), Staff(2, "Ben", "admin"), Staff(3, "Eve", "reviewer")
NAME = "widget:c 1"
PATH = "/api/conversations/widget%3Ac%201"
ROUTES = [
    ("GET", "/api/alerts"),
    ("GET", PATH),
    *(("POST", f"{PATH}/{verb}") for verb in ("claim", "release", "close", "reply")),
]


def bearer(staff: Staff) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(staff)}"}


@pytest.fixture
def api(store_url: str, dialogue: Dialogue) -> Iterator[TestClient]:
    """The API, with one conversation in the queue."""
    user = {
        "event": "user",
        "timestamp": T0.timestamp(),
        "text": "I can't go on",
        "message_id": "m",
        "input_channel": "widget",
        "parse_data": {"intent": {"name": "crisis_suicide", "confidence": 0.9}},
    }
    bot = {
        "event": "bot",
        "timestamp": T0.timestamp() + 1,
        "text": "…",
        "metadata": {"utter_action": "utter_safety_C3"},
    }
    with session_scope(store_url) as session:
        saves.write(session, saves.Batch(NAME, (user, bot), {"language": "en"}, None, False, T0.timestamp()))
        alerts.record(
            session,
            message_id="m",
            conversation_id=NAME,
            tier="C3",
            layer=1,
            evidence=[{"rule": "r", "source": "s", "text": "can't go on"}],
            language="en",
            country="ie",
            channel="widget",
            at=T0,
        )
    app = create_api(url=store_url, rasa_url=dialogue.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def post(api: TestClient, verb: str, staff: Staff = ANA, **body: Any) -> httpx.Response:
    return api.post(f"{PATH}/{verb}", headers=bearer(staff), json=body)


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/"), ("GET", "/api/unknown"), ("PUT", "/api/alerts")])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic x", "{good}", "Bearer {cut}"])
def test_nothing_without_a_token(api: TestClient, method: str, path: str, header: str | None) -> None:
    good = tokens.issue(ANA)
    headers = {} if header is None else {"Authorization": header.format(good=good, cut=good[:-1])}
    answer = api.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorised"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_alerts(api: TestClient) -> None:
    answer = api.get("/api/alerts", headers=bearer(EVE))
    (place,) = answer.json()["waiting"]
    assert answer.headers["cache-control"] == "no-store"
    assert (place["id"], place["tier"], place["reason"], place["waiting_since_at"]) == (
        NAME,
        "C3",
        "red_flag",
        T0.timestamp(),
    )
    assert place["alerts"][0]["evidence"] == [{"rule": "r", "source": "s", "text": "can't go on"}]
    post(api, "claim")
    assert api.get("/api/alerts", headers=bearer(EVE)).json() == {"waiting": []}
    assert len(api.get("/api/alerts?state=waiting,human", headers=bearer(EVE)).json()["waiting"]) == 1


def test_conversation(api: TestClient) -> None:
    body = api.get(PATH, headers=bearer(EVE)).json()
    assert (body["id"], body["state"], body["language"], body["turns"][0]["outcome"]) == (
        NAME,
        "waiting",
        "en",
        "escalate",
    )
    assert [(line["sender"], line["text"]) for line in body["lines"]] == [("patient", "I can't go on"), ("bot", "…")]
    assert body["alerts"][0]["tier"] == "C3"
    newest = body["lines"][-1]["id"]
    older = api.get(f"{PATH}?limit=1&before={newest}", headers=bearer(EVE)).json()
    assert [line["text"] for line in older["lines"]] == ["I can't go on"]


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=5000", "before=1.5"])
def test_bad_numbers(api: TestClient, query: str) -> None:
    answer = api.get(f"{PATH}?{query}", headers=bearer(EVE))
    assert (answer.status_code, answer.json()["error"]) == (422, "refused")


def test_unknown_things(api: TestClient) -> None:
    for path in ("/api/conversations/nobody", "/api/nothing"):
        answer = api.get(path, headers=bearer(ANA))
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    answer = api.post("/api/conversations/nobody/claim", headers=bearer(ANA))
    assert answer.status_code == 404
    answer = api.delete("/api/alerts", headers=bearer(ANA))
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("verb", ["claim", "release", "close", "reply"])
def test_reviewers_only_read(api: TestClient, verb: str) -> None:
    answer = post(api, verb, EVE, text="hello", outcome="answered")
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_claim_reply_release(api: TestClient, dialogue: Dialogue, store_url: str) -> None:
    claimed = post(api, "claim")
    assert (claimed.status_code, claimed.json()["state"], claimed.json()["owner_id"]) == (200, "human", ANA.id)
    assert post(api, "claim").status_code == 200, "one's own claim again is no error"
    taken = post(api, "claim", BEN)
    assert (taken.status_code, taken.json()["error"], taken.json()["owner_id"]) == (409, "not_claimed", ANA.id)

    answer = post(api, "reply", text="  Hello, I am Ana. ")
    assert (answer.status_code, answer.json()) == (200, {"delivery": "delivered", "at": 12.5})
    ((path, query, event),) = dialogue.requests
    assert path == f"/conversations/{NAME}/tracker/events"
    assert query == {
        "token": ["rasa-token"],
        "output_channel": ["latest"],
        "execute_side_effects": ["true"],
        "include_events": ["NONE"],
    }
    assert event == {
        "event": "bot",
        "text": "Hello, I am Ana.",
        "data": {"custom": None},
        "metadata": {"sender": "staff", "staff_id": 1, "staff_name": "Ana"},
    }
    assert post(api, "reply", BEN, text="me too").status_code == 409
    assert post(api, "release", BEN).status_code == 409
    released = post(api, "release")
    assert (released.status_code, released.json()["state"]) == (200, "bot")
    assert post(api, "reply", text="late").status_code == 409
    assert dialogue.texts == ["Hello, I am Ana."]


def test_close_needs_a_known_outcome(api: TestClient) -> None:
    post(api, "claim")
    refused = post(api, "close", outcome="cured")
    assert refused.status_code == 422
    assert "called_emergency" in refused.json()["message"]
    closed = post(api, "close", outcome="called_emergency")
    assert (closed.json()["state"], closed.json()["outcome"]) == ("closed", "called_emergency")


def test_replying_acknowledges_new_flags(api: TestClient, store_url: str) -> None:
    post(api, "claim")
    with session_scope(store_url) as session:
        alerts.record(
            session,
            message_id="m2",
            conversation_id=NAME,
            tier="C1",
            layer=1,
            evidence=[],
            language="en",
            country="ie",
            channel="widget",
            at=T0,
        )
    post(api, "reply", text="I am here.")
    with session_scope(store_url, write=False) as session:
        assert [alert.claimed_by for alert in conversations.alerts_of(session, NAME)] == [1, 1]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"text": 1}', b'{"text": " "}', b"{}"])
def test_malformed_replies(api: TestClient, dialogue: Dialogue, body: bytes) -> None:
    post(api, "claim")
    answer = api.post(f"{PATH}/reply", headers=bearer(ANA), content=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "refused")
    assert dialogue.requests == []


def test_replies_that_are_too_long(api: TestClient, dialogue: Dialogue) -> None:
    post(api, "claim")
    limit = get_settings().max_message_length
    assert post(api, "reply", text="x" * (limit + 1)).status_code == 422
    assert post(api, "reply", text="x" * limit).status_code == 200


@pytest.mark.parametrize(
    ("status", "body", "state"), [(500, b"{}", "failed"), (401, b"{}", "failed"), (200, b"nonsense", "unknown")]
)
def test_a_dialogue_server_that_fails(
    api: TestClient, dialogue: Dialogue, status: int, body: bytes, state: str
) -> None:
    post(api, "claim")
    dialogue.status, dialogue.body = status, body
    answer = post(api, "reply", text="hello")
    assert (answer.status_code, answer.json()["delivery"], answer.json()["error"]) == (502, state, "not_delivered")


def test_a_dialogue_server_that_is_gone_or_hangs(
    store_url: str, api: TestClient, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(api, "claim")
    monkeypatch.setattr("bot.desk.replies.TIMEOUT", 0.3)
    for address, delay, state in (("http://127.0.0.1:9", 0.0, "failed"), (dialogue.url, 0.6, "unknown")):
        dialogue.delay = lambda _, delay=delay: delay
        with TestClient(create_api(url=store_url, rasa_url=address)) as client:
            assert post(client, "reply", text="hello").json()["delivery"] == state


def test_a_locked_database(store_url: str, api: TestClient) -> None:
    other = sqlite3.connect(store_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = post(api, "claim")
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert api.get("/api/alerts", headers=bearer(ANA)).status_code == 200
    other.close()


def test_what_nobody_foresaw_is_json_too(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "queue", lambda *_, **__: 1 / 0)
    answer = api.get("/api/alerts", headers=bearer(ANA))
    assert (answer.status_code, answer.json()) == (500, {"error": "internal", "message": "Something went wrong here."})


@pytest.fixture
async def client(store_url: str, api: TestClient, dialogue: Dialogue) -> AsyncIterator[httpx.AsyncClient]:
    """The same API, for requests at the same time."""
    app = create_api(url=store_url, rasa_url=dialogue.url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as made:
        yield made
    await app.state.replies.close()
    app.state.runner.close()


async def test_lines_go_out_in_order(client: httpx.AsyncClient, dialogue: Dialogue) -> None:
    await client.post(f"{PATH}/claim", headers=bearer(ANA))
    # The earlier a line, the longer the dialogue server takes for it.
    dialogue.delay = lambda text: (8 - int(text)) * 0.02
    sending = []
    for number in range(8):
        sending.append(
            asyncio.create_task(client.post(f"{PATH}/reply", headers=bearer(ANA), json={"text": str(number)}))
        )
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} == {200}
    assert dialogue.texts == [str(number) for number in range(8)]


async def test_conversations_do_not_wait_for_each_other(
    client: httpx.AsyncClient, dialogue: Dialogue, store_url: str
) -> None:
    with session_scope(store_url) as session:
        for name in ("slow", "fast"):
            handoff.request(session, name, "asked")
            handoff.claim(session, name, ANA.id)
    dialogue.delay = lambda text: 0.5 if text == "slow" else 0.0
    slow, fast = (
        asyncio.create_task(client.post(f"/api/conversations/{name}/reply", headers=bearer(ANA), json={"text": name}))
        for name in ("slow", "fast")
    )
    await asyncio.gather(slow, fast)
    assert dialogue.texts == ["fast", "slow"]


async def test_two_claims_at_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(f"{PATH}/claim", headers=bearer(staff)) for staff in (ANA, BEN)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
