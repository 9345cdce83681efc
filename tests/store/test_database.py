"""Engines, units of work, schema."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.errors import SettingsError, StoreUnavailable
from bot.settings import get_settings
from bot.store import conversations, database
from bot.store.columns import CleanText, Json, Moment, now
from bot.store.database import session_scope
from bot.store.models import Base, Comment, Conversation
from bot.store.statements import insert_or_ignore


def test_one_engine_for_an_address(sqlite_url: str) -> None:
    assert database.engine(sqlite_url) is database.engine(sqlite_url)


def test_schema_is_what_the_models_say(url: str) -> None:
    def ours(_: object, __: str, kind: str, reflected: bool, other: object) -> bool:
        # Tables of the desk belong to the desk's own models.
        return not (kind in ("table", "index") and reflected and other is None)

    with database.engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_twice_and_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/repere.db"
    code = f"from bot.store.database import upgrade; upgrade({url!r})"
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    database.upgrade(url)
    with session_scope(url) as session:
        conversations.ensure(session, "c")
    database.dispose(url)


def test_sqlite_runs_in_wal_mode_with_busy_timeout(sqlite_url: str) -> None:
    with database.engine(sqlite_url).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        busy = get_settings().database_busy_timeout * 1000
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == busy


def test_only_repeatable_work_is_not_forced_to_the_disk(sqlite_url: str) -> None:
    levels = []
    for repeatable in (False, True, True, False):
        with database.session_scope(sqlite_url, repeatable=repeatable) as session:
            levels.append(session.execute(sa.text("PRAGMA synchronous")).scalar())
    assert levels == [2, 1, 1, 2]  # FULL, NORMAL


def test_rolls_back_when_anything_is_raised(url: str) -> None:
    def fail() -> None:
        with session_scope(url) as session:
            conversations.ensure(session, "c")
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with session_scope(url, write=False) as session:
        assert session.get(Conversation, "c") is None


def test_locked_file_is_unavailable_but_readable(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.2")
    get_settings.cache_clear()
    with session_scope(sqlite_url) as session:
        conversations.ensure(session, "c")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailable) as raised, session_scope(sqlite_url) as session:
            conversations.ensure(session, "d")
        assert "SELECT" not in str(raised.value)
        with session_scope(sqlite_url, write=False) as session:
            assert conversations.get(session, "c").id == "c"
    finally:
        other.close()


def test_a_file_that_is_away_is_not_made_anew(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    database.dispose(sqlite_url)
    path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreUnavailable), session_scope(sqlite_url) as session:
        conversations.ensure(session, "c")
    assert not path.exists()


def test_a_file_put_back_from_a_backup_is_used_at_once(sqlite_url: str, sqlite_template: Path) -> None:
    with session_scope(sqlite_url) as session:
        conversations.ensure(session, "old")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    shutil.copy(sqlite_template, path.with_suffix(".backup"))
    path.with_suffix(".backup").rename(path)
    with session_scope(sqlite_url) as session:
        assert session.get(Conversation, "old") is None
        conversations.ensure(session, "new")
    other = sqlite3.connect(path)
    assert other.execute("SELECT id FROM conversations").fetchall() == [("new",)]
    other.close()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(SettingsError, match="lost with its process"):
        database.engine("sqlite://")


def test_unreachable_server_is_unavailable(tmp_path: Path) -> None:
    url = f"postgresql://nobody@/none?host={tmp_path}"
    with pytest.raises(StoreUnavailable), session_scope(url) as session:
        session.execute(sa.text("SELECT 1"))
    database.dispose(url)


def test_a_server_that_went_away_is_unavailable_then_used_again(postgres_url: str) -> None:
    with session_scope(postgres_url) as session:
        conversations.ensure(session, "c")
        killer = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")

    def lose_the_connection() -> None:
        with session_scope(postgres_url) as session:
            pid = session.execute(sa.text("SELECT pg_backend_pid()")).scalar()
            with killer.connect() as connection:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            conversations.ensure(session, "d")

    with pytest.raises(StoreUnavailable):
        lose_the_connection()
    killer.dispose()
    with session_scope(postgres_url) as session:
        assert session.get(Conversation, "c") is not None
        assert session.get(Conversation, "d") is None


def test_insert_or_ignore_tells_whether_it_inserted(url: str) -> None:
    moment = now()
    values = {"id": "c", "created_at": moment, "last_at": moment, "channel": "rest"}
    counts = dict.fromkeys(("turns", "answered", "clarified", "fallbacks", "escalations", "version"), 0)
    more = {"state": "bot", "review": "unread", "paused": False}
    with session_scope(url) as session:
        assert insert_or_ignore(session, Conversation, **values, **counts, **more)
        assert not insert_or_ignore(session, Conversation, **values, **counts, **more)


def test_two_writers_make_one_conversation(url: str) -> None:
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            barrier.wait()
            with session_scope(url) as session:
                conversations.ensure(session, "c").turns += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with session_scope(url, write=False) as session:
        assert conversations.get(session, "c").turns == 4


def test_moments_come_back_in_utc(url: str) -> None:
    paris = datetime(2026, 11, 23, 1, 30, 0, 250000, tzinfo=timezone(timedelta(hours=1)))
    with session_scope(url) as session:
        conversations.ensure(session, "c", at=paris)
    with session_scope(url, write=False) as session:
        found = conversations.get(session, "c").created_at
        seconds = session.execute(sa.text("SELECT created_at FROM conversations")).scalar()
    assert found == paris
    assert found.tzinfo is timezone.utc
    assert seconds == pytest.approx(paris.timestamp())


def test_naive_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), None)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud83db", "é’ 😀 ‏عربي"])
def test_any_text_can_be_stored(url: str, text: str) -> None:
    with session_scope(url) as session:
        session.add(Comment(text=text, language="fr", display_name=text))
    with session_scope(url, write=False) as session:
        stored = session.execute(sa.select(Comment.text)).scalar()
    assert stored == CleanText().process_bind_param(text, None)
    assert "\x00" not in stored


def test_json_takes_numbers_of_other_libraries() -> None:
    class Number:
        def __float__(self) -> float:
            return 0.5

    assert Json().process_bind_param({"x": Number(), "y": {1}}, None) == '{"x": 0.5, "y": "{1}"}'
