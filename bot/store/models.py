"""The tables of the store. All ``*_at`` columns are moments (UTC) kept as epoch seconds.

Tables of the desk (staff, audit, notes …) live with the desk and share :data:`Base`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, registry

from bot.store.columns import BIG_ID, CleanText, Id, Json, Moment, now

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Base: Any = registry(metadata=metadata).generate_base()
CONVERSATION_ID = Id(128)
MESSAGE_ID = Id(160)


class Conversation(Base):
    """One conversation: who owns it, how it goes, and the slots needed to go on without its whole history."""

    __tablename__ = "conversations"

    id: Mapped[str] = Column(CONVERSATION_ID, primary_key=True)
    channel: Mapped[str] = Column(String(32), nullable=False, default="")
    language: Mapped[str | None] = Column(String(8))
    country: Mapped[str | None] = Column(String(8))
    # --- handoff ---
    state: Mapped[str] = Column(String(8), nullable=False, default="bot")
    owner_id: Mapped[int | None] = Column(Integer)
    reason: Mapped[str | None] = Column(String(16))
    tier: Mapped[str | None] = Column(String(2))
    urgency: Mapped[int | None] = Column(Integer)
    asked_at: Mapped[datetime | None] = Column(Moment)
    waiting_since_at: Mapped[datetime | None] = Column(Moment)
    claimed_at: Mapped[datetime | None] = Column(Moment)
    closed_at: Mapped[datetime | None] = Column(Moment)
    outcome: Mapped[str | None] = Column(String(24))
    # --- summary, for review and figures ---
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    last_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    turns: Mapped[int] = Column(Integer, nullable=False, default=0)
    answered: Mapped[int] = Column(Integer, nullable=False, default=0)
    clarified: Mapped[int] = Column(Integer, nullable=False, default=0)
    fallbacks: Mapped[int] = Column(Integer, nullable=False, default=0)
    escalations: Mapped[int] = Column(Integer, nullable=False, default=0)
    lowest_confidence: Mapped[float | None] = Column(Float)
    last_topic: Mapped[str | None] = Column(String(48))
    review: Mapped[str] = Column(String(10), nullable=False, default="unread")
    # --- tracker snapshot ---
    slots: Mapped[dict[str, Any] | None] = Column(Json)
    active_loop: Mapped[str | None] = Column(String(64))
    paused: Mapped[bool] = Column(Boolean, nullable=False, default=False)
    version: Mapped[int] = Column(Integer, nullable=False, default=0)
    erased_at: Mapped[datetime | None] = Column(Moment)

    __table_args__ = (
        Index("ix_conversations_queue", "state", "urgency", "waiting_since_at"),
        Index("ix_conversations_last_at", "last_at"),
        Index("ix_conversations_language_last_at", "language", "last_at"),
        Index("ix_conversations_channel_last_at", "channel", "last_at"),
        Index("ix_conversations_last_topic_last_at", "last_topic", "last_at"),
        Index("ix_conversations_review_last_at", "review", "last_at"),
        Index("ix_conversations_confidence", "lowest_confidence", "last_at"),
    )


class EventRow(Base):
    """One tracker event, as Rasa serialises it."""

    __tablename__ = "events"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    timestamp: Mapped[float] = Column(Float(53), nullable=False)
    type_name: Mapped[str] = Column(String(40), nullable=False)
    intent_name: Mapped[str | None] = Column(String(64))
    action_name: Mapped[str | None] = Column(String(128))
    data: Mapped[str] = Column(Text, nullable=False)

    __table_args__ = (Index("ix_events_conversation_id_id", "conversation_id", "id"),)


class Turn(Base):
    """One patient message and what became of it. ``ms``: milliseconds from message to the last reply."""

    __tablename__ = "turns"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    message_id: Mapped[str] = Column(MESSAGE_ID, nullable=False)
    at: Mapped[datetime] = Column(Moment, nullable=False)
    language: Mapped[str | None] = Column(String(8))
    text: Mapped[str | None] = Column(CleanText)
    intent: Mapped[str | None] = Column(String(64))
    confidence: Mapped[float | None] = Column(Float)
    outcome: Mapped[str] = Column(String(10), nullable=False)
    topic: Mapped[str | None] = Column(String(48))
    options: Mapped[list[str] | None] = Column(Json)
    tier: Mapped[str | None] = Column(String(2))
    ms: Mapped[float | None] = Column(Float)

    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_turns_conversation_id_id", "conversation_id", "id"),
        Index("ix_turns_at", "at"),
        Index("ix_turns_outcome_at", "outcome", "at"),
        Index("ix_turns_topic_at", "topic", "at"),
        Index("ix_turns_confidence_at", "confidence", "at"),
    )


class InboxMessage(Base):
    """A message that was acknowledged to its sender. ``text`` is emptied once the message is handled."""

    __tablename__ = "inbox"

    message_id: Mapped[str] = Column(MESSAGE_ID, primary_key=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    channel: Mapped[str] = Column(String(32), nullable=False)
    text: Mapped[str | None] = Column(CleanText)
    # "metadata" is taken by SQLAlchemy's declarative classes.
    meta: Mapped[dict[str, Any] | None] = Column("metadata", Json)
    received_at: Mapped[datetime] = Column(Moment, nullable=False)
    handled_at: Mapped[datetime | None] = Column(Moment)
    attempts: Mapped[int] = Column(Integer, nullable=False, default=0)
    layer1: Mapped[str | None] = Column(String(2))

    __table_args__ = (
        Index("ix_inbox_handled_at_received_at", "handled_at", "received_at"),
        Index("ix_inbox_conversation_id", "conversation_id"),
    )


class Alert(Base):
    """One red flag: at most one a message. ``evidence``: list of {rule, source, text}."""

    __tablename__ = "alerts"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = Column(MESSAGE_ID, nullable=False)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    tier: Mapped[str] = Column(String(2), nullable=False)
    layer: Mapped[int] = Column(Integer, nullable=False)
    evidence: Mapped[list[dict[str, str]]] = Column(Json, nullable=False)
    language: Mapped[str | None] = Column(String(8))
    country: Mapped[str | None] = Column(String(8))
    channel: Mapped[str] = Column(String(32), nullable=False, default="")
    created_at: Mapped[datetime] = Column(Moment, nullable=False)
    claimed_at: Mapped[datetime | None] = Column(Moment)
    claimed_by: Mapped[int | None] = Column(Integer)
    resolved_at: Mapped[datetime | None] = Column(Moment)
    outcome: Mapped[str | None] = Column(String(24))
    withdrawn_at: Mapped[datetime | None] = Column(Moment)
    told_stage: Mapped[int] = Column(Integer, nullable=False, default=0)
    unanswered_at: Mapped[datetime | None] = Column(Moment)
    told_truth: Mapped[str | None] = Column(String(64))
    # A watchdog that speaks to the patient holds the alert until then, so that two never speak at once.
    telling_until: Mapped[datetime | None] = Column(Moment)
    # Set when a page of this alert was given up: somebody has to be reached in another way.
    page_failed_at: Mapped[datetime | None] = Column(Moment)
    erased_at: Mapped[datetime | None] = Column(Moment)

    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_alerts_conversation_id", "conversation_id"),
        Index("ix_alerts_resolved_at_created_at", "resolved_at", "created_at"),
        Index("ix_alerts_created_at", "created_at"),
    )


class Page(Base):
    """Outbox of pages: whoever delivers works from these rows. ``stage``: 0 at once, then 1, 2, 3 …"""

    __tablename__ = "pages"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    alert_id: Mapped[int] = Column(BIG_ID, ForeignKey("alerts.id"), nullable=False)
    kind: Mapped[str] = Column(String(8), nullable=False)
    level: Mapped[str] = Column(String(8), nullable=False, default="first")
    stage: Mapped[int] = Column(Integer, nullable=False, default=0)
    due_at: Mapped[datetime] = Column(Moment, nullable=False)
    attempts: Mapped[int] = Column(Integer, nullable=False, default=0)
    next_attempt_at: Mapped[datetime | None] = Column(Moment)
    delivered_at: Mapped[datetime | None] = Column(Moment)
    given_up_at: Mapped[datetime | None] = Column(Moment)
    error: Mapped[str | None] = Column(CleanText)

    __table_args__ = (
        UniqueConstraint("alert_id", "kind", "level", "stage"),
        Index("ix_pages_open", "delivered_at", "given_up_at", "next_attempt_at"),
    )


class Comment(Base):
    """A comment for the article's page. ``status``: pending, approved or rejected."""

    __tablename__ = "comments"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str | None] = Column(CONVERSATION_ID)
    text: Mapped[str] = Column(CleanText, nullable=False)
    display_name: Mapped[str | None] = Column(CleanText)
    language: Mapped[str] = Column(String(8), nullable=False)
    status: Mapped[str] = Column(String(10), nullable=False, default="pending")
    reason: Mapped[str | None] = Column(CleanText)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    decided_at: Mapped[datetime | None] = Column(Moment)
    decided_by: Mapped[int | None] = Column(Integer)

    __table_args__ = (
        Index("ix_comments_status_created_at", "status", "created_at"),
        Index("ix_comments_conversation_id", "conversation_id"),
    )


class CommentRevision(Base):
    """What a comment said before staff or its author changed it."""

    __tablename__ = "comment_revisions"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    comment_id: Mapped[int] = Column(BIG_ID, ForeignKey("comments.id"), nullable=False, index=True)
    text: Mapped[str] = Column(CleanText, nullable=False)
    display_name: Mapped[str | None] = Column(CleanText)
    changed_by: Mapped[int | None] = Column(Integer)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)


class Rating(Base):
    """Useful or not: one a shown answer, the last tap counts."""

    __tablename__ = "ratings"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    utterance_id: Mapped[str] = Column(MESSAGE_ID, nullable=False)
    topic: Mapped[str | None] = Column(String(48))
    language: Mapped[str | None] = Column(String(8))
    useful: Mapped[bool] = Column(Boolean, nullable=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)

    __table_args__ = (
        UniqueConstraint("conversation_id", "utterance_id"),
        Index("ix_ratings_created_at", "created_at"),
        Index("ix_ratings_topic", "topic"),
    )
