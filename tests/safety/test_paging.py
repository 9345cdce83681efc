"""bot/safety/paging.py, webhook.py, mail.py and notice.py against real local servers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY

from bot.errors import StoreUnavailable
from bot.safety.paging import BATCH, backoff, deliver_due
from bot.store import database
from bot.store.pages import NO_LONGER_NEEDED
from tests.alerted import (
    NOON,
    SECRET_WORDS,
    WEBHOOK_SECRET,
    after,
    alert_row,
    change,
    page_rows,
    raise_alert,
)
from tests.receivers import HttpServer, MailServer, free_port

pytestmark = pytest.mark.usefixtures("store")


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_webhook_is_signed_and_says_nothing_the_patient_wrote(paged_by: Any) -> None:
    async with HttpServer(204).up() as server:
        paged_by(page_webhook_url=server.url, page_desk_url="https://desk.example/")
        alert_id = raise_alert("C1", conversation_id="c/1", language="en", country="ie", channel="widget")
        [done] = await deliver_due(NOON)
    assert (done.delivered, done.given_up, done.error, done.retry_at) == (True, False, "", None)
    [request] = server.requests
    [page] = page_rows()
    stamp = request.headers["x-repere-timestamp"]
    expected = hmac.new(WEBHOOK_SECRET.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-repere-signature"] == f"sha256={expected}"
    assert abs(int(stamp) - time.time()) < 5
    assert request.headers["idempotency-key"] == str(page.id)
    assert request.json == {
        "page_id": page.id,
        "alert_id": alert_id,
        "tier": "C1",
        "level": "first",
        "stage": 0,
        "language": "en",
        "country": "ie",
        "channel": "widget",
        "created_at": "2026-11-25T10:00:00+00:00",
        "conversation_url": "https://desk.example/conversations/c%2F1",
    }
    assert SECRET_WORDS.encode() not in request.body
    assert page.delivered_at is not None


async def test_without_a_secret_a_page_goes_out_unsigned(paged_by: Any) -> None:
    async with HttpServer().up() as server:
        paged_by(page_webhook_url=server.url, page_webhook_secret="")
        raise_alert()
        assert (await deliver_due(NOON))[0].delivered
    assert "x-repere-signature" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [(500, "HTTP 500"), (503, "HTTP 503"), (429, "HTTP 429"), ("hang", "timeout"), ("drip", "timeout")],
)
async def test_a_receiver_in_trouble_is_tried_again(paged_by: Any, answer: Any, error: str) -> None:
    async with HttpServer(answer).up() as server:
        paged_by(page_webhook_url=server.url)
        raise_alert()
        began = time.monotonic()
        [done] = await deliver_due(NOON)
        assert time.monotonic() - began < 4
        assert (done.delivered, done.given_up, done.error) == (False, False, error)
        assert done.retry_at is not None
        # Not before its pause is over, and then it goes through.
        server.answer = 200
        assert await deliver_due(after(0.5)) == []
        [done] = await deliver_due(after(10))
        assert done.delivered
    assert [page.attempts for page in page_rows()] == [2]
    keys = {request.headers["idempotency-key"] for request in server.requests}
    assert len(keys) == 1


async def test_a_receiver_that_is_gone_or_hangs_up_is_tried_again(paged_by: Any) -> None:
    port = free_port()
    paged_by(page_webhook_url=f"http://127.0.0.1:{port}/page")
    raise_alert()
    [done] = await deliver_due(NOON)
    assert (done.error, done.given_up) == ("ConnectError", False)
    async with HttpServer("drop").up(port) as server:
        [done] = await deliver_due(after(10))
        assert not done.delivered
        assert not done.given_up
        server.answer = 200
        [done] = await deliver_due(after(30))
    assert done.delivered


@pytest.mark.parametrize("answer", [400, 401, 404, 410, 302])
async def test_a_refusal_is_given_up_at_once_and_loudly(paged_by: Any, answer: int) -> None:
    before = counted("repere_pages_given_up_total", kind="webhook", level="first")
    async with HttpServer(answer).up() as server:
        paged_by(page_webhook_url=server.url)
        alert_id = raise_alert()
        with structlog.testing.capture_logs() as logs:
            [done] = await deliver_due(NOON)
    assert (done.given_up, done.error, done.retry_at) == (True, f"HTTP {answer}", None)
    [page] = page_rows()
    assert page.given_up_at is not None
    assert page.error == f"HTTP {answer}"
    assert alert_row(alert_id).page_failed_at is not None
    assert [entry["alert_id"] for entry in logs if entry["event"] == "page.given_up"] == [alert_id]
    assert [entry["log_level"] for entry in logs if entry["event"] == "page.given_up"] == ["error"]
    assert counted("repere_pages_given_up_total", kind="webhook", level="first") == before + 1
    assert SECRET_WORDS not in repr(logs)
    assert "127.0.0.1" not in repr(logs)


async def test_the_last_attempt_gives_up(paged_by: Any) -> None:
    async with HttpServer(500).up() as server:
        paged_by(page_webhook_url=server.url, page_max_attempts=3)
        alert_id = raise_alert()
        results = [(await deliver_due(after(100 * step)))[0] for step in range(3)]
        assert await deliver_due(after(1000)) == []
    assert [done.given_up for done in results] == [False, False, True]
    assert len(server.requests) == 3
    assert alert_row(alert_id).page_failed_at is not None


async def test_a_receiver_may_ask_for_a_longer_pause_but_not_too_long(paged_by: Any) -> None:
    async with HttpServer(429, headers="Retry-After: 30\r\n").up() as server:
        paged_by(page_webhook_url=server.url)
        raise_alert()
        [done] = await deliver_due(NOON)
        assert done.retry_at is not None
        assert 30 <= (done.retry_at - NOON).total_seconds() < 35
        server.headers = "Retry-After: 86400\r\n"
        [done] = await deliver_due(after(40))
        assert done.retry_at is not None
        assert (done.retry_at - after(40)).total_seconds() < 65


def test_pauses_double_up_to_a_minute_and_are_spread() -> None:
    assert [backoff(attempt, 5.0, 1.0) for attempt in (1, 2, 3, 4, 5, 100)] == [5, 10, 20, 40, 60, 60]
    assert backoff(3, 5.0, 0.0) == 10


async def test_a_hanging_webhook_does_not_hold_up_the_mail(paged_by: Any) -> None:
    mail = MailServer()
    async with HttpServer("hang").up() as server:
        with mail.up() as port:
            paged_by(
                page_webhook_url=server.url,
                page_timeout=4.0,
                smtp_host="127.0.0.1",
                smtp_port=port,
                page_email_to="nurse@example.org",
            )
            raise_alert()
            sending = asyncio.create_task(deliver_due(NOON))
            await asyncio.sleep(1.5)
            assert len(mail.box.received) == 1
            assert not sending.done()
            results = {done.kind: done.delivered for done in await sending}
    assert results == {"webhook": False, "email": True}


async def test_two_senders_at_once_send_each_page_once(paged_by: Any) -> None:
    async with HttpServer().up() as server:
        paged_by(page_webhook_url=server.url, page_timeout=5.0)
        for number in range(20):
            raise_alert(conversation_id=f"c{number}")
        rounds = await asyncio.gather(*(deliver_due(NOON) for _ in range(4)))
    assert sum(len(done) for done in rounds) == 20
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 20
    assert len(server.requests) == 20


async def test_a_sender_that_died_leaves_its_page_to_the_next(paged_by: Any) -> None:
    async with HttpServer("hang").up() as server:
        paged_by(page_webhook_url=server.url, page_timeout=5.0)
        raise_alert()
        dying = asyncio.create_task(deliver_due(NOON))
        await server.asked(1)
        dying.cancel()
        server.answer = 200
        assert await deliver_due(after(9)) == []
        [done] = await deliver_due(after(11))
        assert done.delivered
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


@pytest.mark.parametrize(
    ("tier", "values", "pages"),
    [
        ("E1", {"claimed_at": NOON}, 0),
        ("E1", {"resolved_at": NOON}, 0),
        ("C3", {"withdrawn_at": NOON}, 0),
        ("C2", {"withdrawn_at": NOON}, 1),
        ("C1", {"withdrawn_at": NOON}, 1),
    ],
)
async def test_an_alert_somebody_has_is_paged_no_more(
    paged_by: Any, tier: str, values: dict[str, Any], pages: int
) -> None:
    async with HttpServer().up() as server:
        paged_by(page_webhook_url=server.url)
        alert_id = raise_alert(tier)
        change(alert_id, **values)
        assert len(await deliver_due(NOON)) == pages
        assert len(server.requests) == pages
    if not pages:
        assert page_rows()[0].error == NO_LONGER_NEEDED
        assert alert_row(alert_id).page_failed_at is None


async def test_one_alert_only_when_asked_and_no_more_than_a_batch(paged_by: Any) -> None:
    async with HttpServer().up() as server:
        paged_by(page_webhook_url=server.url, page_timeout=5.0)
        ids = [raise_alert(conversation_id=f"c{number}") for number in range(BATCH + 5)]
        [done] = await deliver_due(NOON, alert_id=ids[-1])
        assert done.alert_id == ids[-1]
        assert len(await deliver_due(NOON)) == BATCH
        assert len(await deliver_due(NOON)) == 4


async def test_a_database_lost_while_sending_does_not_raise(paged_by: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with HttpServer().up() as server:
        paged_by(page_webhook_url=server.url)
        raise_alert()
        original = database.session_scope

        def lost(*arguments: Any, **more: Any) -> Any:
            if server.requests:
                raise StoreUnavailable("The database is gone.")
            return original(*arguments, **more)

        monkeypatch.setattr("bot.safety.paging.session_scope", lost)
        with structlog.testing.capture_logs() as logs:
            [done] = await deliver_due(NOON)
    assert done.delivered
    assert "page.outcome_not_written" in [entry["event"] for entry in logs]


async def test_an_address_that_is_none_is_given_up(paged_by: Any) -> None:
    paged_by(page_webhook_url="nonsense://127.0.0.1/page")
    raise_alert()
    [done] = await deliver_due(NOON)
    assert (done.given_up, done.error) == (True, "UnsupportedProtocol")
