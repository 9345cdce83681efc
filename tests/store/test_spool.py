"""Receipts on disk while the database is away."""

from __future__ import annotations

import sqlite3
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, func, select

from bot.errors import StoreUnavailable
from bot.safety.tiers import Assessment, Evidence, Finding
from bot.settings import get_settings
from bot.store import alerts, inbox, spool
from bot.store.database import session_scope
from bot.store.models import Alert, InboxMessage

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
DANGER = Assessment(
    tier="C1",
    findings=(Finding("C1", (Evidence("pills", "safety.md 2.3", "her pills lined up"),)),),
    body=None,
    mind="C1",
    third_person=True,
)


def message(number: int = 0, assessment: Assessment | None = DANGER) -> spool.Spooled:
    return spool.Spooled(
        message_id=f"m/{number}\ud83d",
        conversation_id="c",
        channel="widget",
        text="she's got her pills lined up\non the table",
        metadata={"n": number},
        received_at=T0 + timedelta(seconds=number),
        assessment=assessment,
        language="en",
        country="ie",
    )


def test_kept_on_disk_for_the_owner_only() -> None:
    path = spool.put(message())
    assert path.parent == get_settings().spool_dir
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 1
    assert spool.pending() == [path]


def test_written_once_when_the_database_is_back(url: str) -> None:
    for number in (2, 0, 1, 0):
        spool.put(message(number, DANGER if number else None))
    assert len(spool.pending()) == 3
    assert spool.flush(url) == 3
    assert spool.flush(url) == 0
    with session_scope(url, write=False) as session:
        rows = list(session.execute(select(InboxMessage).order_by(InboxMessage.received_at)).scalars())
        found = alerts.unresolved(session)
    assert [row.meta["n"] for row in rows] == [0, 1, 2]
    assert rows[0].text == "she's got her pills lined up\non the table"
    assert [alert.tier for alert in found] == ["C1", "C1"]
    assert found[0].evidence == [{"rule": "pills", "source": "safety.md 2.3", "text": "her pills lined up"}]
    assert found[0].created_at == T0 + timedelta(seconds=1)


def test_stays_while_the_database_is_locked(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_DATABASE_BUSY_TIMEOUT", "0.1")
    get_settings.cache_clear()
    spool.put(message())
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        spool.flush(sqlite_url)
    assert len(spool.pending()) == 1
    other.close()
    assert spool.flush(sqlite_url) == 1


def test_a_crash_between_commit_and_removal_does_no_harm(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.put(message())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            spool.flush(url)
    assert spool.flush(url) == 1
    with session_scope(url, write=False) as session:
        assert session.execute(select(func.count()).select_from(Alert)).scalar() == 1


def test_several_processes_may_flush_at_once(url: str) -> None:
    for number in range(10):
        spool.put(message(number))
    threads = [threading.Thread(target=spool.flush, args=(url,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_scope(url, write=False) as session:
        assert session.execute(select(func.count()).select_from(Alert)).scalar() == 10
    assert spool.pending() == []


def test_an_unreadable_file_is_set_aside(sqlite_url: str) -> None:
    path = spool.put(message())
    path.with_name("0-bad.jsonl").write_text("{half")
    assert spool.flush(sqlite_url) == 1
    assert [found.name for found in path.parent.iterdir()] == ["0-bad.bad"]


def test_what_the_database_refuses_is_set_aside_loudly(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        path = spool.put(message(number))
    real = inbox.receive

    def receive(session: Any, **values: Any) -> inbox.Receipt:
        if values["metadata"] == {"n": 1}:
            raise exc.DataError("INSERT", {}, ValueError("her pills lined up"))
        return real(session, **values)

    monkeypatch.setattr(inbox, "receive", receive)
    assert spool.flush(sqlite_url) == 2
    assert [found.suffix for found in path.parent.iterdir()] == [".bad"]
    logged = "".join(capfd.readouterr())
    assert "spool.refused" in logged
    assert "pills" not in logged


def test_any_other_failure_keeps_it(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.put(message())
    with monkeypatch.context() as patch:
        patch.setattr(
            inbox, "receive", lambda *_, **__: (_ for _ in ()).throw(exc.ProgrammingError("SELECT", {}, None))
        )
        with pytest.raises(exc.ProgrammingError):
            spool.flush(sqlite_url)
    assert spool.flush(sqlite_url) == 1


def test_a_full_disk_is_unavailable(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreUnavailable):
        spool.put(message(), blocked)
