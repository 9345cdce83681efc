"""The first page: who is in danger now, who waits, who is being talked to, and whether anybody is on duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.desk import transcript
from bot.desk.context import Desk, note_readings
from bot.desk.masking import Masker
from bot.desk.rendering import render, severity
from bot.desk.texts import Texts, texts
from bot.desk.transcript import LineView
from bot.safety.duty import DutyHours
from bot.settings import get_settings
from bot.store import alerts, audit, staff
from bot.store.conversations import log_key
from bot.store.models import Alert, Conversation, Page
from bot.store.sign_ins import Visitor

# Cards beyond these show no last lines: with hundreds waiting nobody reads them all.
PREVIEWS = 40


@dataclass(frozen=True)
class Paging:
    """Pages of one alert: how many were delivered, whether to a second person, whether one was given up."""

    delivered: int
    second: bool
    failed: bool


@dataclass(frozen=True)
class Card:
    """One conversation in the queue. ``alert`` is its newest open alert, None for a request for a person."""

    conversation: Conversation
    key: str
    severity: str
    alert: Alert | None
    more_alerts: int
    evidence: tuple[str, ...]
    paging: Paging | None
    withdrawn: bool
    unanswered: bool
    since: datetime
    owner: str | None
    mine: bool
    lines: tuple[LineView, ...]


@dataclass(frozen=True)
class Duty:
    """``configured``: duty hours are set at all. ``resumes``: when somebody is on duty again."""

    on: bool
    configured: bool
    resumes: datetime | None


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The page."""
    return render(request, "alerts.html", **await _context(desk, visitor))


async def queue(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The changing part of the page."""
    return render(request, "_queue.html", **await _context(desk, visitor))


def duty() -> Duty:
    """Whether somebody is on duty now."""
    hours, moment = DutyHours.from_settings(get_settings()), datetime.now(timezone.utc)
    return Duty(hours.on_duty(moment), bool(hours.shifts), hours.resumes_at(moment))


async def _context(desk: Desk, visitor: Visitor) -> dict[str, Any]:
    t = texts(visitor.language)
    cards = await desk.read(lambda session: cards_of(session, visitor, t))
    shown = [card.conversation.id for card in cards if card.lines]
    unread = await desk.read(lambda session: audit.unread(session, "preview.read", visitor.id, shown))
    if unread:
        await desk.write(lambda session: note_readings(session, visitor, "preview.read", unread))
    waiting = [card for card in cards if card.conversation.state == "waiting"]
    return {
        "urgent": [card for card in waiting if card.severity != "blue"],
        "calm": [card for card in waiting if card.severity == "blue"],
        "mine": [card for card in cards if card.mine],
        "others": [card for card in cards if card.conversation.state == "human" and not card.mine],
        "duty": duty(),
    }


def cards_of(session: Session, visitor: Visitor, t: Texts) -> list[Card]:
    """Everything that waits or is being talked to, most urgent first, then the longest waiting."""
    places = alerts.queue(session, states=("waiting", "human"), limit=200)
    names = staff.names(session)
    paging = _paging(session, [alert.id for place in places for alert in place.alerts])
    return [_card(session, place, names, paging, visitor, t, number) for number, place in enumerate(places)]


def _card(
    session: Session,
    place: alerts.Waiting,
    names: dict[int, str],
    paging: dict[int, Paging],
    visitor: Visitor,
    t: Texts,
    number: int,
) -> Card:
    row = place.conversation
    # The alert that put the conversation where it is; of several of that tier the newest.
    alert = next((a for a in place.alerts if a.tier == row.tier), place.alerts[0] if place.alerts else None)
    lines = transcript.previews(session, row.id, t) if number < PREVIEWS and row.state == "waiting" else ()
    masker = Masker()
    return Card(
        conversation=row,
        key=log_key(row.id),
        severity=severity(row.tier),
        alert=alert,
        more_alerts=max(0, len(place.alerts) - 1),
        evidence=tuple(
            dict.fromkeys(
                masker.mask(piece.get("text"), lambda kind: transcript.stand_in(t, kind))
                for piece in (alert.evidence if alert else ())
                if piece.get("text")
            )
        ),
        paging=paging.get(alert.id) if alert else None,
        withdrawn=bool(place.alerts) and all(a.withdrawn_at is not None for a in place.alerts),
        unanswered=any(a.unanswered_at is not None for a in place.alerts),
        since=row.waiting_since_at or (alert.created_at if alert else row.last_at),
        owner=names.get(row.owner_id) if row.owner_id else None,
        mine=row.state == "human" and row.owner_id == visitor.id,
        lines=lines,
    )


def _paging(session: Session, alert_ids: list[int]) -> dict[int, Paging]:
    query = (
        select(
            Page.alert_id,
            func.count(Page.delivered_at),
            func.sum(case((Page.level == "second", 1), else_=0)),
            func.count(Page.given_up_at),
        )
        .where(Page.alert_id.in_(alert_ids))
        .group_by(Page.alert_id)
    )
    return {
        alert_id: Paging(delivered, bool(second), bool(failed))
        for alert_id, delivered, second, failed in session.execute(query)
    }
