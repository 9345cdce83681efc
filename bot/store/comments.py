"""Comments for the article's page: taken in as pending, decided by staff, corrected with a history."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.models import Comment, CommentRevision

Status = Literal["pending", "approved", "rejected"]


def submit(
    session: Session, *, conversation_id: str | None, text: str, display_name: str | None, language: str
) -> Comment:
    """Take in a comment for approval. Raises ValueError when there is no text."""
    comment = Comment(
        conversation_id=conversation_id,
        text=_text(text),
        display_name=(display_name or "").strip() or None,
        language=language,
        status="pending",
        created_at=now(),
    )
    session.add(comment)
    session.flush()
    return comment


def correct(
    session: Session, comment_id: int, *, text: str, display_name: str | None, staff_id: int | None = None
) -> Comment:
    """Change a comment, keeping what it said. By its author (``staff_id`` None) it has to be approved again.

    Raises NotFound, or ValueError when there is no text.
    """
    comment = get(session, comment_id)
    new_text, new_name = _text(text), (display_name or "").strip() or None
    if (new_text, new_name) == (comment.text, comment.display_name):
        return comment
    session.add(
        CommentRevision(
            comment_id=comment.id,
            text=comment.text,
            display_name=comment.display_name,
            changed_by=staff_id,
            created_at=now(),
        )
    )
    comment.text, comment.display_name = new_text, new_name
    if staff_id is None:
        comment.status, comment.reason, comment.decided_at, comment.decided_by = "pending", None, None, None
    session.flush()
    return comment


def decide(
    session: Session,
    comment_id: int,
    status: Literal["approved", "rejected"],
    *,
    staff_id: int,
    reason: str | None = None,
    at: datetime | None = None,
) -> Comment:
    """Approve or reject. Raises NotFound, or ValueError when a rejection gives no reason."""
    if status == "rejected" and not (reason or "").strip():
        raise ValueError("A rejected comment needs a reason.")
    comment = get(session, comment_id)
    comment.status = status
    comment.reason = (reason or "").strip() or None
    comment.decided_at = at or now()
    comment.decided_by = staff_id
    session.flush()
    return comment


def get(session: Session, comment_id: int) -> Comment:
    """One comment. Raises NotFound."""
    found: Comment | None = session.get(Comment, comment_id, with_for_update=True)
    if found is None:
        raise NotFound(f"There is no comment {comment_id}.")
    return found


def latest_of(session: Session, conversation_id: str) -> Comment | None:
    """The newest comment written in a conversation, None when there is none."""
    query = select(Comment).where(Comment.conversation_id == conversation_id).order_by(Comment.id.desc())
    found: Comment | None = session.execute(query.limit(1)).scalar_one_or_none()
    return found


def listing(session: Session, status: Status, *, limit: int = 100, offset: int = 0) -> list[Comment]:
    """Comments of one status: pending ones oldest first, the others newest first."""
    order = Comment.created_at if status == "pending" else Comment.created_at.desc()
    query = select(Comment).where(Comment.status == status).order_by(order, Comment.id)
    return list(session.execute(query.limit(limit).offset(offset)).scalars())


def revisions(session: Session, comment_id: int) -> list[CommentRevision]:
    """What the comment said before, oldest first."""
    query = select(CommentRevision).where(CommentRevision.comment_id == comment_id)
    return list(session.execute(query.order_by(CommentRevision.id)).scalars())


def _text(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("A comment needs some text.")
    return stripped
