"""The desk's rows about one conversation: forgotten with it, and part of what a person gets when they ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.store import privacy
from bot.store.desk_models import ConversationTag, Judgement, Note, Presence, Reveal, StaffReply, Tag

# The audit stays: it holds who read what, not what was read.
OWN: Final[tuple[Any, ...]] = (Note, ConversationTag, Judgement, StaffReply, Presence, Reveal)


def forget(session: Session, conversation_ids: Sequence[str]) -> int:
    """Delete the desk's rows about these conversations; returns how many."""
    quiet = {"synchronize_session": False}
    return sum(
        session.execute(
            delete(model).where(model.conversation_id.in_(conversation_ids)).execution_options(**quiet)
        ).rowcount
        for model in OWN
    )


def count(session: Session, conversation_ids: Sequence[str]) -> int:
    """How many rows :func:`forget` would delete."""
    return sum(
        session.execute(
            select(func.count()).select_from(model).where(model.conversation_id.in_(conversation_ids))
        ).scalar_one()
        for model in OWN
    )


def export(session: Session, conversation_id: str) -> dict[str, Any]:
    """Everything stored about one conversation, the desk's rows included, as JSON values. Raises NotFound."""
    exported = privacy.export(session, conversation_id)
    models: tuple[tuple[str, Any], ...] = (
        ("notes", Note),
        ("judgements", Judgement),
        ("staff_replies", StaffReply),
    )
    for name, model in models:
        rows = session.execute(select(model).where(model.conversation_id == conversation_id)).scalars()
        exported[name] = [_plain(row) for row in rows]
    tags = select(Tag.name).join(ConversationTag, ConversationTag.tag_id == Tag.id)
    mine = tags.where(ConversationTag.conversation_id == conversation_id).order_by(Tag.name)
    exported["tags"] = list(session.execute(mine).scalars())
    return exported


def _plain(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


privacy.also("desk", forget, count)
