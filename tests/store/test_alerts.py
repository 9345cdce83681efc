"""Alerts: once a message, raised but never lowered, paged, queued, withdrawn."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import NotFound
from bot.settings import get_settings, load_settings
from bot.store import alerts, conversations, handoff
from bot.store.database import session_scope
from bot.store.models import Alert, Page

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
EVIDENCE = [{"rule": "fever", "source": "safety.md 1.1 row 1", "text": "39 et je grelotte"}]


def record(session: Any, tier: str = "E1", **changes: Any) -> tuple[Alert, bool]:
    values: dict[str, Any] = {
        "message_id": "m",
        "conversation_id": "c",
        "tier": tier,
        "layer": 1,
        "evidence": EVIDENCE,
        "language": "fr",
        "country": "be",
        "channel": "widget",
        "at": T0,
    }
    return alerts.record(session, **{**values, **changes})


@pytest.fixture
def paging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of paging are configured for the first person, only the webhook for the second."""
    monkeypatch.setenv("REPERE_PAGE_WEBHOOK_URL", "http://127.0.0.1:1/first")
    monkeypatch.setenv("REPERE_PAGE_WEBHOOK_SECOND_URL", "http://127.0.0.1:1/second")
    monkeypatch.setenv("REPERE_PAGE_EMAIL_TO", "duty@localhost")
    monkeypatch.setenv("REPERE_SMTP_HOST", "127.0.0.1")
    get_settings.cache_clear()


def pages(url: str) -> list[tuple[str, str, int]]:
    with session_scope(url, write=False) as session:
        return sorted((p.kind, p.level, p.stage) for p in session.execute(select(Page)).scalars())


def test_one_alert_a_message(url: str) -> None:
    with session_scope(url) as session:
        first, created = record(session)
    with session_scope(url) as session:
        again, created_again = record(session)
    assert (created, created_again) == (True, False)
    assert again.id == first.id
    assert (again.tier, again.evidence, again.country, again.created_at) == ("E1", EVIDENCE, "be", T0)


