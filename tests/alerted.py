"""A store with alerts in it, for tests of what happens after a red flag."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.settings import get_settings
from bot.store import alerts, database
from bot.store.models import Alert, Page

# A Wednesday in winter, 11:00 in Paris.
NOON: datetime = datetime(2026, 11, 25, 10, 0, tzinfo=timezone.utc)
# The patient's words that must never leave the house.
SECRET_WORDS = "jai avalé toute la boîte"
WEBHOOK_SECRET = "a-secret-that-both-sides-know"
_count = itertools.count(1)


def set_environment(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    """Settings by environment, as a deployed process has them; the cached object is made anew."""
    for name, value in settings.items():
        monkeypatch.setenv(f"REPERE_{name.upper()}", str(value))
    get_settings.cache_clear()


def fresh_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migrated SQLite file and clean settings, gone afterwards."""
    for name in [name for name in os.environ if name.startswith("REPERE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    set_environment(monkeypatch, var_dir=tmp_path, environment="test", database_busy_timeout=2.0)
    database.upgrade()
    yield
    database.dispose()
    get_settings.cache_clear()


def raise_alert(tier: str = "E1", at: datetime = NOON, conversation_id: str = "c1", **more: Any) -> int:
    """One alert as a flagged message leaves it, with its first pages; returns its id."""
    with database.session_scope() as session:
        alert, _ = alerts.record(
            session,
            message_id=more.get("message_id", f"m{next(_count)}"),
            conversation_id=conversation_id,
            tier=tier,
            layer=1,
            evidence=[{"rule": "r", "source": "safety.md 1.1", "text": SECRET_WORDS}],
            language=more.get("language", "fr"),
            country=more.get("country", "fr"),
            channel=more.get("channel", "widget"),
            at=at,
        )
        found: int = alert.id
        return found


def alert_row(alert_id: int) -> Alert:
    """The alert as it stands."""
    with database.session_scope(write=False) as session:
        return session.get(Alert, alert_id)


def page_rows(alert_id: int | None = None) -> list[Page]:
    """Pages as they stand, in order of their ids."""
    query = sa.select(Page).order_by(Page.id)
    with database.session_scope(write=False) as session:
        return list(session.execute(query if alert_id is None else query.where(Page.alert_id == alert_id)).scalars())


def change(alert_id: int, **values: Any) -> None:
    """Change an alert behind everybody's back."""
    with database.session_scope() as session:
        session.execute(sa.update(Alert).where(Alert.id == alert_id).values(**values))


def after(seconds: float) -> datetime:
    """So many seconds after :data:`NOON`."""
    return NOON + timedelta(seconds=seconds)
