"""Figures of a span of days as charts and tables, each number a link to its conversations; the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.desk import charts, transcript
from bot.desk.context import Desk, note
from bot.desk.masking import mask
from bot.desk.rendering import render
from bot.desk.review_filters import address
from bot.desk.texts import Texts, texts
from bot.settings import get_settings
from bot.store import figures
from bot.store.figures import OUTCOMES, Span
from bot.store.sign_ins import Visitor

SPANS: Final = (7, 30, 90)
LONGEST: Final = 366


@dataclass(frozen=True)
class Report:
    """All figures of one span. ``unanswered`` texts are masked."""

    span: Span
    conversations: figures.Conversations
    outcomes: dict[date, dict[str, int]]
    topics: list[tuple[str, int]]
    ratings: list[figures.Useful]
    alerts_by_day: dict[date, int]
    claims: list[figures.Claims]
    unanswered: list[figures.Unanswered]

    @property
    def totals(self) -> dict[str, int]:
        """Messages by outcome."""
        return {name: sum(day[name] for day in self.outcomes.values()) for name in OUTCOMES}


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The page."""
    t = texts(visitor.language)
    span = _span(request)
    report = await desk.read(lambda session: report_of(session, span, t))
    await desk.write(lambda session: note(session, visitor, "figures.read", **_named(span)))
    return render(
        request,
        "figures.html",
        report=report,
        spans=SPANS,
        chosen=len(span.days),
        language_filter=span.language or "",
        link=lambda **filters: _link(span, **filters),
        bar=charts.bar,
        **_charts(report, t),
    )


async def download(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The same figures as CSV: section, item, measure, value."""
    t = texts(visitor.language)
    span = _span(request)
    report = await desk.read(lambda session: report_of(session, span, t))
    await desk.write(lambda session: note(session, visitor, "figures.exported", **_named(span)))
    written = io.StringIO()
    # Excel takes UTF-8 for granted only after a byte order mark.
    written.write("\ufeff")
    csv.writer(written).writerows([("section", "item", "measure", "value"), *map(_safe, _rows(report))])
    name = f"repere-{span.days[0].isoformat()}-{span.days[-1].isoformat()}.csv"
    return Response(
        written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def report_of(session: Session, span: Span, t: Texts) -> Report:
    """Count everything."""
    by_day, claims = figures.alerts(session, span)
    return Report(
        span,
        figures.conversations(session, span),
        figures.outcomes(session, span),
        figures.topics(session, span),
        figures.ratings(session, span),
        by_day,
        claims,
        [
            figures.Unanswered(
                row.turn_id, mask(row.text, lambda kind: transcript.stand_in(t, kind)), row.language, row.times
            )
            for row in figures.unanswered(session, span)
        ],
    )


def _span(request: Request) -> Span:
    zone = ZoneInfo(get_settings().duty_timezone)
    language = request.query_params.get("language")
    language = language if language in ("fr", "en") else None
    try:
        first = date.fromisoformat(request.query_params.get("from", ""))
        last = date.fromisoformat(request.query_params.get("to", ""))
    except ValueError:
        given = request.query_params.get("days", "")
        days = int(given) if given in map(str, SPANS) else SPANS[1]
        return figures.span_of(days, zone, datetime.now(timezone.utc), language)
    first, last = min(first, last), max(first, last)
    return figures.between(max(first, last - timedelta(days=LONGEST - 1)), last, zone, language)


def _named(span: Span) -> dict[str, str]:
    return {"first": span.days[0].isoformat(), "last": span.days[-1].isoformat()}


def _link(span: Span, **filters: Any) -> str:
    first = {"since": span.days[0].isoformat(), "to": span.days[-1].isoformat(), "language": span.language}
    return address(**{**first, **filters})


def _charts(report: Report, t: Texts) -> dict[str, Any]:
    days = report.span.days
    empty = dict.fromkeys(OUTCOMES, 0)

    def column(number: int, values: dict[str, int], title: str, *, half: bool = False, **filters: Any) -> charts.Column:
        day = days[number]
        every = charts.labelled(len(days), charts.HALF if half else charts.WIDTH)
        label = f"{day.day}/{day.month}" if number % every == 0 else ""
        return charts.Column(
            values, label, title, _link(report.span, since=day.isoformat(), to=day.isoformat(), **filters)
        )

    def outcome_chart(width: int) -> Markup:
        drawn = [
            column(number, values, said(day, values), half=width == charts.HALF)
            for number, day in enumerate(days)
            for values in [report.outcomes.get(day, empty)]
        ]
        return charts.columns(drawn, OUTCOMES, width=width)

    def said(day: date, values: dict[str, int]) -> str:
        named = ", ".join(f"{t(f'outcomes.{name}')} {values.get(name, 0)}" for name in OUTCOMES)
        return f"{day.isoformat()}: {named}"

    return {
        "outcome_chart": outcome_chart(charts.WIDTH),
        # A wide drawing has letters too small to read on a phone.
        "outcome_chart_narrow": outcome_chart(charts.HALF),
        "conversation_chart": charts.columns(
            [
                column(number, {"answer": many}, f"{day.isoformat()}: {many}", half=True)
                for number, day in enumerate(days)
                for many in [report.conversations.by_day.get(day, 0)]
            ],
            ("answer",),
            width=charts.HALF,
        ),
        "alert_chart": charts.columns(
            [
                column(number, {"escalate": many}, f"{day.isoformat()}: {many}", half=True, tier="any")
                for number, day in enumerate(days)
                for many in [report.alerts_by_day.get(day, 0)]
            ],
            ("escalate",),
            width=charts.HALF,
        ),
    }


def _rows(report: Report) -> Iterator[tuple[str, str, str, object]]:
    for day in report.span.days:
        yield "day", day.isoformat(), "conversations", report.conversations.by_day.get(day, 0)
        for outcome, many in report.outcomes.get(day, dict.fromkeys(OUTCOMES, 0)).items():
            yield "day", day.isoformat(), outcome, many
        yield "day", day.isoformat(), "alerts", report.alerts_by_day.get(day, 0)
    for language, many in sorted(report.conversations.by_language.items()):
        yield "language", language, "conversations", many
    for channel, many in sorted(report.conversations.by_channel.items()):
        yield "channel", channel, "conversations", many
    for topic, many in report.topics:
        yield "topic", topic, "answers", many
    for rating in report.ratings:
        yield "rating", rating.topic or "", "useful", rating.useful
        yield "rating", rating.topic or "", "not_useful", rating.not_useful
    for claim in report.claims:
        for measure in ("alerts", "claimed", "unanswered", "withdrawn"):
            yield "alert", claim.tier, measure, getattr(claim, measure)
        yield "alert", claim.tier, "median_seconds_to_claim", "" if claim.median is None else round(claim.median)
        yield "alert", claim.tier, "slowest_seconds_to_claim", "" if claim.slowest is None else round(claim.slowest)
    for row in report.unanswered:
        yield "unanswered", row.text, "times", row.times


def _safe(row: tuple[str, str, str, object]) -> tuple[object, ...]:
    # A cell that begins so is a formula for a spreadsheet, and patients write what they like.
    return tuple(f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row)
