"""Alerts: one row a flagged message, written with the message that caused it, and the outbox of its pages.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.dialogue.handoff import HELD, highest, reason_for
from bot.errors import NotFound
from bot.safety.tiers import ESCALATED, PAGED
from bot.settings import Settings, get_settings
from bot.store import conversations, handoff
from bot.store.columns import now
from bot.store.models import Alert, Conversation, Page
from bot.store.statements import insert_or_ignore

log = structlog.get_logger(__name__)

PageKind = Literal["webhook", "email"]
PageLevel = Literal["first", "second", "manager"]
ALERTED: frozenset[str] = frozenset(ESCALATED | {"C6"})


def record(
    session: Session,
    *,
    message_id: str,
    conversation_id: str,
    tier: str,
    layer: int,
    evidence: Sequence[Mapping[str, str]],
    language: str | None,
    country: str | None,
    channel: str,
    at: datetime,
) -> tuple[Alert, bool]:
    """Write the alert of one message, once; returns it and whether it is new.

    ``evidence``: list of {rule, source, text}. A second call with a more urgent tier raises the alert, one
    with a less urgent tier changes nothing. The conversation starts waiting unless a person owns it, and pages
    of stage 0 go into the outbox for tiers that page. Raises ValueError on a tier without alert (C7, unknown).
    """
    if tier not in ALERTED:
        raise ValueError(f"Tier '{tier}' raises no alert.")
    conversation = conversations.ensure(
        session, conversation_id, channel=channel, language=language, country=country, at=at
    )
    # A message older than the erasure must still be seen, but brings no words back.
    erased = conversation.erased_at if conversation.erased_at and at <= conversation.erased_at else None
    kept = [] if erased else [dict(piece) for piece in evidence]
    created = insert_or_ignore(
        session,
        Alert,
        message_id=message_id,
        conversation_id=conversation_id,
        tier=tier,
        layer=layer,
        evidence=kept,
        language=language or conversation.language,
        country=country or conversation.country,
        channel=channel or conversation.channel,
        created_at=at,
        told_stage=0,
        erased_at=erased,
    )
    alert = session.execute(select(Alert).where(Alert.message_id == message_id)).scalar_one()
    raised = not created and highest([tier, alert.tier]) != alert.tier
    if raised:
        alert.tier = tier
        alert.evidence = [*alert.evidence, *(piece for piece in kept if piece not in alert.evidence)]
    if created or raised:
        handoff.raise_hand(conversation, reason_for(tier), tier, at)
        if tier in PAGED:
            page(session, alert.id, "first", stage=0, due_at=at)
        session.flush()
        log.info("alert.created" if created else "alert.raised", alert_id=alert.id, tier=tier, layer=layer)
    return alert, created


def page(session: Session, alert_id: int, level: PageLevel, *, stage: int, due_at: datetime) -> int:
    """Put one page per configured way into the outbox; returns how many are new. Never doubles a stage."""
    return sum(
        insert_or_ignore(
            session,
            Page,
            alert_id=alert_id,
            kind=kind,
            level=level,
            stage=stage,
            due_at=due_at,
            next_attempt_at=due_at,
            attempts=0,
        )
        for kind in page_kinds(get_settings(), level)
    )


def page_kinds(settings: Settings, level: PageLevel) -> tuple[PageKind, ...]:
    """The ways a person of ``level`` can be paged under ``settings``; empty when none is configured."""
    kinds: list[PageKind] = []
    if webhook_of(settings, level):
        kinds.append("webhook")
    if emails_of(settings, level) and settings.smtp_host:
        kinds.append("email")
    return tuple(kinds)


def webhook_of(settings: Settings, level: str) -> str:
    """The address that pages of ``level`` are posted to; empty: none."""
    addresses = {
        "first": settings.page_webhook_url,
        "second": settings.page_webhook_second_url,
        "manager": settings.page_webhook_manager_url,
    }
    return addresses.get(level, "")


def emails_of(settings: Settings, level: str) -> list[str]:
    """The addresses that pages of ``level`` are mailed to."""
    listed = {
        "first": settings.page_email_to,
        "second": settings.page_email_second_to,
        "manager": settings.page_email_manager_to,
    }
    return [address.strip() for address in listed.get(level, "").split(",") if address.strip()]


def get(session: Session, alert_id: int) -> Alert:
    """One alert. Raises NotFound."""
    found: Alert | None = session.get(Alert, alert_id)
    if found is None:
        raise NotFound(f"There is no alert {alert_id}.")
    return found


def unresolved(session: Session, *, limit: int = 500) -> list[Alert]:
    """Alerts nobody has finished with, oldest first, the withdrawn ones included."""
    query = select(Alert).where(Alert.resolved_at.is_(None)).order_by(Alert.created_at, Alert.id).limit(limit)
    return list(session.execute(query).scalars())


@dataclass(frozen=True)
class Waiting:
    """One place in the queue: the conversation and its unresolved alerts, newest first."""

    conversation: Conversation
    alerts: tuple[Alert, ...]


def queue(session: Session, *, states: Iterable[str] = ("waiting",), limit: int = 200) -> list[Waiting]:
    """Who waits for a person: most urgent first, then the longest waiting."""
    query = (
        select(Conversation)
        .where(Conversation.state.in_(tuple(states)))
        .order_by(Conversation.urgency, Conversation.waiting_since_at)
        .limit(limit)
    )
    rows = list(session.execute(query).scalars())
    if not rows:
        return []
    found = session.execute(
        select(Alert)
        .where(Alert.conversation_id.in_([row.id for row in rows]), Alert.resolved_at.is_(None))
        .order_by(Alert.id.desc())
    ).scalars()
    by_conversation: dict[str, list[Alert]] = {}
    for alert in found:
        by_conversation.setdefault(alert.conversation_id, []).append(alert)
    return [Waiting(row, tuple(by_conversation.get(row.id, ()))) for row in rows]


def withdraw(
    session: Session,
    *,
    message_id: str | None = None,
    conversation_id: str | None = None,
    at: datetime | None = None,
) -> int:
    """The patient tapped "not what I meant", for one message or all open ones; returns how many alerts changed.

    Nothing is deleted. Pages not yet sent are dropped and the conversation leaves the queue, except under C1,
    C2 and E0, where only a person decides (safety.md 5.3 rules 8 and 9). Raises NotFound without any alert.
    """
    moment = at or now()
    query = select(Alert).where(
        Alert.message_id == message_id if message_id else Alert.conversation_id == conversation_id
    )
    found = list(session.execute(query).scalars())
    if not found:
        raise NotFound("There is no alert to withdraw.")
    conversation = conversations.lock(session, found[0].conversation_id)
    open_alerts = [alert for alert in found if alert.resolved_at is None and alert.withdrawn_at is None]
    for alert in open_alerts:
        alert.withdrawn_at = moment
        if alert.tier not in HELD:
            _drop_pages(session, alert.id, moment)
    session.flush()
    if conversation is not None:
        handoff.withdraw(session, conversation)
    return len(open_alerts)


def evidence_of(findings: Iterable[Any]) -> list[dict[str, str]]:
    """The evidence of an assessment's findings as the list that :func:`record` takes."""
    return [
        {"rule": piece.rule, "source": piece.source, "text": piece.text}
        for finding in findings
        for piece in finding.evidence
    ]


def _drop_pages(session: Session, alert_id: int, at: datetime) -> None:
    session.execute(
        update(Page)
        .where(Page.alert_id == alert_id, Page.delivered_at.is_(None), Page.given_up_at.is_(None))
        .values(given_up_at=at, error="withdrawn by the patient")
        .execution_options(synchronize_session=False)
    )
