"""The desk's tables: staff and their sessions, the audit, and what staff add to conversations.

Moments are kept as in :mod:`bot.store.models`. Rows that belong to one conversation are forgotten with it
(:mod:`bot.store.desk_rows`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from bot.store.columns import BIG_ID, CleanText, Json, Moment, now
from bot.store.models import CONVERSATION_ID, Base


class StaffMember(Base):
    """Somebody who may sign in. ``name``: lower case, unique; ``role``: agent, reviewer or admin."""

    __tablename__ = "staff"

    id: Mapped[int] = Column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = Column(String(64), nullable=False)
    display_name: Mapped[str] = Column(String(80), nullable=False)
    role: Mapped[str] = Column(String(10), nullable=False)
    password_hash: Mapped[str] = Column(String(256), nullable=False)
    language: Mapped[str] = Column(String(2), nullable=False, default="fr")
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    disabled_at: Mapped[datetime | None] = Column(Moment)
    signed_in_at: Mapped[datetime | None] = Column(Moment)

    __table_args__ = (UniqueConstraint("name"),)


class StaffSession(Base):
    """One signed-in browser. Only the hash of its cookie is kept."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    token_hash: Mapped[str] = Column(String(64), nullable=False)
    staff_id: Mapped[int] = Column(Integer, ForeignKey("staff.id"), nullable=False, index=True)
    csrf: Mapped[str] = Column(String(64), nullable=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    seen_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    ends_at: Mapped[datetime] = Column(Moment, nullable=False)

    __table_args__ = (UniqueConstraint("token_hash"),)


class SignInFailure(Base):
    """A failed sign-in, by hash of the name tried and hash of the address it came from."""

    __tablename__ = "sign_in_failures"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    name_key: Mapped[str] = Column(String(64), nullable=False)
    address_key: Mapped[str] = Column(String(64), nullable=False)
    at: Mapped[datetime] = Column(Moment, nullable=False, default=now)

    __table_args__ = (
        Index("ix_sign_in_failures_name_key_at", "name_key", "at"),
        Index("ix_sign_in_failures_address_key_at", "address_key", "at"),
    )


class AuditEntry(Base):
    """Who read or changed what. ``detail`` never holds what a patient wrote."""

    __tablename__ = "audit"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    staff_id: Mapped[int | None] = Column(Integer)
    staff_name: Mapped[str] = Column(String(80), nullable=False, default="")
    action: Mapped[str] = Column(String(32), nullable=False)
    conversation_id: Mapped[str | None] = Column(CONVERSATION_ID)
    detail: Mapped[dict[str, Any] | None] = Column(Json)

    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_action_at", "action", "at"),
        Index("ix_audit_staff_id_at", "staff_id", "at"),
        Index("ix_audit_conversation_id_at", "conversation_id", "at"),
    )


class Note(Base):
    """A private note of the staff; patients never see it."""

    __tablename__ = "notes"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False, index=True)
    staff_id: Mapped[int] = Column(Integer, nullable=False)
    staff_name: Mapped[str] = Column(String(80), nullable=False)
    text: Mapped[str] = Column(CleanText, nullable=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)


class CannedReply(Base):
    """A ready-made line for staff, in both languages. Never medical advice."""

    __tablename__ = "canned_replies"

    id: Mapped[int] = Column(Integer, primary_key=True, autoincrement=True)
    title_fr: Mapped[str] = Column(String(80), nullable=False)
    title_en: Mapped[str] = Column(String(80), nullable=False)
    text_fr: Mapped[str] = Column(CleanText, nullable=False)
    text_en: Mapped[str] = Column(CleanText, nullable=False)
    position: Mapped[int] = Column(Integer, nullable=False, default=0)
    updated_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    updated_by: Mapped[int | None] = Column(Integer)


class Tag(Base):
    """A word staff put on conversations."""

    __tablename__ = "tags"

    id: Mapped[int] = Column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = Column(String(40), nullable=False)

    __table_args__ = (UniqueConstraint("name"),)


class ConversationTag(Base):
    """A tag on a conversation."""

    __tablename__ = "conversation_tags"

    conversation_id: Mapped[str] = Column(CONVERSATION_ID, primary_key=True)
    tag_id: Mapped[int] = Column(Integer, ForeignKey("tags.id"), primary_key=True)
    staff_id: Mapped[int] = Column(Integer, nullable=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)

    __table_args__ = (Index("ix_conversation_tags_tag_id", "tag_id", "conversation_id"),)


class Judgement(Base):
    """What a reviewer thinks of the answer to one patient message.

    ``verdict``: right, wrong_topic, incomplete or out_of_date. ``expected``: the intent it should have been.
    """

    __tablename__ = "judgements"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    turn_id: Mapped[int] = Column(BIG_ID, nullable=False)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False, index=True)
    verdict: Mapped[str] = Column(String(16), nullable=False)
    expected: Mapped[str | None] = Column(String(64))
    comment: Mapped[str | None] = Column(CleanText)
    staff_id: Mapped[int] = Column(Integer, nullable=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    updated_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    exported_at: Mapped[datetime | None] = Column(Moment)

    __table_args__ = (
        UniqueConstraint("turn_id"),
        Index("ix_judgements_verdict_conversation_id", "verdict", "conversation_id"),
    )


class SavedView(Base):
    """A named set of review filters. ``shared``: everybody who reviews sees it."""

    __tablename__ = "saved_views"

    id: Mapped[int] = Column(Integer, primary_key=True, autoincrement=True)
    staff_id: Mapped[int] = Column(Integer, ForeignKey("staff.id"), nullable=False)
    name: Mapped[str] = Column(String(60), nullable=False)
    filters: Mapped[dict[str, Any]] = Column(Json, nullable=False)
    shared: Mapped[bool] = Column(Boolean, nullable=False, default=False)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)

    __table_args__ = (UniqueConstraint("staff_id", "name"),)


class StaffReply(Base):
    """A line of staff on its way. ``state``: sending, delivered, failed or unknown.

    ``text`` goes once it is delivered. ``key`` comes from the page that sent it, so that a doubled click
    sends once. ``event_at``: epoch seconds of the transcript when the dialogue server had taken the line.
    """

    __tablename__ = "staff_replies"

    id: Mapped[int] = Column(BIG_ID, primary_key=True, autoincrement=True)
    key: Mapped[str] = Column(String(64), nullable=False)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, nullable=False)
    staff_id: Mapped[int] = Column(Integer, nullable=False)
    text: Mapped[str | None] = Column(CleanText)
    state: Mapped[str] = Column(String(10), nullable=False, default="sending")
    attempts: Mapped[int] = Column(Integer, nullable=False, default=0)
    created_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)
    event_at: Mapped[float | None] = Column(Float(53))

    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_staff_replies_conversation_id_id", "conversation_id", "id"),
    )


class Presence(Base):
    """What the patient is doing: ``typing_until_at``, the patient writes until then."""

    __tablename__ = "presence"

    conversation_id: Mapped[str] = Column(CONVERSATION_ID, primary_key=True)
    typing_until_at: Mapped[datetime | None] = Column(Moment)
    updated_at: Mapped[datetime] = Column(Moment, nullable=False, default=now)

    __table_args__ = (Index("ix_presence_updated_at", "updated_at"),)


class Reveal(Base):
    """Personal details of one conversation shown unmasked in one session, for a while."""

    __tablename__ = "reveals"

    session_id: Mapped[int] = Column(BIG_ID, primary_key=True)
    conversation_id: Mapped[str] = Column(CONVERSATION_ID, primary_key=True)
    until_at: Mapped[datetime] = Column(Moment, nullable=False)
