"""What a page asks the database, and how SQLite goes about it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bot.store import database

# Tables of the staff's own, a few dozen rows however many patients write: read whole.
SMALL = ("staff", "tags", "canned_replies", "saved_views", "presence")


@contextlib.contextmanager
def asked(url: str) -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs (with their values) sent to ``url`` by this process meanwhile, each kind once."""
    engine, found = database.engine(url), dict[str, Any]()

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.setdefault(statement, values)

    sa.event.listen(engine, "before_cursor_execute", note)
    kinds: list[tuple[str, Any]] = []
    try:
        yield kinds
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
        kinds += found.items()


def steps(url: str, statement: str, values: Any) -> list[str]:
    """SQLite's plan of one query, without the small tables."""
    with database.session_scope(url, write=False) as session:
        rows = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values).all()
    read = re.compile(rf"(SCAN|SEARCH) ({'|'.join(SMALL)})\b")
    return [row[3] for row in rows if not read.match(row[3])]


def without_index(plan: list[str]) -> list[str]:
    """Steps that read a table from end to end; results of an inner query are no table."""
    return [
        step
        for step in plan
        if step.startswith("SCAN") and not any(word in step for word in ("INDEX", "CONSTANT ROW", "subquery", "anon_"))
    ]
