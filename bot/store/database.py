"""One engine a process and address, one unit of work at a time, and the way to the newest schema."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
import structlog
from sqlalchemy import event, exc
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from bot.errors import SettingsError, StoreUnavailable
from bot.settings import get_settings

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
# Refusals that are the caller's fault; everything else a driver raises means the database is not usable now.
_CALLERS_FAULT = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
# Key of the PostgreSQL advisory lock that lets one process at a time change the schema.
_SCHEMA_LOCK = 0x52455045

_engines: dict[str, Any] = {}
_engines_lock = threading.Lock()


def engine(url: str | None = None) -> Any:
    """The SQLAlchemy engine for ``url`` (default: ``settings.store_url``), one a process and address.

    Raises SettingsError for a SQLite database in memory.
    """
    address = url or get_settings().store_url
    with _engines_lock:
        if address not in _engines:
            _engines[address] = _create(sa.engine.make_url(address))
        return _engines[address]


def dispose(url: str | None = None) -> None:
    """Close every connection of the engine for ``url`` and forget it; of all engines when None."""
    with _engines_lock:
        for address in [url] if url else list(_engines):
            found = _engines.pop(address, None)
            if found is not None:
                found.dispose()


@contextlib.contextmanager
def session_scope(url: str | None = None, *, write: bool = True, repeatable: bool = False) -> Iterator[Session]:
    """A session whose work is committed at the end, or rolled back when anything is raised.

    ``write=False`` for readers: on SQLite a reader neither waits for a writer nor holds one up.
    ``repeatable=True`` for work that would be done once more if a power cut took it: SQLite's file is then not forced to
    the disk at its commit, but with the next commit that is. A process that dies loses nothing in either case.
    Raises StoreUnavailable when the database is gone, or stays locked beyond the busy timeout.
    """
    session = Session(bind=_bind(engine(url), write, repeatable), future=True, expire_on_commit=False)
    try:
        with unavailable():
            yield session
            session.commit()
    except BaseException:
        with contextlib.suppress(exc.SQLAlchemyError):
            session.rollback()
        raise
    finally:
        with contextlib.suppress(exc.SQLAlchemyError):
            session.close()


@functools.lru_cache(maxsize=16)
def _bind(made: Any, write: bool, repeatable: bool) -> Any:
    """The engine with options that :func:`_begin_sqlite` reads; made once for each kind of work."""
    return made.execution_options(repere_write=write, repere_repeatable=repeatable)


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Turn a driver's failures into StoreUnavailable, whose own text holds no data."""
    try:
        yield
    except _CALLERS_FAULT:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        raise StoreUnavailable(f"The database is gone, or stays locked ({cause}).") from error


def upgrade(url: str | None = None) -> None:
    """Bring the schema to the newest revision. Several processes may call this at once.

    Raises StoreUnavailable when the database cannot be reached.
    """
    from alembic import command
    from alembic.config import Config

    address = sa.engine.make_url(url or get_settings().store_url)
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        Path(address.database).touch(mode=0o600)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with unavailable(), engine(url).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
    log.info("store.upgraded", backend=address.get_backend_name())


def _create(url: Any) -> Any:
    busy = get_settings().database_busy_timeout
    if url.get_backend_name() == "sqlite":
        return _create_sqlite(url, busy)
    milliseconds = int(busy * 1000)
    return sa.create_engine(
        url,
        future=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        pool_timeout=busy,
        connect_args={
            "connect_timeout": 2,
            "options": f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000",
            "tcp_user_timeout": milliseconds,
        },
    )


def _create_sqlite(url: Any, busy: float) -> Any:
    if not url.database or url.database == ":memory:":
        raise SettingsError("The store needs a file, or PostgreSQL; a database in memory is lost with its process.")
    path = str(Path(url.database).absolute())

    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is away for a moment must not be replaced by an empty one.
        name = f"file:{quote(path)}?mode=rw"
        return sqlite3.connect(name, uri=True, timeout=busy, check_same_thread=False)

    def remember_file(_: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    def refuse_replaced_file(_: Any, record: Any, __: Any) -> None:
        # After a backup was put in place, an old connection would go on writing into the deleted file.
        if record.info.get("file") != _identity(path):
            raise exc.DisconnectionError("The database file was replaced.")

    made = sa.create_engine(
        url,
        future=True,
        creator=connect,
        # SQLAlchemy 1.4 would open a connection a use; QueuePool keeps them.
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=busy,
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "connect", remember_file)
    event.listen(made, "checkout", refuse_replaced_file)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # pysqlite's own transaction handling starts too late for BEGIN IMMEDIATE and for DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    for attempt in range(50):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            # The busy handler is not asked while a file changes its journal mode.
            if attempt == 49:
                raise
            time.sleep(0.02)
    # An acknowledged message must survive a power cut as well, which WAL mode gives only with FULL.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    repeatable = options.get("repere_repeatable", False)
    if repeatable != connection.info.get("repeatable", False):
        connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if repeatable else 'FULL'}")
        connection.info["repeatable"] = repeatable
    # A reader that turns writer midway is refused at once by SQLite, without waiting: hence IMMEDIATE.
    write = options.get("repere_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
