"""Useful or not: what patients think of single answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bot.store.columns import now
from bot.store.models import Rating
from bot.store.statements import insert_or_ignore


def rate(
    session: Session,
    *,
    conversation_id: str,
    utterance_id: str,
    topic: str | None,
    language: str | None,
    useful: bool,
    at: datetime | None = None,
) -> bool:
    """Note a rating; a second one of the same answer replaces the first. True when it is the first."""
    moment = at or now()
    first = insert_or_ignore(
        session,
        Rating,
        conversation_id=conversation_id,
        utterance_id=utterance_id,
        topic=topic,
        language=language,
        useful=useful,
        created_at=moment,
    )
    if not first:
        query = select(Rating).where(Rating.conversation_id == conversation_id, Rating.utterance_id == utterance_id)
        row = session.execute(query).scalar_one()
        row.useful, row.created_at = useful, moment
        session.flush()
    return first


@dataclass(frozen=True)
class Score:
    """Ratings of one topic: counts."""

    topic: str | None
    useful: int
    not_useful: int


def by_topic(session: Session, *, since: datetime | None = None, language: str | None = None) -> list[Score]:
    """Counts a topic, the most often rated first."""
    query = select(
        Rating.topic,
        func.sum(case((Rating.useful.is_(True), 1), else_=0)),
        func.sum(case((Rating.useful.is_(False), 1), else_=0)),
    ).group_by(Rating.topic)
    if since is not None:
        query = query.where(Rating.created_at >= since)
    if language is not None:
        query = query.where(Rating.language == language)
    rows = session.execute(query.order_by(func.count().desc(), Rating.topic)).all()
    return [Score(topic, int(useful), int(not_useful)) for topic, useful, not_useful in rows]
