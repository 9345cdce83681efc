"""Transcripts, review lists, and that their queries use indexes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot.errors import NotFound
from bot.store import alerts, conversations, database, handoff, windows
from bot.store.conversations import Filter
from bot.store.database import session_scope
from bot.store.models import Alert, Conversation, EventRow, Turn

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)


def add(
    session: Any, name: str, *, hours: int = 0, outcome: str = "answer", topic: str | None = "causes", **more: Any
) -> None:
    row = conversations.ensure(session, name, channel=more.pop("channel", "widget"), at=T0)
    row.last_at = T0 + timedelta(hours=hours)
    row.language = more.pop("language", "fr")
    for key, value in more.items():
        setattr(row, key, value)
    session.add(Turn(conversation_id=name, message_id=f"{name}-m", at=row.last_at, outcome=outcome, topic=topic))


@pytest.fixture
def some(url: str) -> str:
    """Four conversations that differ in everything a filter knows."""
    with session_scope(url) as session:
        add(session, "a", hours=1, lowest_confidence=0.9)
        add(session, "b", hours=2, language="en", outcome="fallback", topic=None, lowest_confidence=0.2)
        add(session, "c", hours=3, channel="rest", review="flagged", outcome="clarify", escalations=1)
        add(session, "d", hours=4, topic="what_is", outcome="escalate", review="todo")
    return url


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), "dcba"),
        (Filter(since=T0 + timedelta(hours=2), until=T0 + timedelta(hours=4)), "cb"),
        (Filter(language="en"), "b"),
        (Filter(channel="rest"), "c"),
        (Filter(topic="what_is"), "d"),
        (Filter(confidence_below=0.5), "b"),
        (Filter(outcome="clarify"), "c"),
        (Filter(review="todo"), "d"),
        (Filter(escalated=True), "c"),
        (Filter(escalated=False, language="fr"), "da"),
    ],
)
def test_review_filters(some: str, wanted: Filter, expected: str) -> None:
    with session_scope(some, write=False) as session:
        assert [row.id for row in conversations.listing(session, wanted)] == list(expected)


def test_review_list_in_pages(some: str) -> None:
    with session_scope(some, write=False) as session:
        assert [row.id for row in conversations.listing(session, Filter(), limit=2, offset=1)] == ["c", "b"]
        with pytest.raises(NotFound):
            conversations.get(session, "nobody")


def test_transcript_in_pages(url: str) -> None:
    with session_scope(url) as session:
        for number in range(6):
            data = {"text": str(number), "metadata": {"sender": "staff"} if number == 4 else {}}
            kind = "user" if number % 2 else "bot"
            session.add(EventRow(conversation_id="c", timestamp=number, type_name=kind, data=json.dumps(data)))
            session.add(EventRow(conversation_id="c", timestamp=number, type_name="slot", data="{}"))
            session.flush()
    with session_scope(url, write=False) as session:
        newest = conversations.transcript(session, "c", limit=3)
        older = conversations.transcript(session, "c", limit=2, before_id=newest[0].id)
    assert [(line.text, line.sender) for line in newest] == [("3", "patient"), ("4", "staff"), ("5", "patient")]
    assert [line.text for line in older] == ["1", "2"]


def test_filling_in_never_overwrites(url: str) -> None:
    with session_scope(url) as session:
        conversations.ensure(session, "c", channel="", language=None)
        conversations.ensure(session, "c", channel="widget", language="en", country="ie")
        row = conversations.ensure(session, "c", channel="rest", language="fr", country="fr")
        assert (row.channel, row.language, row.country) == ("widget", "en", "ie")


def test_ids_stay_out_of_logs() -> None:
    assert "33612345678" not in conversations.log_key("whatsapp:+33612345678")
    assert len(conversations.log_key("é\ud83d")) == 10


def record(session: Any, name: str) -> None:
    values: dict[str, Any] = {"layer": 1, "evidence": [], "language": "fr", "country": None, "channel": "widget"}
    alerts.record(session, message_id=name, conversation_id=name, tier="E2", at=T0, **values)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """3,000 conversations with 30,000 events, analysed."""
    url = f"sqlite:///{tmp_path_factory.mktemp('big') / 'repere.db'}"
    database.upgrade(url)
    chance = random.Random(1)
    with session_scope(url) as session:
        for number in range(3000):
            add(
                session,
                f"c{number}",
                hours=number,
                language=chance.choice(["fr", "en"]),
                channel=chance.choice(["widget", "rest"]),
                review=chance.choice(["unread", "todo"]),
                outcome=chance.choice(["answer", "fallback"]),
                topic=chance.choice(["causes", "what_is"]),
                lowest_confidence=chance.random(),
            )
        rows = [
            {"conversation_id": f"c{n % 3000}", "timestamp": n, "type_name": "user", "data": "{}"} for n in range(30000)
        ]
        session.execute(sa.insert(EventRow), rows)
        for number in range(0, 3000, 30):
            record(session, f"c{number}")
        shared = {"tier": "E2", "layer": 1, "evidence": [], "channel": "widget", "told_stage": 0}
        done = [
            {"message_id": f"r{n}", "conversation_id": f"c{n % 3000}", "created_at": T0, "resolved_at": T0, **shared}
            for n in range(9000)
        ]
        session.execute(sa.insert(Alert), done)
        session.execute(sa.text("ANALYZE"))
    yield url
    database.dispose(url)


def plans(url: str, work: Any) -> list[str]:
    """What SQLite does for each query of ``work(session)``."""
    found: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            found.extend(row[3] for row in cursor.fetchall())

    engine = database.engine(url)
    event.listen(engine, "before_cursor_execute", explain)
    try:
        with session_scope(url, write=False) as session:
            work(session)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert found
    return found


@pytest.mark.parametrize(
    "work",
    [
        lambda s: windows.load(s, "c7", limit=120),
        lambda s: conversations.transcript(s, "c7"),
        lambda s: conversations.turns(s, "c7"),
        lambda s: conversations.alerts_of(s, "c7"),
        lambda s: conversations.listing(s, Filter()),
        lambda s: conversations.listing(s, Filter(language="en", since=T0)),
        lambda s: conversations.listing(s, Filter(channel="rest", review="todo")),
        lambda s: conversations.listing(s, Filter(topic="causes", outcome="fallback", language="fr")),
        lambda s: conversations.listing(s, Filter(confidence_below=0.1)),
        lambda s: alerts.queue(s),
        lambda s: alerts.unresolved(s),
        lambda s: handoff.state(s, "c7"),
    ],
)
def test_queries_use_indexes(big: str, work: Any) -> None:
    scans = [line for line in plans(big, work) if line.startswith("SCAN") and "USING" not in line]
    assert scans == []


def test_a_model_of_every_queue_column_is_indexed() -> None:
    columns = {tuple(column.name for column in index.columns) for index in Conversation.__table__.indexes}
    assert ("state", "urgency", "waiting_since_at") in columns
