"""Who read, revealed, exported, erased or changed what. Entries are only ever added.

All functions work inside the caller's session and leave the commit to it. ``detail`` holds ids, counts and names of
settings, never what a patient wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.columns import now
from bot.store.desk_models import AuditEntry

# A page that stays open asks again and again for new lines: that is one reading.
ONE_READING: Final = timedelta(minutes=10)


def write(
    session: Session,
    action: str,
    *,
    staff_id: int | None,
    staff_name: str = "",
    conversation_id: str | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Add one entry. ``action``: ``noun.verb``, at most 32 characters."""
    session.add(
        AuditEntry(
            at=at or now(),
            staff_id=staff_id,
            staff_name=staff_name[:80],
            action=action,
            conversation_id=conversation_id,
            detail=detail or None,
        )
    )


def unread(
    session: Session, action: str, staff_id: int, conversation_ids: Iterable[str], at: datetime | None = None
) -> list[str]:
    """Those of ``conversation_ids`` whose reading by this person is not in the audit of the last ten minutes."""
    wanted = list(conversation_ids)
    query = select(AuditEntry.conversation_id).where(
        AuditEntry.staff_id == staff_id,
        AuditEntry.at > (at or now()) - ONE_READING,
        AuditEntry.action == action,
        AuditEntry.conversation_id.in_(wanted),
    )
    known = set(session.execute(query).scalars())
    return [conversation_id for conversation_id in wanted if conversation_id not in known]


@dataclass(frozen=True)
class Wanted:
    """What to list; None means no restriction. ``before_id``: entries older than this one."""

    staff_id: int | None = None
    action: str | None = None
    conversation_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


def listing(session: Session, wanted: Wanted, *, limit: int = 100) -> list[AuditEntry]:
    """Entries that match, the latest first."""
    query = select(AuditEntry)
    for value, column in (
        (wanted.staff_id, AuditEntry.staff_id),
        (wanted.action, AuditEntry.action),
        (wanted.conversation_id, AuditEntry.conversation_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before_id is not None:
        query = query.where(AuditEntry.id < wanted.before_id)
    return list(session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)).scalars())
