"""Conversation rows: made on the first sign of life, locked before any change, listed for review."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.models import Alert, Conversation, EventRow, Turn
from bot.store.statements import insert_or_ignore, read_locked

# Made once: SQLAlchemy takes longer to build it than SQLite to answer it.
_LOCKED: Final = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def log_key(conversation_id: str) -> str:
    """A short stand-in for an id in logs: on messaging channels the id itself may hold a phone number."""
    return hashlib.sha256(conversation_id.encode("utf-8", "replace")).hexdigest()[:10]


def lock(session: Session, conversation_id: str) -> Conversation | None:
    """The row, held against other writers until the transaction ends; None when there is none."""
    found: Conversation | None = session.execute(_LOCKED, {"conversation_id": conversation_id}).scalar_one_or_none()
    return found


def row(session: Session, conversation_id: str) -> Conversation | None:
    """:func:`lock` for each reply: changes are written by :func:`bot.store.statements.write_changes`."""
    return read_locked(session, Conversation, conversation_id)


def ensure(
    session: Session,
    conversation_id: str,
    *,
    channel: str = "",
    language: str | None = None,
    country: str | None = None,
    at: datetime | None = None,
    read: Callable[[Session, str], Conversation | None] = lock,
) -> Conversation:
    """The locked row, made when missing. Fills channel, language and country where they were unknown.

    ``read``: :func:`row` for who writes the changes himself.
    """
    conversation = read(session, conversation_id)
    if conversation is None:
        moment = at or now()
        insert_or_ignore(
            session,
            Conversation,
            id=conversation_id,
            channel=channel,
            language=language,
            country=country,
            state="bot",
            created_at=moment,
            last_at=moment,
            turns=0,
            answered=0,
            clarified=0,
            fallbacks=0,
            escalations=0,
            review="unread",
            paused=False,
            version=0,
        )
        conversation = read(session, conversation_id)
        assert conversation is not None
    conversation.channel = conversation.channel or channel
    conversation.language = conversation.language or language
    conversation.country = conversation.country or country
    return conversation


def get(session: Session, conversation_id: str) -> Conversation:
    """The row, not locked. Raises NotFound."""
    found: Conversation | None = session.get(Conversation, conversation_id)
    if found is None:
        raise NotFound(f"There is no conversation '{conversation_id}'.")
    return found


@dataclass(frozen=True)
class Line:
    """One line of a transcript. ``sender``: patient, bot or staff. ``at``: epoch seconds."""

    id: int
    at: float
    sender: str
    text: str | None
    data: dict[str, Any]


def transcript(session: Session, conversation_id: str, *, limit: int = 200, before_id: int | None = None) -> list[Line]:
    """The newest ``limit`` lines, oldest first; ``before_id`` pages further back."""
    query = select(EventRow).where(EventRow.conversation_id == conversation_id, EventRow.type_name.in_(("user", "bot")))
    if before_id is not None:
        query = query.where(EventRow.id < before_id)
    rows = session.execute(query.order_by(EventRow.id.desc()).limit(limit)).scalars()
    return [_line(row) for row in reversed(list(rows))]


@dataclass(frozen=True)
class Filter:
    """What to show in a review list; None means no restriction. Confidence is a share, 0..1."""

    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    channel: str | None = None
    topic: str | None = None
    confidence_below: float | None = None
    outcome: str | None = None
    review: str | None = None
    escalated: bool | None = None


def listing(session: Session, wanted: Filter, *, limit: int = 50, offset: int = 0) -> list[Conversation]:
    """Conversations that match ``wanted``, the latest first. Erased ones that nothing followed are left out."""
    query = select(Conversation).where(
        or_(Conversation.erased_at.is_(None), Conversation.last_at > Conversation.erased_at)
    )
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
    if wanted.escalated is not None:
        query = query.where(Conversation.escalations > 0 if wanted.escalated else Conversation.escalations == 0)
    for value, column in ((wanted.topic, Turn.topic), (wanted.outcome, Turn.outcome)):
        if value is not None:
            turn = select(Turn.id).where(Turn.conversation_id == Conversation.id, column == value)
            query = query.where(turn.exists())
    query = query.order_by(Conversation.last_at.desc(), Conversation.id).limit(limit).offset(offset)
    return list(session.execute(query).scalars())


def turns(session: Session, conversation_id: str, *, limit: int = 200) -> list[Turn]:
    """The newest ``limit`` patient messages with what became of them, oldest first."""
    query = select(Turn).where(Turn.conversation_id == conversation_id)
    return list(reversed(list(session.execute(query.order_by(Turn.id.desc()).limit(limit)).scalars())))


def alerts_of(session: Session, conversation_id: str) -> list[Alert]:
    """Every alert of the conversation, oldest first."""
    query = select(Alert).where(Alert.conversation_id == conversation_id).order_by(Alert.id)
    return list(session.execute(query).scalars())


def _line(row: EventRow) -> Line:
    data = json.loads(row.data)
    metadata = data.get("metadata") or {}
    sender = "patient" if row.type_name == "user" else "staff" if metadata.get("sender") == "staff" else "bot"
    return Line(row.id, row.timestamp, sender, data.get("text"), data)
