"""What a reply costs deep in a conversation: turns 10, 100 and 1,000, cold (after a restart) and warm.

The conversations are made from one that was really led with the side's server: its turns after the first are repeated
in the side's own tables until there are enough of them. Leading a thousand turns with Rasa's default would take the
better part of an hour. ``led`` leads them all, for the side where it can be done.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from bot.bench.servers import Servers, say
from bot.bench.sides import OURS

BASE_TURNS: Final = 20
WARM_MESSAGES: Final = 4
# Tables that grow with a conversation and the column that names it; the events come first.
_TABLES: Final = {
    True: (("events", "conversation_id"), ("turns", "conversation_id"), ("inbox", "conversation_id")),
    False: (("events", "sender_id"),),
}
# Seconds between two repeated events: a whole conversation stays far below the length of a session.
_STEP: Final = 0.05
Row = dict[str, Any]


@dataclass(frozen=True)
class Depth:
    """Milliseconds of replies at one turn, of several conversations; ``cold``: the first after a restart."""

    turn: int
    cold: tuple[float, ...]
    warm: tuple[float, ...]


def at_depths(
    servers: Servers, texts: Sequence[str], turns: Sequence[int], copies: int, tick: Callable[[], None]
) -> list[Depth]:
    """Replies at each of ``turns`` in ``copies`` conversations. Restarts the dialogue server in between."""
    base = f"base-{secrets.token_hex(6)}"
    with httpx.Client(base_url=servers.base, timeout=120.0) as client:
        for index in range(BASE_TURNS):
            say(client, base, texts[index % len(texts)])
            tick()
    servers.stop()
    senders = {turn: [f"deep-{turn}-{secrets.token_hex(6)}" for _ in range(copies)] for turn in turns}
    for turn, names in senders.items():
        for name in names:
            lengthen(servers.database, servers.side.name == OURS, base, name, turn - 1)
    servers.start()
    cold: dict[int, list[float]] = {turn: [] for turn in turns}
    warm: dict[int, list[float]] = {turn: [] for turn in turns}
    with httpx.Client(base_url=servers.base, timeout=120.0) as client:
        for index in range(10):  # code paths and caches that have nothing to do with the conversation
            say(client, f"other-{secrets.token_hex(6)}", texts[index % len(texts)])
        for copy in range(copies):
            # The same words at every depth: what differs is the depth alone.
            words = [texts[(copy * 7 + i) % len(texts)] for i in range(WARM_MESSAGES + 1)]
            for turn in turns:
                first, *rest = (say(client, senders[turn][copy], text) for text in words)
                cold[turn].append(first)
                warm[turn] += rest
                tick()
    return [Depth(turn, tuple(cold[turn]), tuple(warm[turn])) for turn in turns]


def led(servers: Servers, texts: Sequence[str], turns: int, tick: Callable[[], None]) -> dict[int, float]:
    """Lead one conversation of ``turns`` turns; median milliseconds of the ten replies around turns 10, 100, … ."""
    sender = f"led-{secrets.token_hex(6)}"
    times: list[float] = []
    with httpx.Client(base_url=servers.base, timeout=120.0) as client:
        for index in range(turns + 5):
            times.append(say(client, sender, texts[index % len(texts)]))
            tick()
    return {turn: median(times[turn - 6 : turn + 4]) for turn in (10, 100, 1000) if turn <= turns}


def lengthen(database: Path, ours: bool, base: str, target: str, turns: int) -> None:
    """Make the conversation ``target`` of ``turns`` turns out of ``base``, in the side's tables."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.row_factory = sqlite3.Row
        for table, key in _TABLES[ours]:
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (base,))]  # noqa: S608
            longer = _events(rows, turns) if table == "events" else _cycled(rows, turns)
            _insert(connection, table, [_named(row, key, base, target, number) for number, row in enumerate(longer)])
        if ours:
            found = connection.execute("SELECT * FROM conversations WHERE id = ?", (base,)).fetchone()
            _insert(connection, "conversations", [{**dict(found), "id": target, "turns": turns}])


def _events(rows: list[Row], turns: int) -> list[Row]:
    """The first turn once, the others over and over; ends where the message of the next turn would stand."""
    starts = [index for index, row in enumerate(rows) if row["type_name"] == "user"]
    head, body = rows[: starts[1]], rows[starts[1] :]
    per_body = len(starts) - 1
    whole, rest = divmod(turns - 1, per_body)
    end = starts[1 + rest] - starts[1] if rest else 0
    longer = [*head, *body * whole, *body[:end]]
    begin = time.time() - _STEP * len(longer)
    return [_at(row, begin + _STEP * number) for number, row in enumerate(longer)]


def _at(row: Row, moment: float) -> Row:
    data = {**json.loads(row["data"]), "timestamp": moment}
    return {**row, "timestamp": moment, "data": json.dumps(data)}


def _cycled(rows: list[Row], turns: int) -> list[Row]:
    return [dict(rows[index % len(rows)]) for index in range(turns)] if rows else []


def _named(row: Row, key: str, base: str, target: str, number: int) -> Row:
    named = {column: value for column, value in row.items() if column != "id"}
    named[key] = target
    if named.get("message_id"):
        named["message_id"] = f"{target}-{number}"
    return named


def _insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        columns = list(rows[0])
        marks = ", ".join("?" for _ in columns)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  (our own names)
        connection.executemany(statement, [tuple(row.values()) for row in rows])
