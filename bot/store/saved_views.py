"""Named sets of review filters. They never hold a searched text, which may be a person's name.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import SavedView


def save(session: Session, staff_id: int, name: str, filters: Mapping[str, str], *, shared: bool) -> SavedView:
    """Keep ``filters`` under ``name``; an earlier view of that person with that name is replaced.

    Raises ValueError on an empty or long name.
    """
    title = " ".join(name.split())
    if not title or len(title) > 60:
        raise ValueError("A view needs a name of 1 to 60 characters.")
    row: SavedView | None = session.execute(
        select(SavedView).where(SavedView.staff_id == staff_id, SavedView.name == title)
    ).scalar_one_or_none()
    if row is None:
        row = SavedView(staff_id=staff_id, name=title, created_at=now())
        session.add(row)
    row.filters = dict(filters)
    row.shared = shared
    session.flush()
    return row


def listing(session: Session, staff_id: int) -> list[SavedView]:
    """One's own views and those that are shared, by name."""
    query = select(SavedView).where(or_(SavedView.staff_id == staff_id, SavedView.shared.is_(True)))
    return list(session.execute(query.order_by(SavedView.name, SavedView.id)).scalars())


def remove(session: Session, view_id: int, staff_id: int) -> None:
    """Delete one of one's own views. Raises NotFound, also for a view of somebody else."""
    found: SavedView | None = session.get(SavedView, view_id)
    if found is None or found.staff_id != staff_id:
        raise NotFound("There is no such view.")
    session.delete(found)
