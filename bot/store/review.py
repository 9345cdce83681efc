"""The review's list: conversations that match filters, latest first, a page at a time.

Nothing here counts rows that are not shown: with 100,000 conversations a page stays as fast as with ten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from bot.nlu.normalise import normalise, words
from bot.store.desk_models import ConversationTag, Judgement
from bot.store.models import Alert, Conversation, Rating, Turn

OUTCOMES: Final = ("answer", "clarify", "fallback", "escalate")
# Literals, not parameters: only so do the databases see that their partial indexes fit.
_COUNTED: Final[dict[str, Any]] = {
    "answer": Conversation.answered > literal_column("0"),
    "clarify": Conversation.clarified > literal_column("0"),
    "fallback": Conversation.fallbacks > literal_column("0"),
    "escalate": Conversation.escalations > literal_column("0"),
}
# A searched text that is in more messages than this shows the latest of them.
MOST_HITS: Final = 5000


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
    return [] if query is None else list(session.execute(query).scalars())


def statement(session: Session, wanted: Wanted, *, limit: int, after: Place | None = None) -> Any:
    """The query of :func:`page`; None when nothing can match."""
    query = select(Conversation).where(Conversation.erased_at.is_(None), Conversation.turns > literal_column("0"))
    for value, column in (
        (wanted.language, Conversation.language),
        (wanted.channel, Conversation.channel),
        (wanted.review, Conversation.review),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(Conversation.last_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Conversation.last_at < wanted.until)
    if wanted.confidence_below is not None:
        query = query.where(Conversation.lowest_confidence < wanted.confidence_below)
    if wanted.outcome is not None:
        query = query.where(_COUNTED[wanted.outcome])
    for condition in _exists(wanted):
        query = query.where(condition)
    if words_of(wanted.words_in):
        query = query.where(Conversation.id.in_(_hits(session, wanted.words_in)))
    elif wanted.words_in.strip():
        return None
    if wanted.alike is not None:
        query = query.where(Conversation.id.in_(alike(session, wanted.alike, wanted)))
    if after is not None:
        query = query.where(
            or_(
                Conversation.last_at < after.last_at,
                and_(Conversation.last_at == after.last_at, Conversation.id > after.id),
            )
        )
    return query.order_by(Conversation.last_at.desc(), Conversation.id).limit(limit)


def words_of(searched: str) -> list[str]:
    """The words of a searched text as the index holds them."""
    return words(normalise(searched))[:12]


def alike(session: Session, turn_id: int, wanted: Wanted) -> list[str]:
    """Conversations with a message that says the same as the given one, give or take case and accents."""
    text_of = session.execute(select(Turn.text).where(Turn.id == turn_id)).scalar()
    key = normalise(text_of or "")
    if not key:
        return []
    query = select(Turn.conversation_id, Turn.text).where(Turn.id.in_(_turn_hits(session, key)))
    found = [row.conversation_id for row in session.execute(query) if normalise(row.text or "") == key]
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


def _exists(wanted: Wanted) -> list[Any]:
    conditions = []
    if wanted.topic is not None:
        conditions.append(_row(Turn, Turn.topic == wanted.topic))
    if wanted.tag is not None:
        conditions.append(_row(ConversationTag, ConversationTag.tag_id == wanted.tag))
    if wanted.rating is not None:
        conditions.append(_row(Rating, Rating.useful.is_(wanted.rating == "useful")))
    if wanted.verdict is not None:
        conditions.append(_row(Judgement, Judgement.verdict == wanted.verdict))
    if wanted.tier is not None:
        conditions.append(_row(Alert, *([] if wanted.tier == "any" else [Alert.tier == wanted.tier])))
    return conditions


def _row(model: Any, *conditions: Any) -> Any:
    found = select(literal_column("1")).where(model.conversation_id == Conversation.id, *conditions)
    return found.correlate(Conversation).exists()


def _hits(session: Session, searched: str) -> Any:
    return select(Turn.conversation_id).where(Turn.id.in_(_turn_hits(session, searched)))


def _turn_hits(session: Session, searched: str) -> Any:
    """Ids of messages that hold all words of ``searched``, the last one perhaps unfinished."""
    found = words_of(searched)
    if session.get_bind().dialect.name == "postgresql":
        match = " & ".join([*found[:-1], f"{found[-1]}:*"])
        condition = "words @@ to_tsquery('simple', :match)"
    else:
        match = " ".join([*(f'"{word}"' for word in found[:-1]), f'"{found[-1]}"*'])
        condition = "turn_search MATCH :match"
    query = text(f"SELECT rowid FROM turn_search WHERE {condition} ORDER BY rowid DESC LIMIT {MOST_HITS}")  # noqa: S608
    return query.bindparams(bindparam("match", match)).columns(Turn.id).subquery().select()
