"""What the desk counts: conversations, outcomes, topics, ratings, alerts, unanswered messages.

Days are those of the staff's time zone. A span goes from ``since`` to before ``until``.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Float, Integer, case, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from bot.nlu.normalise import normalise, words
from bot.store.models import Alert, Conversation, Rating, Turn

OUTCOMES: Final = ("answer", "clarify", "fallback", "escalate")
# Unanswered messages beyond this many are not read; the latest ones count.
MOST_UNANSWERED: Final = 5000


@dataclass(frozen=True)
class Span:
    """What is counted. ``language``: of conversation or message, None for all."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    language: str | None = None

    @property
    def days(self) -> list[date]:
        """Every day of the span, in the staff's time zone."""
        first = self.since.astimezone(self.zone).date()
        last = (self.until - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True)
class Conversations:
    """Begun in the span: by day, language and channel; counts."""

    by_day: dict[date, int]
    by_language: dict[str, int]
    by_channel: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_day.values())


@dataclass(frozen=True)
class Claims:
    """Alerts of one tier. Times from alert to claim in seconds, None when nothing was claimed."""

    tier: str
    alerts: int
    claimed: int
    unanswered: int
    withdrawn: int
    median: float | None
    slowest: float | None


@dataclass(frozen=True)
class Useful:
    """Ratings of one topic: counts."""

    topic: str | None
    useful: int
    not_useful: int


@dataclass(frozen=True)
class Unanswered:
    """A message the bot had no answer to. ``turn_id``: of its latest occurrence; ``text``: not masked yet."""

    turn_id: int
    text: str
    language: str | None
    times: int


def conversations(session: Session, span: Span) -> Conversations:
    """Conversations begun in the span that hold at least one message."""
    half_hour = _half_hour(session, Conversation.created_at)
    query = select(half_hour, Conversation.language, Conversation.channel, func.count()).where(
        Conversation.created_at >= span.since, Conversation.created_at < span.until
    )
    if span.language:
        query = query.where(Conversation.language == span.language)
    by_day, by_language, by_channel = Counter[date](), Counter[str](), Counter[str]()
    for number, language, channel, many in session.execute(
        query.group_by(half_hour, Conversation.language, Conversation.channel)
    ):
        by_day[_day(number, span.zone)] += many
        by_language[language or ""] += many
        by_channel[channel or ""] += many
    return Conversations(dict(by_day), dict(by_language), dict(by_channel))


def outcomes(session: Session, span: Span) -> dict[date, dict[str, int]]:
    """Messages by day and outcome; silent ones (while a person had the conversation) are left out."""
    half_hour = _half_hour(session, Turn.at)
    query = _turns(select(half_hour, Turn.outcome, func.count()), span).where(Turn.outcome.in_(OUTCOMES))
    counted: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys(OUTCOMES, 0))
    for number, outcome, many in session.execute(query.group_by(half_hour, Turn.outcome)):
        counted[_day(number, span.zone)][outcome] += many
    return dict(counted)


def topics(session: Session, span: Span) -> list[tuple[str, int]]:
    """Answered messages by topic, the most frequent first."""
    query = _turns(select(Turn.topic, func.count()), span).where(Turn.outcome == "answer", Turn.topic.is_not(None))
    rows = session.execute(query.group_by(Turn.topic).order_by(func.count().desc(), Turn.topic)).all()
    return [(topic, many) for topic, many in rows]


def ratings(session: Session, span: Span) -> list[Useful]:
    """Useful or not by topic, the most often rated first."""
    query = select(
        Rating.topic,
        func.sum(case((Rating.useful.is_(True), 1), else_=0)),
        func.sum(case((Rating.useful.is_(False), 1), else_=0)),
    ).where(Rating.created_at >= span.since, Rating.created_at < span.until)
    if span.language:
        query = query.where(Rating.language == span.language)
    rows = session.execute(query.group_by(Rating.topic).order_by(func.count().desc(), Rating.topic)).all()
    return [Useful(topic, int(useful), int(not_useful)) for topic, useful, not_useful in rows]


def alerts(session: Session, span: Span) -> tuple[dict[date, int], list[Claims]]:
    """Alerts by day, and by tier with the times to claim."""
    query = select(Alert.tier, Alert.created_at, Alert.claimed_at, Alert.unanswered_at, Alert.withdrawn_at).where(
        Alert.created_at >= span.since, Alert.created_at < span.until
    )
    if span.language:
        query = query.where(Alert.language == span.language)
    rows = session.execute(query.order_by(Alert.created_at)).all()
    by_day = Counter(row.created_at.astimezone(span.zone).date() for row in rows)
    by_tier: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_tier[row.tier].append(row)
    return dict(by_day), [_claims(tier, found) for tier, found in sorted(by_tier.items())]


def unanswered(session: Session, span: Span, *, limit: int = 20) -> list[Unanswered]:
    """The most frequent messages without an answer, alike but for case, accents and punctuation counted together."""
    query = _turns(select(Turn.id, Turn.text, Turn.language), span).where(
        Turn.outcome == "fallback", Turn.text.is_not(None)
    )
    latest: dict[str, Any] = {}
    times = Counter[str]()
    for row in session.execute(query.order_by(Turn.at.desc()).limit(MOST_UNANSWERED)):
        key = " ".join(words(normalise(row.text)))
        if key:
            latest.setdefault(key, row)
            times[key] += 1
    return [
        Unanswered(latest[key].id, latest[key].text, latest[key].language, many)
        for key, many in times.most_common(limit)
    ]


def span_of(days: int, zone: ZoneInfo, at: datetime, language: str | None = None) -> Span:
    """The last ``days`` whole days up to now, today included."""
    last = at.astimezone(zone).date()
    return between(last - timedelta(days=days - 1), last, zone, language)


def between(first: date, last: date, zone: ZoneInfo, language: str | None = None) -> Span:
    """From the beginning of ``first`` to the end of ``last``."""
    return Span(_midnight(first, zone), _midnight(last + timedelta(days=1), zone), zone, language)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def _turns(query: Any, span: Span) -> Any:
    query = query.where(Turn.at >= span.since, Turn.at < span.until)
    return query.where(Turn.language == span.language) if span.language else query


def _half_hour(session: Session, column: Any) -> Any:
    halves = type_coerce(column, Float) / 1800
    # PostgreSQL's cast rounds, SQLite's cuts off and may lack floor().
    postgres = session.get_bind().dialect.name == "postgresql"
    return (cast(func.floor(halves), Integer) if postgres else cast(halves, Integer)).label("half_hour")


def _day(half_hour: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(half_hour * 1800, zone).date()


def _claims(tier: str, rows: Iterable[Any]) -> Claims:
    found = list(rows)
    times = [(row.claimed_at - row.created_at).total_seconds() for row in found if row.claimed_at is not None]
    return Claims(
        tier,
        alerts=len(found),
        claimed=len(times),
        unanswered=sum(row.unanswered_at is not None for row in found),
        withdrawn=sum(row.withdrawn_at is not None for row in found),
        median=statistics.median(times) if times else None,
        slowest=max(times, default=None),
    )
