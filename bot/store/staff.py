"""Who may sign in at the desk. Names are compared in lower case; nobody is ever deleted, only disabled.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import Reveal, StaffMember, StaffSession

Role = Literal["agent", "reviewer", "admin"]
ROLES: Final[tuple[str, ...]] = get_args(Role)
LANGUAGES: Final = ("fr", "en")


def add(
    session: Session,
    *,
    name: str,
    role: str,
    password_hash: str,
    display_name: str = "",
    language: str = "fr",
) -> StaffMember:
    """A new member. Raises ValueError on a taken or empty name, an unknown role or an unknown language."""
    key = normal_name(name)
    if not key or len(key) > 64:
        raise ValueError("A name of 1 to 64 characters is needed.")
    if role not in ROLES:
        raise ValueError(f"The role has to be one of: {', '.join(ROLES)}.")
    if language not in LANGUAGES:
        raise ValueError("The language has to be fr or en.")
    if by_name(session, key) is not None:
        raise ValueError(f"There is already somebody named '{key}'.")
    member = StaffMember(
        name=key,
        display_name=(display_name or name).strip()[:80],
        role=role,
        password_hash=password_hash,
        language=language,
        created_at=now(),
    )
    session.add(member)
    session.flush()
    return member


def by_name(session: Session, name: str) -> StaffMember | None:
    """The member called ``name``, disabled ones included."""
    found: StaffMember | None = session.execute(
        select(StaffMember).where(StaffMember.name == normal_name(name))
    ).scalar_one_or_none()
    return found


def get(session: Session, staff_id: int) -> StaffMember:
    """One member. Raises NotFound."""
    found: StaffMember | None = session.get(StaffMember, staff_id)
    if found is None:
        raise NotFound(f"There is no member of the staff number {staff_id}.")
    return found


def listing(session: Session) -> list[StaffMember]:
    """Everybody, by name; the disabled ones last."""
    rows = session.execute(select(StaffMember).order_by(StaffMember.name)).scalars()
    return sorted(rows, key=lambda member: (member.disabled_at is not None, member.name))


def names(session: Session) -> dict[int, str]:
    """Display name by id, of everybody."""
    rows = session.execute(select(StaffMember.id, StaffMember.display_name)).all()
    return {row.id: row.display_name for row in rows}


def count(session: Session) -> int:
    """How many members there are, disabled ones included."""
    return int(session.execute(select(func.count()).select_from(StaffMember)).scalar_one())


def change_role(session: Session, staff_id: int, role: str) -> StaffMember:
    """Give another role. Raises NotFound, or ValueError on an unknown role or for the last admin."""
    member = get(session, staff_id)
    if role not in ROLES:
        raise ValueError(f"The role has to be one of: {', '.join(ROLES)}.")
    if role != "admin":
        _keep_an_admin(session, member)
    member.role = role
    return member


def change_password(session: Session, staff_id: int, password_hash: str) -> StaffMember:
    """Set another password; every browser of this member is signed out. Raises NotFound."""
    member = get(session, staff_id)
    member.password_hash = password_hash
    sign_out_everywhere(session, staff_id)
    return member


def disable(session: Session, staff_id: int, at: datetime | None = None) -> StaffMember:
    """Shut somebody out at once. Raises NotFound, or ValueError for the last admin."""
    member = get(session, staff_id)
    _keep_an_admin(session, member)
    member.disabled_at = at or now()
    sign_out_everywhere(session, staff_id)
    return member


def enable(session: Session, staff_id: int) -> StaffMember:
    """Let somebody sign in again. Raises NotFound."""
    member = get(session, staff_id)
    member.disabled_at = None
    return member


def sign_out_everywhere(session: Session, staff_id: int, *, but: int | None = None) -> int:
    """End all sessions of a member, except the one with id ``but``; returns how many."""
    mine = select(StaffSession.id).where(StaffSession.staff_id == staff_id, StaffSession.id != (but or 0))
    ids = list(session.execute(mine).scalars())
    quiet = {"synchronize_session": False}
    session.execute(delete(Reveal).where(Reveal.session_id.in_(ids)).execution_options(**quiet))
    session.execute(delete(StaffSession).where(StaffSession.id.in_(ids)).execution_options(**quiet))
    return len(ids)


def normal_name(name: str) -> str:
    """The form in which names are compared."""
    return " ".join(name.split()).casefold()


def _keep_an_admin(session: Session, member: StaffMember) -> None:
    others = select(StaffMember.id).where(
        StaffMember.role == "admin", StaffMember.disabled_at.is_(None), StaffMember.id != member.id
    )
    if member.role == "admin" and session.execute(others.limit(1)).first() is None:
        raise ValueError("The last admin cannot be removed.")
