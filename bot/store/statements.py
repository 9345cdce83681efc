"""Statements of single rows, made once and handed to the driver: preparing them takes SQLAlchemy longer than SQLite to answer.

A reply needs nine of them. Everything that is asked less often is written with the mapper.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

T = TypeVar("T")
Processor = Callable[[Any], Any]


@dataclass(frozen=True)
class _Prepared:
    """``sql`` as the driver wants it, ``order`` of its values (None: by name), ``processors``: what becomes of a value."""

    sql: str
    order: tuple[str, ...] | None
    processors: Mapping[str, Processor]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        given = {
            name: self.processors[name](each) if name in self.processors else each for name, each in values.items()
        }
        return given if self.order is None else tuple(given[name] for name in self.order)


class Statement:
    """A statement whose values are all named and typed."""

    def __init__(self, clause: Any) -> None:
        self._clause = clause
        self._prepared: dict[tuple[str, str], _Prepared] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """The driver's result. What the session holds is written first."""
        connection, prepared = self._begin(session)
        return connection.exec_driver_sql(prepared.sql, prepared.parameters(values))

    def run_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same for several rows of values, without a result."""
        connection, prepared = self._begin(session)
        if connection.dialect.name == "postgresql":
            # All in one round trip; by itself psycopg2 makes one for each row.
            connection.execute(self._clause, list(rows))
            return
        connection.exec_driver_sql(prepared.sql, [prepared.parameters(values) for values in rows])

    def _begin(self, session: Session) -> tuple[Any, _Prepared]:
        if session.new or session.dirty or session.deleted:
            session.flush()
        connection = session.connection()
        return connection, self._for(connection.dialect)

    def _for(self, dialect: Any) -> _Prepared:
        key = (dialect.name, dialect.driver)
        if key not in self._prepared:
            made = self._clause.compile(dialect=dialect)
            processors = {name: bind.type.bind_processor(dialect) for name, bind in made.binds.items()}
            order = tuple(made.positiontup) if made.positional else None
            self._prepared[key] = _Prepared(
                str(made), order, {name: process for name, process in processors.items() if process is not None}
            )
        return self._prepared[key]


def insert_or_ignore(session: Session, model: Any, **values: Any) -> bool:
    """Insert one row unless its key is taken; True when it was inserted. Never raises on a duplicate."""
    statement, defaults = _insert(model, tuple(values))
    filled = {name: default.arg(None) if default.is_callable else default.arg for name, default in defaults.items()}
    return bool(statement.run(session, {**filled, **values}).rowcount)


def read_locked(session: Session, model: type[T], key: str) -> T | None:
    """The row with this key, held against other writers until the transaction ends; None when there is none.

    It has the model's attributes and belongs to no session: what is changed in it is written by :func:`write_changes`.
    """
    statement, readers = _select(cast("Any", model))
    found = statement.run(session, {"its_key": key}).first()
    if found is None:
        return None
    values = {name: each if read is None else read(each) for (name, read), each in zip(readers(session), found)}
    return cast("T", _Row(model, values))


def write_changes(session: Session, row: Any) -> None:
    """Write what changed in a row that :func:`read_locked` gave, in one statement."""
    changed = {name: value for name, value in row.values().items() if value != row.read[name]}
    if changed:
        statement, key = _update(row.model, tuple(changed))
        statement.run(session, {**changed, "its_key": row.read[key]})
        row.read = row.values()


class _Row:
    """A model's attributes without its mapper. ``read``: their values as they stand in the database."""

    model: Any
    read: dict[str, Any]

    def __init__(self, model: Any, values: dict[str, Any]) -> None:
        self.__dict__.update(values, model=model, read=values)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__:
            raise AttributeError(f"{self.model.__name__} has no column {name!r}.")
        self.__dict__[name] = value

    def values(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self.read}


def _columns(model: Any, names: Sequence[str]) -> dict[str, Any]:
    # Through the attributes, since one may be named otherwise than its column.
    return {name: getattr(model, name).property.columns[0] for name in names}


def _typed(sql: str, columns: Mapping[str, Any]) -> Statement:
    return Statement(sa.text(sql).bindparams(*(sa.bindparam(name, type_=c.type) for name, c in columns.items())))


@functools.lru_cache(maxsize=64)
def _insert(model: Any, names: tuple[str, ...]) -> tuple[Statement, dict[str, Any]]:
    """The statement for these attributes and, by column name, the defaults of the columns they leave out."""
    columns = _columns(model, names)
    given = {column.name for column in columns.values()}
    left = {c.name: c for c in model.__table__.columns if c.name not in given and c.default is not None}
    columns.update(left)
    listed = ", ".join(f'"{column.name}"' for column in columns.values())
    marks = ", ".join(f":{name}" for name in columns)
    into = f'INSERT INTO "{model.__tablename__}" ({listed}) VALUES ({marks})'  # noqa: S608 (names of our own models)
    return _typed(f"{into} ON CONFLICT DO NOTHING", columns), {name: c.default for name, c in left.items()}


@functools.lru_cache(maxsize=8)
def _select(model: Any) -> tuple[Statement, Callable[[Session], list[tuple[str, Processor | None]]]]:
    """The statement that reads and locks one row, and what gives each attribute's reader for a session's database."""
    table, mapper = model.__table__, sa.inspect(model)
    names = [mapper.get_property_by_column(column).key for column in table.columns]
    clause = sa.select(table).where(mapper.primary_key[0] == sa.bindparam("its_key")).with_for_update()

    @functools.lru_cache(maxsize=2)
    def of(dialect: Any) -> list[tuple[str, Processor | None]]:
        return [(name, column.type.result_processor(dialect, None)) for name, column in zip(names, table.columns)]

    return Statement(clause), lambda session: of(session.connection().dialect)


@functools.lru_cache(maxsize=64)
def _update(model: Any, names: tuple[str, ...]) -> tuple[Statement, str]:
    """The statement that sets these attributes of one row, and the attribute that is its key."""
    columns, mapper = _columns(model, names), sa.inspect(model)
    key = mapper.primary_key[0]
    assigned = ", ".join(f'"{column.name}" = :{name}' for name, column in columns.items())
    sql = f'UPDATE "{model.__tablename__}" SET {assigned} WHERE "{key.name}" = :its_key'  # noqa: S608
    return _typed(sql, {**columns, "its_key": key}), mapper.get_property_by_column(key).key