def test_fifty_at_once_make_fifty_alerts_and_no_double(url: str) -> None:
    def write(number: int) -> None:
        for _ in range(2):
            with session_scope(url) as session:
                record(session, message_id=f"m{number}", conversation_id=f"c{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_scope(url, write=False) as session:
        assert len(alerts.unresolved(session)) == 50
        assert len(alerts.queue(session)) == 50


def test_the_second_layer_raises_and_never_lowers(url: str) -> None:
    with session_scope(url) as session:
        record(session, "C3")
        alert, _ = record(session, "E2", layer=2)
        assert alert.tier == "C3"
        more = [{"rule": "model", "source": "layer 2", "text": ""}]
        alert, created = record(session, "C1", layer=2, evidence=more)
    assert (alert.tier, created) == ("C1", False)
    assert alert.evidence == [*EVIDENCE, *more]
    with session_scope(url, write=False) as session:
        assert conversations.get(session, "c").tier == "C1"


def test_a_late_copy_does_not_reopen_what_staff_resolved(url: str) -> None:
    with session_scope(url) as session:
        record(session)
        handoff.claim(session, "c", 1)
        handoff.release(session, "c", 1)
    with session_scope(url) as session:
        record(session)
    with session_scope(url, write=False) as session:
        assert handoff.state(session, "c") == "bot"


@pytest.mark.parametrize("tier", ["C7", "", "E9"])
def test_tiers_without_alert_are_refused(sqlite_url: str, tier: str) -> None:
    with session_scope(sqlite_url) as session, pytest.raises(ValueError, match="raises no alert"):
        record(session, tier)


@pytest.mark.parametrize("tier", ["E0", "E1", "C1", "C2", "C3"])
def test_urgent_tiers_page_at_once(url: str, paging: None, tier: str) -> None:
    with session_scope(url) as session:
        record(session, tier)
        record(session, tier)
    assert pages(url) == [("email", "first", 0), ("webhook", "first", 0)]


@pytest.mark.parametrize("tier", ["E2", "C4", "C5", "C6"])
def test_other_tiers_page_nobody_until_raised(url: str, paging: None, tier: str) -> None:
    with session_scope(url) as session:
        record(session, tier)
    assert pages(url) == []
    with session_scope(url) as session:
        record(session, "C2")
    assert len(pages(url)) == 2


def test_a_stage_is_never_doubled(url: str, paging: None) -> None:
    with session_scope(url) as session:
        alert, _ = record(session)
        assert alerts.page(session, alert.id, "first", stage=1, due_at=T0) == 2
        assert alerts.page(session, alert.id, "first", stage=1, due_at=T0) == 0
        assert alerts.page(session, alert.id, "second", stage=1, due_at=T0) == 1
    assert len(pages(url)) == 5


def test_an_address_without_mail_server_is_no_way_to_page() -> None:
    settings = load_settings(page_email_to="duty@localhost", secret="x", rasa_token="y")
    assert alerts.page_kinds(settings, "first") == ()


def test_queue_by_urgency_then_waiting_time(url: str) -> None:
    order = ["C1", "E0", "C2", "E1", "C3", "C4", "C5", "E2", "asked", "C6"]
    with session_scope(url) as session:
        for minutes, name in enumerate(reversed(order)):
            at = T0 + timedelta(minutes=minutes)
            if name == "asked":
                handoff.request(session, name, "asked", at=at)
            else:
                record(session, name, message_id=name, conversation_id=name, at=at)
    with session_scope(url, write=False) as session:
        found = [place.conversation.id for place in alerts.queue(session)]
    # Of two equally urgent ones, whoever waits longer comes first.
    assert found == ["E0", "C1", "C2", "C3", "E1", "C5", "C4", "E2", "asked", "C6"]


def test_queue_brings_the_open_alerts_newest_first(url: str) -> None:
    with session_scope(url) as session:
        record(session, "E2", message_id="m1")
        record(session, "E1", message_id="m2")
    with session_scope(url, write=False) as session:
        (place,) = alerts.queue(session)
    assert [alert.message_id for alert in place.alerts] == ["m2", "m1"]


@pytest.mark.parametrize(
    ("tier", "after"), [("E1", "bot"), ("C3", "bot"), ("C1", "waiting"), ("C2", "waiting"), ("E0", "waiting")]
)
def test_withdrawn_by_the_patient(url: str, paging: None, tier: str, after: str) -> None:
    with session_scope(url) as session:
        record(session, tier)
    with session_scope(url) as session:
        assert alerts.withdraw(session, message_id="m", at=T0) == 1
    with session_scope(url) as session:
        assert alerts.withdraw(session, conversation_id="c") == 0, "a second tap changes nothing"
        (alert,) = alerts.unresolved(session)
        dropped = {page.given_up_at is not None for page in session.execute(select(Page)).scalars()}
        assert handoff.state(session, "c") == after
    assert alert.withdrawn_at == T0
    assert dropped == {after == "bot"}


def test_withdrawing_leaves_the_request_for_a_person(url: str) -> None:
    with session_scope(url) as session:
        handoff.request(session, "c", "asked", at=T0)
        record(session, "E1")
        alerts.withdraw(session, conversation_id="c")
    with session_scope(url, write=False) as session:
        found = conversations.get(session, "c")
    assert (found.state, found.reason, found.tier) == ("waiting", "asked", None)


def test_withdrawing_one_message_leaves_the_other_flag(url: str) -> None:
    with session_scope(url) as session:
        record(session, "E1", message_id="m1")
        record(session, "E2", message_id="m2")
        alerts.withdraw(session, message_id="m1")
    with session_scope(url, write=False) as session:
        assert handoff.state(session, "c") == "waiting"


def test_nothing_to_withdraw(url: str) -> None:
    with session_scope(url) as session, pytest.raises(NotFound):
        alerts.withdraw(session, message_id="nothing")
    with session_scope(url) as session, pytest.raises(NotFound):
        alerts.get(session, 4711)
