"""What the watchdog reads and writes: alerts whose timers run, and what the patient was told of them.

Every change is a compare-and-set on the alert's row, so that a watchdog that was killed and one that took its
place neither forget a step nor do it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store import pages
from bot.store.columns import Json
from bot.store.models import Alert, Conversation, EventRow, InboxMessage, Page

# Stage of the page that goes out when the next shift begins; above any stage of ``page_again_after``.
OPENING: Final = 100


@dataclass(frozen=True)
class RunningAlert:
    """An alert no person has taken. ``paged``: (level, stage) of its pages; ``reached``: one was delivered.

    ``with_person``: staff own its conversation, though nobody has acknowledged this alert.
    """

    id: int
    conversation_id: str
    tier: str
    language: str | None
    created_at: datetime
    told_stage: int
    told_truth: str | None
    unanswered_at: datetime | None
    paged: frozenset[tuple[str, int]]
    reached: bool
    with_person: bool


def running(session: Session, at: datetime, *, last_told: int, longest: float) -> list[RunningAlert]:
    """Alerts with a step to come, oldest first: younger than ``longest`` seconds, or with a step left undone.

    ``last_told``: the stage after which the patient is told nothing more.
    """
    undone = sa.or_(
        Alert.created_at > at - timedelta(seconds=longest),
        Alert.unanswered_at.is_(None),
        Alert.told_stage < last_told,
    )
    query = (
        sa.select(Alert, Conversation.state, Conversation.language)
        .outerjoin(Conversation, Conversation.id == Alert.conversation_id)
        .where(pages.unclaimed(), undone)
        .order_by(Alert.created_at, Alert.id)
    )
    rows = session.execute(query).all()
    sent = _pages_of(session, [alert.id for alert, _, _ in rows])
    return [_running(alert, state, language, sent.get(alert.id, {})) for alert, state, language in rows]


def waiting_since_before(session: Session, shift_start: datetime, oldest: datetime) -> list[int]:
    """Alerts raised from ``oldest`` to ``shift_start`` that no shift was paged about at its beginning."""
    paged = sa.select(sa.literal(1)).where(Page.alert_id == Alert.id, Page.stage == OPENING).correlate(Alert).exists()
    query = sa.select(Alert.id).where(
        pages.unclaimed(), Alert.created_at < shift_start, Alert.created_at >= oldest, ~paged
    )
    return list(session.execute(query.order_by(Alert.created_at)).scalars())


def hold(session: Session, alert_id: int, told_stage: int, at: datetime, until: datetime) -> bool:
    """Take the right to speak to the patient about this alert until ``until``; False: another has it."""
    free = sa.or_(Alert.telling_until.is_(None), Alert.telling_until <= at)
    return _set(session, alert_id, told_stage, {"telling_until": until}, free, pages.unclaimed())


def let_go(session: Session, alert_id: int, told_stage: int) -> None:
    """Give the right back: nothing was said."""
    _set(session, alert_id, told_stage, {"telling_until": None})


def told(session: Session, alert_id: int, told_stage: int, *, stage: int, truth: str | None) -> bool:
    """The patient was told: ``told_stage`` becomes ``stage``, ``truth`` (a response id) the last thing said.

    None leaves the last thing said as it is. False when another process was first.
    """
    values: dict[str, Any] = {"told_stage": stage, "telling_until": None}
    if truth is not None:
        values["told_truth"] = truth
    return _set(session, alert_id, told_stage, values)


def note_truth(session: Session, alert_id: int, truth: str) -> None:
    """Keep what the patient was told (a response id) when the alert came."""
    session.execute(
        sa.update(Alert)
        .where(Alert.id == alert_id)
        .values(told_truth=truth)
        .execution_options(synchronize_session=False)
    )


def unanswered(session: Session, alert_id: int, at: datetime) -> bool:
    """Write down that no person answered in time; True for the one caller who did."""
    done = session.execute(
        sa.update(Alert)
        .where(Alert.id == alert_id, Alert.unanswered_at.is_(None), pages.unclaimed())
        .values(unanswered_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def said(session: Session, conversation_id: str, since: datetime) -> frozenset[str]:
    """Ids of the responses the bot gave in this conversation from ``since`` on, after its transcript."""
    query = sa.select(sa.type_coerce(EventRow.data, Json)).where(
        EventRow.conversation_id == conversation_id,
        EventRow.type_name == "bot",
        EventRow.timestamp >= since.timestamp(),
    )
    found = ((event.get("metadata") or {}).get("utter_action") for event in session.execute(query).scalars())
    return frozenset(name for name in found if name)


def is_silent(session: Session, conversation_id: str, since: datetime) -> bool:
    """Whether the patient has written and tapped nothing after ``since``."""
    query = sa.select(InboxMessage.message_id).where(
        InboxMessage.conversation_id == conversation_id, InboxMessage.received_at > since
    )
    return session.execute(query.limit(1)).first() is None


def _set(session: Session, alert_id: int, told_stage: int, values: dict[str, Any], *conditions: Any) -> bool:
    done = session.execute(
        sa.update(Alert)
        .where(Alert.id == alert_id, Alert.told_stage == told_stage, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _pages_of(session: Session, alert_ids: list[int]) -> dict[int, dict[tuple[str, int], bool]]:
    """By alert: its pages' (level, stage) and whether one of that kind was delivered."""
    query = sa.select(Page.alert_id, Page.level, Page.stage, Page.delivered_at).where(Page.alert_id.in_(alert_ids))
    found: dict[int, dict[tuple[str, int], bool]] = {}
    for alert_id, level, stage, delivered_at in session.execute(query) if alert_ids else ():
        of_alert = found.setdefault(alert_id, {})
        of_alert[level, stage] = of_alert.get((level, stage), False) or delivered_at is not None
    return found


def _running(
    alert: Alert, state: str | None, language: str | None, sent: Mapping[tuple[str, int], bool]
) -> RunningAlert:
    return RunningAlert(
        id=alert.id,
        conversation_id=alert.conversation_id,
        tier=alert.tier,
        language=language or alert.language,
        created_at=alert.created_at,
        told_stage=alert.told_stage,
        told_truth=alert.told_truth,
        unanswered_at=alert.unanswered_at,
        paged=frozenset(sent),
        reached=any(sent.values()),
        with_person=state == "human",
    )
