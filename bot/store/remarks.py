"""What staff add to a conversation: private notes, tags, a review state, and for how long details are revealed.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import ConversationTag, Note, Reveal, Tag
from bot.store.models import Conversation
from bot.store.statements import insert_or_ignore

REVIEW_STATES: Final = ("unread", "todo", "reviewed", "flagged")
REVEALED_FOR: Final = timedelta(minutes=15)
LONGEST_NOTE: Final = 4000


def add_note(session: Session, conversation_id: str, *, staff_id: int, staff_name: str, text: str) -> Note:
    """A private note. Raises ValueError when it is empty or longer than 4,000 characters."""
    stripped = text.strip()
    if not stripped or len(stripped) > LONGEST_NOTE:
        raise ValueError(f"A note has 1 to {LONGEST_NOTE} characters.")
    note = Note(
        conversation_id=conversation_id,
        staff_id=staff_id,
        staff_name=staff_name,
        text=stripped,
        created_at=now(),
    )
    session.add(note)
    session.flush()
    return note


def notes(session: Session, conversation_id: str) -> list[Note]:
    """Notes of a conversation, oldest first."""
    query = select(Note).where(Note.conversation_id == conversation_id).order_by(Note.id)
    return list(session.execute(query).scalars())


def set_review(session: Session, conversation_id: str, state: str) -> None:
    """Mark a conversation. Raises ValueError on an unknown state, NotFound without such a conversation."""
    if state not in REVIEW_STATES:
        raise ValueError(f"The state has to be one of: {', '.join(REVIEW_STATES)}.")
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(review=state)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:
        raise NotFound("There is no such conversation.")


def tag(session: Session, conversation_id: str, name: str, *, staff_id: int) -> Tag:
    """Put a tag on a conversation; a new word becomes a new tag. Raises ValueError on an empty or long word."""
    word = " ".join(name.split()).lower()
    if not word or len(word) > 40:
        raise ValueError("A tag has 1 to 40 characters.")
    insert_or_ignore(session, Tag, name=word)
    found: Tag = session.execute(select(Tag).where(Tag.name == word)).scalar_one()
    insert_or_ignore(
        session,
        ConversationTag,
        conversation_id=conversation_id,
        tag_id=found.id,
        staff_id=staff_id,
        created_at=now(),
    )
    return found


def untag(session: Session, conversation_id: str, tag_id: int) -> None:
    """Take a tag off; a tag that is on nothing any more is forgotten."""
    quiet = {"synchronize_session": False}
    session.execute(
        delete(ConversationTag)
        .where(ConversationTag.conversation_id == conversation_id, ConversationTag.tag_id == tag_id)
        .execution_options(**quiet)
    )
    used = select(ConversationTag.tag_id).where(ConversationTag.tag_id == tag_id).limit(1)
    if session.execute(used).first() is None:
        session.execute(delete(Tag).where(Tag.id == tag_id).execution_options(**quiet))


def tags(session: Session) -> list[Tag]:
    """Every tag, by name."""
    return list(session.execute(select(Tag).order_by(Tag.name)).scalars())


def tags_of(session: Session, conversation_ids: Iterable[str]) -> dict[str, list[Tag]]:
    """Tags by conversation, each list by name; conversations without tags are left out."""
    query = (
        select(ConversationTag.conversation_id, Tag)
        .join(Tag, Tag.id == ConversationTag.tag_id)
        .where(ConversationTag.conversation_id.in_(list(conversation_ids)))
        .order_by(Tag.name)
    )
    found: dict[str, list[Tag]] = {}
    for conversation_id, row in session.execute(query):
        found.setdefault(conversation_id, []).append(row)
    return found


def reveal(session: Session, conversation_id: str, session_id: int, at: datetime | None = None) -> datetime:
    """Show personal details of this conversation in this browser for 15 minutes; returns until when."""
    until = (at or now()) + REVEALED_FOR
    insert_or_ignore(session, Reveal, session_id=session_id, conversation_id=conversation_id, until_at=until)
    session.execute(
        update(Reveal)
        .where(Reveal.session_id == session_id, Reveal.conversation_id == conversation_id)
        .values(until_at=until)
        .execution_options(synchronize_session=False)
    )
    return until


def hide(session: Session, conversation_id: str, session_id: int) -> None:
    """Mask again at once."""
    session.execute(
        delete(Reveal)
        .where(Reveal.session_id == session_id, Reveal.conversation_id == conversation_id)
        .execution_options(synchronize_session=False)
    )


def revealed_until(
    session: Session, conversation_id: str, session_id: int, at: datetime | None = None
) -> datetime | None:
    """Until when details are shown in this browser; None while they are masked."""
    query = select(Reveal.until_at).where(Reveal.session_id == session_id, Reveal.conversation_id == conversation_id)
    until: datetime | None = session.execute(query).scalar()
    return until if until is not None and until > (at or now()) else None
