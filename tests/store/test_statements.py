"""Statements handed to the driver read and write what the mapper reads and writes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import psycopg2.extras
import pytest
from sqlalchemy import bindparam, insert, select

from bot.store import conversations, saves, statements
from bot.store.database import session_scope
from bot.store.models import Conversation, EventRow, InboxMessage
from bot.store.statements import Statement, insert_or_ignore, read_locked, write_changes

AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=timezone.utc)
VALUES: dict[str, Any] = {
    "id": "c",
    "channel": "widget",
    "language": None,
    "created_at": AT,
    "last_at": AT,
    "slots": {"topic": "causes", "seen": ["é", 1]},
    "paused": True,
    "lowest_confidence": 0.25,
    "erased_at": None,
}


def stored(url: str, **values: Any) -> None:
    with session_scope(url) as session:
        assert insert_or_ignore(session, Conversation, **{**VALUES, **values})


def test_a_row_is_read_as_the_mapper_reads_it(url: str) -> None:
    stored(url)
    with session_scope(url) as session:
        ours = read_locked(session, Conversation, "c")
        mappers = session.get(Conversation, "c")
        for column in Conversation.__table__.columns:
            assert getattr(ours, column.name) == getattr(mappers, column.name), column.name
        assert read_locked(session, Conversation, "unknown") is None


def test_only_what_changed_is_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(url)
    written: list[tuple[str, ...]] = []
    update = statements._update
    monkeypatch.setattr(statements, "_update", lambda model, names: written.append(names) or update(model, names))
    later = datetime(2026, 5, 6, tzinfo=timezone.utc)
    with session_scope(url) as session:
        row = read_locked(session, Conversation, "c")
        assert row is not None
        write_changes(session, row)
        row.last_at, row.slots, row.language, row.paused = later, {"topic": None}, "fr", True
        write_changes(session, row)
        write_changes(session, row)
        row.erased_at = later
        write_changes(session, row)
    assert written == [("language", "last_at", "slots"), ("erased_at",)]
    with session_scope(url, write=False) as session:
        found = session.get(Conversation, "c")
        assert (found.last_at, found.slots, found.paused, found.erased_at) == (later, {"topic": None}, True, later)
        assert found.channel == "widget"


def test_an_attribute_named_otherwise_than_its_column_is_written_by_its_name(url: str) -> None:
    message: dict[str, Any] = {"message_id": "m", "conversation_id": "c", "channel": "rest", "received_at": AT}
    with session_scope(url) as session:
        assert insert_or_ignore(session, InboxMessage, **message, meta={"page": "é"}, attempts=0)
        assert not insert_or_ignore(session, InboxMessage, **message, meta=None, attempts=0)
    with session_scope(url) as session:
        row = read_locked(session, InboxMessage, "m")
        assert row is not None
        assert row.meta == {"page": "é"}
        row.meta = None
        write_changes(session, row)
    with session_scope(url, write=False) as session:
        assert session.get(InboxMessage, "m").meta is None


def test_what_the_session_holds_is_written_before(url: str) -> None:
    stored(url)
    with session_scope(url) as session:
        conversations.get(session, "c").last_topic = "causes"
        row = read_locked(session, Conversation, "c")
        assert row is not None
        assert row.last_topic == "causes"


def test_an_attribute_without_column_is_refused(sqlite_url: str) -> None:
    stored(sqlite_url)
    with session_scope(sqlite_url) as session:
        row: Any = read_locked(session, Conversation, "c")
        with pytest.raises(AttributeError, match="'last_topics'"):
            row.last_topics = "causes"


def test_several_rows_take_one_way_to_the_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    whole = psycopg2.extras.execute_values

    def note(cursor: Any, sql: str, rows: Any, *arguments: Any, **options: Any) -> Any:
        sent.append(len(rows))
        return whole(cursor, sql, rows, *arguments, **options)

    monkeypatch.setattr(psycopg2.extras, "execute_values", note)
    row = {"conversation_id": "c", "timestamp": 1.0, "type_name": "bot", "intent_name": None, "action_name": None}
    with session_scope(postgres_url) as session:
        saves._EVENTS.run_each(session, [{**row, "data": "{}"}] * 3)
    assert sent == [3]


def test_several_rows_at_once(url: str) -> None:
    columns = {name: bindparam(name) for name in ("conversation_id", "timestamp", "type_name", "data")}
    statement = Statement(insert(EventRow.__table__).values(columns))
    rows = [{"conversation_id": "c\x00", "timestamp": float(n), "type_name": "bot", "data": "{}"} for n in range(3)]
    with session_scope(url) as session:
        statement.run_each(session, rows)
    with session_scope(url, write=False) as session:
        found = session.execute(select(EventRow).order_by(EventRow.id)).scalars()
        assert [(event.conversation_id, event.timestamp) for event in found] == [("c", 0.0), ("c", 1.0), ("c", 2.0)]


def test_a_row_is_held_until_the_end(postgres_url: str) -> None:
    stored(postgres_url)
    with session_scope(postgres_url) as session:
        read_locked(session, Conversation, "c")
        with session_scope(postgres_url) as other:
            held = other.execute(select(Conversation.id).with_for_update(skip_locked=True)).first()
            assert held is None
