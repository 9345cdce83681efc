"""Forgetting one person, exporting what is known, and forgetting what has grown old."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.dialogue.handoff import Outcome
from bot.errors import NotFound
from bot.store import alerts, comments, conversations, handoff, inbox, privacy, ratings, saves
from bot.store.database import session_scope
from bot.store.models import Alert, Base, Comment, Conversation, EventRow, InboxMessage, Page, Rating, Turn

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
SECRET = "Zoé Dupont 0612345678"


def fill(url: str, name: str, *, at: datetime = T0, tier: str | None = None, review: str = "unread") -> None:
    """A conversation with a row in every table."""
    stamp = at.timestamp()
    flags = {"tier": tier, "layer": 2, "evidence": [{"rule": "r", "source": "s", "text": SECRET}]} if tier else None
    user = {
        "event": "user",
        "timestamp": stamp,
        "text": SECRET,
        "message_id": f"{name}-1",
        "input_channel": "widget",
        "parse_data": {"intent": {"name": "causes", "confidence": 0.5}, "red_flags": flags},
    }
    bot = {"event": "bot", "timestamp": stamp + 1, "text": SECRET, "metadata": {"utter_action": "utter_causes"}}
    batch = saves.Batch(name, (user, bot), {"language": "fr", "topic": SECRET}, None, False, stamp)
    with session_scope(url) as session:
        inbox.receive(
            session,
            message_id=f"{name}-open",
            conversation_id=name,
            channel="widget",
            text=SECRET,
            metadata={"name": SECRET},
            received_at=at,
            assessment=None,
            language="fr",
            country="be",
        )
        saves.write(session, batch)
        ratings.rate(session, conversation_id=name, utterance_id="u", topic="causes", language="fr", useful=True)
        for text in ("un", "deux"):
            comments.submit(session, conversation_id=name, text=text, display_name="Zoé", language="fr")
        latest = comments.latest_of(session, name)
        assert latest is not None
        comments.correct(session, latest.id, text="trois", display_name="Zoé")
        conversation = conversations.get(session, name)
        conversation.review = review
        conversation.last_at = at
        for alert in conversations.alerts_of(session, name):
            session.add(Page(alert_id=alert.id, kind="webhook", level="first", stage=0, due_at=at))


def resolve(url: str, name: str) -> None:
    with session_scope(url) as session:
        assert handoff.claim(session, name, 1)
        handoff.close(session, name, 1, Outcome.ANSWERED)


def dump(url: str) -> str:
    """Every value of every table."""
    with session_scope(url, write=False) as session:
        rows = [session.execute(select(table)).all() for table in Base.metadata.sorted_tables if table.name in TABLES]
    return json.dumps(rows, default=str, ensure_ascii=False)


TABLES = {model.__tablename__ for model in (Alert, Comment, Conversation, EventRow, InboxMessage, Rating, Turn)}


def count(url: str, model: Any) -> int:
    with session_scope(url, write=False) as session:
        return int(session.execute(select(func.count()).select_from(model)).scalar_one())


def test_nothing_that_was_said_is_left(url: str) -> None:
    fill(url, "c", tier="C1")
    fill(url, "d", tier="C1")
    with session_scope(url) as session:
        counts = privacy.erase(session, "c", comments="delete")
    assert dataclasses.asdict(counts) == {
        "conversations": 0,
        "events": 2,
        "turns": 1,
        "inbox": 1,
        "ratings": 1,
        "comments": 2,
        "alerts": 1,
        "others": 0,
    }
    with session_scope(url) as session:
        session.execute(update(Comment).values(display_name=None))
        other = privacy.erase(session, "d")
    assert (other.events, other.comments) == (2, 2)
    left = dump(url)
    assert "Zoé" not in left
    assert "0612345678" not in left
    with session_scope(url, write=False) as session:
        assert {comment.conversation_id for comment in comments.listing(session, "pending")} == {None}


def test_someone_in_danger_is_still_reached(url: str) -> None:
    fill(url, "c", tier="C1")
    with session_scope(url) as session:
        privacy.erase(session, "c", at=T0 + timedelta(minutes=2))
    with session_scope(url, write=False) as session:
        (place,) = alerts.queue(session)
        (alert,) = place.alerts
    assert (alert.tier, alert.evidence, alert.channel) == ("C1", [], "widget")
    assert alert.erased_at == T0 + timedelta(minutes=2)
    assert count(url, Page) == 1


def test_the_conversation_can_go_on_after_it(url: str) -> None:
    fill(url, "c")
    with session_scope(url) as session:
        privacy.erase(session, "c", at=T0 + timedelta(minutes=2))
        assert conversations.listing(session, conversations.Filter()) == []
    fill(url, "c", at=T0 + timedelta(minutes=5))
    with session_scope(url, write=False) as session:
        (row,) = conversations.listing(session, conversations.Filter())
    assert (row.turns, row.country) == (1, "be")
    assert row.slots["language"] == "fr"


def test_unknown_conversations(url: str) -> None:
    with session_scope(url) as session, pytest.raises(NotFound):
        privacy.erase(session, "nobody")
    with session_scope(url, write=False) as session, pytest.raises(NotFound):
        privacy.export(session, "nobody")


def test_export_holds_everything(url: str) -> None:
    fill(url, "c", tier="E1")
    fill(url, "d")
    with session_scope(url, write=False) as session:
        exported = privacy.export(session, "c")
    json.dumps(exported)
    sizes = {key: len(value) for key, value in exported.items() if isinstance(value, list)}
    assert sizes == {"events": 2, "turns": 1, "inbox": 1, "ratings": 1, "alerts": 1, "comments": 2}
    assert exported["conversation"]["created_at"] == T0.isoformat()
    assert exported["events"][0]["text"] == SECRET
    assert exported["inbox"][0]["text"] == SECRET


NOW = T0 + timedelta(days=200)


@pytest.fixture
def aged(url: str) -> str:
    """Conversations of every age and standing, seen 200 days after T0."""
    old, fresh, ancient = NOW - timedelta(days=40), NOW - timedelta(days=3), NOW - timedelta(days=190)
    fill(url, "old", at=old)
    fill(url, "fresh", at=fresh)
    fill(url, "old-flagged", at=old, review="flagged")
    fill(url, "old-alert", at=old, tier="E2")
    resolve(url, "old-alert")
    fill(url, "ancient-alert", at=ancient, tier="C3")
    resolve(url, "ancient-alert")
    fill(url, "ancient-waiting", at=ancient, tier="C1")
    fill(url, "erased", at=fresh)
    with session_scope(url) as session:
        privacy.erase(session, "erased", at=fresh + timedelta(hours=1))
    return url


def left(url: str) -> set[str]:
    with session_scope(url, write=False) as session:
        return set(session.execute(select(Conversation.id)).scalars())


def test_purge_by_age_and_standing(aged: str) -> None:
    everything = left(aged)
    wanted = {"dry_run": True, "flagged_older_than": timedelta(days=180), "url": aged, "at": NOW}
    foreseen = privacy.purge(timedelta(days=30), **wanted)  # type: ignore[arg-type]
    assert left(aged) == everything
    done = privacy.purge(timedelta(days=30), **{**wanted, "dry_run": False})  # type: ignore[arg-type]
    assert everything - left(aged) == {"old", "ancient-alert", "erased"}
    assert done == foreseen
    assert (done.conversations, done.events, done.alerts, done.comments) == (3, 4, 1, 4)
    assert count(aged, Comment) == 14, "comments are kept, without their link"
    again = privacy.purge(timedelta(days=30), **{**wanted, "dry_run": False})  # type: ignore[arg-type]
    assert again == privacy.Counts()


def test_flagged_ones_are_never_purged_sooner_than_the_others(aged: str) -> None:
    privacy.purge(timedelta(days=30), flagged_older_than=timedelta(days=1), url=aged, at=NOW)
    assert left(aged) == {"fresh", "ancient-waiting"}


def test_an_erasure_of_this_day_keeps_its_empty_row(url: str) -> None:
    fill(url, "c", at=T0)
    with session_scope(url) as session:
        privacy.erase(session, "c", at=T0 + timedelta(hours=1))
    privacy.purge(timedelta(days=30), url=url, at=T0 + timedelta(hours=20))
    assert left(url) == {"c"}
    privacy.purge(timedelta(days=30), url=url, at=T0 + timedelta(hours=30))
    assert left(url) == set()


def test_other_parts_are_asked_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setitem(privacy._extras, "test", (lambda _, ids: asked.append(list(ids)) or 3, lambda *_: 2))
    fill(url, "c")
    with session_scope(url) as session:
        assert privacy.erase(session, "c").others == 3
    assert asked == [["c"]]
    foreseen = privacy.purge(timedelta(days=1), url=url, dry_run=True, at=NOW)
    assert (foreseen.conversations, foreseen.others) == (1, 2)
