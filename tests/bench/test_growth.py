"""Conversations made longer in a side's tables."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.bench.growth import lengthen

TURN = ("user", "action", "bot", "action")


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A conversation of three turns in tables like this project's."""
    path = tmp_path / "ours.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE conversations (id TEXT PRIMARY KEY, turns INTEGER, slots TEXT)")
        db.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, conversation_id TEXT, timestamp REAL, type_name TEXT, data TEXT)"
        )
        db.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY, conversation_id TEXT, message_id TEXT UNIQUE)")
        db.execute("CREATE TABLE inbox (message_id TEXT PRIMARY KEY, conversation_id TEXT)")
        db.execute("INSERT INTO conversations VALUES ('base', 3, '{}')")
        for number, kind in enumerate(["session_started", *TURN * 3]):
            data = json.dumps({"event": kind, "number": number, "timestamp": 1.0})
            db.execute(
                "INSERT INTO events (conversation_id, timestamp, type_name, data) VALUES (?, 1, ?, ?)",
                ("base", kind, data),
            )
        for number in range(3):
            db.execute("INSERT INTO turns (conversation_id, message_id) VALUES ('base', ?)", (f"m{number}",))
            db.execute("INSERT INTO inbox VALUES (?, 'base')", (f"m{number}",))
    return path


def rows(path: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query, values).fetchall()


@pytest.mark.parametrize("turns", [2, 3, 4, 9, 100])
def test_has_as_many_turns_as_asked_for(ours: Path, turns: int) -> None:
    lengthen(ours, True, "base", "long", turns)
    kinds = [kind for (kind,) in rows(ours, "SELECT type_name FROM events WHERE conversation_id = 'long' ORDER BY id")]
    assert kinds == ["session_started", *TURN * turns]
    assert rows(ours, "SELECT turns FROM conversations WHERE id = 'long'") == [(turns,)]
    for table in ("turns", "inbox"):
        assert rows(
            ours, f"SELECT COUNT(*), COUNT(DISTINCT message_id) FROM {table} WHERE conversation_id = 'long'"
        ) == [(turns, turns)]


def test_is_recent_and_in_order(ours: Path) -> None:
    lengthen(ours, True, "base", "long", 50)
    found = rows(ours, "SELECT timestamp, data FROM events WHERE conversation_id = 'long' ORDER BY id")
    stamps = [stamp for stamp, _ in found]
    assert stamps == sorted(stamps)
    assert time.time() - 60 < stamps[0] < stamps[-1] <= time.time()
    assert [json.loads(data)["timestamp"] for _, data in found] == stamps


def test_leaves_the_base_as_it_is(ours: Path) -> None:
    before = rows(ours, "SELECT * FROM events WHERE conversation_id = 'base'")
    lengthen(ours, True, "base", "long", 10)
    assert rows(ours, "SELECT * FROM events WHERE conversation_id = 'base'") == before


def test_rasas_own_table(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, timestamp REAL, type_name TEXT, data TEXT)"
        )
        for kind in ("action", *TURN * 2):
            db.execute(
                "INSERT INTO events (sender_id, timestamp, type_name, data) VALUES ('base', 1, ?, '{}')", (kind,)
            )
    lengthen(path, False, "base", "long", 7)
    assert rows(path, "SELECT COUNT(*) FROM events WHERE sender_id = 'long' AND type_name = 'user'") == [(7,)]
