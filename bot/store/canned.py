"""Ready-made lines for staff, in both languages.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import CannedReply

FIELDS = ("title_fr", "title_en", "text_fr", "text_en")


def listing(session: Session) -> list[CannedReply]:
    """All, in their order."""
    query = select(CannedReply).order_by(CannedReply.position, CannedReply.id)
    return list(session.execute(query).scalars())


def save(session: Session, reply_id: int | None, values: Mapping[str, str], *, staff_id: int | None) -> CannedReply:
    """Change one, or add one when ``reply_id`` is None. ``values`` holds title and text in both languages.

    Raises NotFound, or ValueError when a title or text is missing or too long in a language.
    """
    cleaned = {name: values.get(name, "").strip() for name in FIELDS}
    if not all(cleaned.values()):
        raise ValueError("Title and text are needed in both languages.")
    if max(len(cleaned["title_fr"]), len(cleaned["title_en"])) > 80:
        raise ValueError("A title has at most 80 characters.")
    if max(len(cleaned["text_fr"]), len(cleaned["text_en"])) > 2000:
        raise ValueError("A text has at most 2000 characters.")
    if reply_id is None:
        last = session.execute(select(func.max(CannedReply.position))).scalar()
        row: Any = CannedReply(position=(last or 0) + 1)
        session.add(row)
    else:
        row = _get(session, reply_id)
    for name, value in cleaned.items():
        setattr(row, name, value)
    row.updated_at, row.updated_by = now(), staff_id
    session.flush()
    return row  # type: ignore[no-any-return]


def remove(session: Session, reply_id: int) -> None:
    """Delete one. Raises NotFound."""
    session.delete(_get(session, reply_id))


def _get(session: Session, reply_id: int) -> CannedReply:
    found: CannedReply | None = session.get(CannedReply, reply_id)
    if found is None:
        raise NotFound("There is no such reply.")
    return found
