"""Column types shared by all tables: moments, text a database cannot choke on, JSON kept as text."""

from __future__ import annotations

import functools
import json
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, String, Text
from sqlalchemy.types import TypeDecorator

# SQLite only counts up by itself on a column that is exactly INTEGER.
BIG_ID = BigInteger().with_variant(Integer, "sqlite")


def now() -> datetime:
    """The present moment, UTC, timezone-aware."""
    return datetime.now(timezone.utc)


def clean(text: str) -> str:
    """``text`` without NUL characters and lone surrogates: PostgreSQL refuses the first, UTF-8 the second."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def dumps(value: Any) -> str:
    """``value`` as ASCII JSON; numbers of other libraries become floats, anything else its ``str``."""
    return _encoder().encode(value)


@functools.lru_cache(maxsize=1)
def _encoder() -> json.JSONEncoder:
    return json.JSONEncoder(default=_plain)


class Moment(TypeDecorator):
    """A timezone-aware ``datetime`` in Python, epoch seconds (float, UTC) in the database.

    Accepts a float as well. Raises ValueError on a naive ``datetime``.
    """

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> float | None:
        """``datetime`` → epoch seconds."""
        if value is None or isinstance(value, (int, float)):
            return value
        if value.tzinfo is None:
            raise ValueError("A moment without time zone was given to the store.")
        seconds: float = value.timestamp()
        return seconds

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        """Epoch seconds → ``datetime`` in UTC."""
        return None if value is None else datetime.fromtimestamp(value, timezone.utc)


class CleanText(TypeDecorator):
    """Text of any length; what no database can hold is dropped (see :func:`clean`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Clean on the way in."""
        return None if value is None else clean(str(value))


class Id(CleanText):
    """A name given from outside (conversation, message): cleaned like any text, of limited length."""

    impl = String
    cache_ok = True


class Json(TypeDecorator):
    """JSON kept as ASCII text, the same in both databases; changes inside the value are not tracked."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Any JSON value → text."""
        return None if value is None else dumps(value)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """Text → JSON value."""
        return None if value is None else json.loads(value)


def _plain(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
