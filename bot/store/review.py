"""The review's list: conversations that match filters, latest first, a page at a time.

Nothing here counts rows that are not shown: with 100,000 conversations a page stays as fast as with ten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, column, func, or_, select, table, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from bot.nlu.normalise import normalise, words
from bot.store.desk_models import ConversationTag, Judgement
from bot.store.models import Alert, Conversation, Rating, Turn

OUTCOMES: Final = ("answer", "clarify", "fallback", "escalate")
_COUNTED: Final[dict[str, Any]] = {
    "answer": Conversation.answered,
    "clarify": Conversation.clarified,
    "fallback": Conversation.fallbacks,
    "escalate": Conversation.escalations,
}
# The full-text index, which migrations keep in step with ``turns`` (rowid: the turn's id).
_SEARCH: Final = table("turn_search", column("rowid"))
# A searched text that is in more messages than this shows the latest of them.
MOST_HITS: Final = 10_000


@dataclass(frozen=True)
class Wanted:
    """Filters; None or empty means no restriction. Confidence is a share, 0..1; ``words_in``: a searched text.

    ``outcome``: one of OUTCOMES, at least one message ended so. ``rating``: useful or not_useful. ``tier``: of an
    alert, or ``any``. ``alike``: id of a message; conversations in which somebody wrote the same.
    """

    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    channel: str | None = None
    topic: str | None = None
    confidence_below: float | None = None
    outcome: str | None = None
    review: str | None = None
    tag: int | None = None
    rating: str | None = None
    verdict: str | None = None
    tier: str | None = None
    alike: int | None = None
    words_in: str = field(default="", repr=False)


@dataclass(frozen=True)
class Place:
    """Where a page ended: the next one begins after it."""

    last_at: float
    id: str


def page(session: Session, wanted: Wanted, *, limit: int = 50, after: Place | None = None) -> list[Conversation]:
    """Up to ``limit`` conversations with at least one message; erased ones are left out."""
    query = statement(session, wanted, limit=limit, after=after)
    if query is None:
        return []
    ids = list(session.execute(query).scalars())
    rows = session.execute(select(Conversation).where(Conversation.id.in_(ids))).scalars()
    by_id = {row.id: row for row in rows}
    return [by_id[identity] for identity in ids]


def statement(session: Session, wanted: Wanted, *, limit: int, after: Place | None = None) -> Any:
    """The query for the ids of :func:`page`; None when nothing can match.

    It walks ``ix_conversations_review`` from its end and stops at ``limit``; other tables are asked once, beforehand.
    """
    only = _Only(session)
    conditions = [
        only(Conversation.erased_at).is_(None),
        only(Conversation.turns) > 0,
        *(only(named) == value for named, value in _equal(wanted) if value is not None),
    ]
    if wanted.since is not None:
        conditions.append(Conversation.last_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Conversation.last_at < wanted.until)
    if wanted.confidence_below is not None:
        conditions.append(only(Conversation.lowest_confidence) < wanted.confidence_below)
    if wanted.outcome is not None:
        conditions.append(only(_COUNTED[wanted.outcome]) > 0)
    conditions += [only(Conversation.id).in_(subquery) for subquery in _elsewhere(wanted)]
    if wanted.words_in.strip():
        if not words_of(wanted.words_in):
            return None
        hits = select(Turn.conversation_id).where(Turn.id.in_(_turn_hits(session, wanted.words_in)))
        conditions.append(only(Conversation.id).in_(hits))
    if wanted.alike is not None:
        conditions.append(only(Conversation.id).in_(alike(session, wanted.alike)))
    if after is not None:
        same = and_(Conversation.last_at == after.last_at, Conversation.id < after.id)
        conditions += [Conversation.last_at <= after.last_at, or_(only(Conversation.last_at) < after.last_at, same)]
    query = select(Conversation.id).where(*conditions)
    return query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(limit)


def words_of(searched: str, *, most: int = 12) -> list[str]:
    """The first ``most`` words of a text, lower case and without accents, as the index holds them."""
    decomposed = unicodedata.normalize("NFD", searched.lower())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.findall(r"\w+", plain)[:most]


def alike(session: Session, turn_id: int) -> list[str]:
    """Conversations with a message that says the same as the given one, give or take case, accents and punctuation."""
    text_of = session.execute(select(Turn.text).where(Turn.id == turn_id)).scalar()
    key = words(normalise(text_of or ""))
    if not key:
        return []
    query = select(Turn.conversation_id, Turn.text).where(Turn.id.in_(_turn_hits(session, text_of or "")))
    found = [row.conversation_id for row in session.execute(query) if words(normalise(row.text or "")) == key]
    return list(dict.fromkeys(found))[:MOST_HITS]


def channels(session: Session) -> list[str]:
    """Every channel a conversation came from."""
    # One step a channel through the index instead of a walk over all rows.
    found: list[str] = []
    while True:
        query = select(func.min(Conversation.channel)).where(Conversation.channel > (found[-1] if found else ""))
        following = session.execute(query).scalar()
        if following is None:
            return found
        found.append(following)


class _Only:
    """A column to compare with, but not to look up by.

    SQLite knows nothing of how many rows match and would take a narrower index, then fetch row after row from the
    table; its unary plus forbids that. PostgreSQL has statistics and decides for itself.
    """

    def __init__(self, session: Session) -> None:
        self._sqlite = session.get_bind().dialect.name == "sqlite"

    def __call__(self, column: Any) -> Any:
        return UnaryExpression(column, operator=custom_op("+"), type_=column.type) if self._sqlite else column


def _equal(wanted: Wanted) -> tuple[tuple[Any, Any], ...]:
    return (
        (Conversation.language, wanted.language),
        (Conversation.channel, wanted.channel),
        (Conversation.review, wanted.review),
    )


def _elsewhere(wanted: Wanted) -> Iterator[Any]:
    """Ids of conversations by what other tables say of them."""
    if wanted.topic is not None:
        yield select(Turn.conversation_id).where(Turn.topic == wanted.topic)
    if wanted.tag is not None:
        yield select(ConversationTag.conversation_id).where(ConversationTag.tag_id == wanted.tag)
    if wanted.rating is not None:
        yield select(Rating.conversation_id).where(Rating.useful == (wanted.rating == "useful"))
    if wanted.verdict is not None:
        yield select(Judgement.conversation_id).where(Judgement.verdict == wanted.verdict)
    if wanted.tier is not None:
        alerts = select(Alert.conversation_id)
        yield alerts if wanted.tier == "any" else alerts.where(Alert.tier == wanted.tier)


def _turn_hits(session: Session, searched: str) -> Any:
    """A query for the ids of messages that hold all words of ``searched``, the last one perhaps unfinished."""
    found = words_of(searched)
    # People write "coeur" and "cœur"; the index keeps what they wrote.
    variants = [list(dict.fromkeys((word.replace("œ", "oe"), word.replace("oe", "œ")))) for word in found]
    postgres = session.get_bind().dialect.name == "postgresql"
    ends = [""] * (len(found) - 1) + [":*" if postgres else "*"]
    if postgres:
        match = " & ".join(
            "(" + " | ".join(word + end for word in forms) + ")" for forms, end in zip(variants, ends, strict=True)
        )
        condition = "words @@ to_tsquery('simple', :match)"
    else:
        match = " AND ".join(
            "(" + " OR ".join(f'"{word}"{end}' for word in forms) + ")"
            for forms, end in zip(variants, ends, strict=True)
        )
        condition = "turn_search MATCH :match"
    query = select(_SEARCH.c.rowid).where(text(condition).bindparams(match=match))
    return query.order_by(_SEARCH.c.rowid.desc()).limit(MOST_HITS)
