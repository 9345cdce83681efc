"""The outbox of pages: who still has to be told of an alert, claimed so that no two processes send the same.

A claim moves ``next_attempt_at`` into the future and counts the attempt. A sender that dies in between holds
nothing up: the page is due again when its claim runs out, under the same id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.dialogue.handoff import HELD
from bot.safety.tiers import PAGED
from bot.store.models import Alert, Page

NO_LONGER_NEEDED: Final = "no longer needed"


@dataclass(frozen=True)
class ClaimedPage:
    """A page to send now, and all that may be said about its alert. ``attempt`` counts from 1."""

    id: int
    alert_id: int
    kind: str
    level: str
    stage: int
    attempt: int
    tier: str
    conversation_id: str
    language: str | None
    country: str | None
    channel: str
    created_at: datetime


def unclaimed() -> Any:
    """SQL condition on ``alerts``: a tier that pages, and no person has it yet.

    A patient's "not what I meant" ends it too, except where only a person decides (safety.md 5.3 rules 8, 9).
    """
    return sa.and_(
        Alert.tier.in_(sorted(PAGED)),
        Alert.claimed_at.is_(None),
        Alert.resolved_at.is_(None),
        sa.or_(Alert.withdrawn_at.is_(None), Alert.tier.in_(sorted(HELD))),
    )


def any_due(session: Session, at: datetime, *, alert_id: int | None = None) -> bool:
    """Whether :func:`claim` or :func:`stop` would find work; only reads, so that idling locks nothing."""
    return session.execute(_due(sa.select(Page.id), at, alert_id).limit(1)).first() is not None


def claim(
    session: Session, at: datetime, until: datetime, *, limit: int, alert_id: int | None = None
) -> list[ClaimedPage]:
    """Take up to ``limit`` due pages (of one alert, when given), longest due first, until ``until``."""
    wanted = _due(sa.select(Page, Alert).join(Alert, Alert.id == Page.alert_id), at, alert_id)
    rows = session.execute(wanted.where(unclaimed()).order_by(Page.due_at, Page.id).limit(limit)).all()
    claimed = []
    for page, alert in rows:
        # Compare and set: under PostgreSQL another process may have read the same rows.
        taken = session.execute(
            sa.update(Page)
            .where(Page.id == page.id, Page.attempts == page.attempts, _open())
            .values(attempts=page.attempts + 1, next_attempt_at=until)
            .execution_options(synchronize_session=False)
        ).rowcount
        if taken:
            claimed.append(_claimed(page, alert, page.attempts + 1))
    return claimed


def stop(session: Session, at: datetime) -> int:
    """Close pages whose alert needs no page any more; how many."""
    needed = sa.select(Alert.id).where(unclaimed())
    closed: int = session.execute(
        sa.update(Page)
        .where(_open(), Page.alert_id.not_in(needed))
        .values(given_up_at=at, error=NO_LONGER_NEEDED)
        .execution_options(synchronize_session=False)
    ).rowcount
    return closed


def delivered(session: Session, page_id: int, at: datetime) -> None:
    """The page reached its receiver."""
    _finish(session, page_id, delivered_at=at, error=None)


def retry(session: Session, page_id: int, at: datetime, error: str) -> None:
    """The page did not get through and is due again at ``at``."""
    _finish(session, page_id, next_attempt_at=at, error=error)


def give_up(session: Session, page: ClaimedPage, at: datetime, error: str) -> None:
    """The page will not be tried again; its alert is marked, so that the desk shows it."""
    _finish(session, page.id, given_up_at=at, error=error)
    session.execute(
        sa.update(Alert)
        .where(Alert.id == page.alert_id, Alert.page_failed_at.is_(None))
        .values(page_failed_at=at)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class Reach:
    """How far an alert got. ``reached``: a page was delivered, or staff took it; ``pending``: one may be."""

    reached: bool
    pending: bool


def reach(session: Session, alert_id: int) -> Reach:
    """How far the alert got; neither reached nor pending for one that pages nobody."""
    rows = session.execute(sa.select(Page.delivered_at, Page.given_up_at).where(Page.alert_id == alert_id)).all()
    claimed_at = session.execute(sa.select(Alert.claimed_at).where(Alert.id == alert_id)).scalar()
    return Reach(
        reached=claimed_at is not None or any(row.delivered_at is not None for row in rows),
        pending=any(row.delivered_at is None and row.given_up_at is None for row in rows),
    )


def of_message(session: Session, message_id: str) -> Alert | None:
    """The alert that this message raised."""
    found: Alert | None = session.execute(sa.select(Alert).where(Alert.message_id == message_id)).scalar()
    return found


def newest_unresolved(session: Session, conversation_id: str) -> Alert | None:
    """The newest alert of the conversation that nobody has finished with."""
    query = (
        sa.select(Alert)
        .where(Alert.conversation_id == conversation_id, Alert.resolved_at.is_(None))
        .order_by(Alert.id.desc())
        .limit(1)
    )
    found: Alert | None = session.execute(query).scalar()
    return found


def _open() -> Any:
    return sa.and_(Page.delivered_at.is_(None), Page.given_up_at.is_(None))


def _due(statement: Any, at: datetime, alert_id: int | None) -> Any:
    due = statement.where(_open(), sa.func.coalesce(Page.next_attempt_at, Page.due_at) <= at)
    return due if alert_id is None else due.where(Page.alert_id == alert_id)


def _finish(session: Session, page_id: int, **values: Any) -> None:
    session.execute(
        sa.update(Page)
        .where(Page.id == page_id, Page.delivered_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _claimed(page: Page, alert: Alert, attempt: int) -> ClaimedPage:
    return ClaimedPage(
        id=page.id,
        alert_id=alert.id,
        kind=page.kind,
        level=page.level,
        stage=page.stage,
        attempt=attempt,
        tier=alert.tier,
        conversation_id=alert.conversation_id,
        language=alert.language,
        country=alert.country,
        channel=alert.channel,
        created_at=alert.created_at,
    )
