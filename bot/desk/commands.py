"""What the command line does for the desk: users and tokens of the staff API."""

from __future__ import annotations

from typing import cast

from bot.desk import passwords, tokens
from bot.desk.tokens import Role, Staff
from bot.errors import NotFound
from bot.settings import get_settings
from bot.store import audit, sign_ins, staff
from bot.store.database import session_scope

FIRST_NAME = "admin"


def add_user(name: str, role: str, password: str | None = None, *, language: str | None = None) -> str:
    """Add somebody who may sign in; returns the password, a random one unless given.

    Raises ValueError on a taken name, an unknown role, or a password under 12 characters.
    """
    chosen = password or passwords.random_password()
    hashed = passwords.hash_password(chosen)
    with session_scope() as session:
        member = staff.add(
            session, name=name, role=role, password_hash=hashed, language=language or get_settings().default_language
        )
        audit.write(session, "staff.added", staff_id=None, staff_name="command line", member=member.id, role=role)
    return chosen


def first_user() -> tuple[str, str] | None:
    """Name and random password of a first admin; None when there is somebody already."""
    password = passwords.random_password()
    hashed = passwords.hash_password(password)
    with session_scope() as session:
        if staff.count(session):
            return None
        member = staff.add(
            session,
            name=FIRST_NAME,
            role="admin",
            password_hash=hashed,
            language=get_settings().default_language,
        )
        audit.write(session, "staff.added", staff_id=None, staff_name="command line", member=member.id, role="admin")
    return FIRST_NAME, password


def new_password(name: str) -> str:
    """A new random password for somebody who lost theirs; signs them out everywhere. Raises NotFound."""
    password = passwords.random_password()
    hashed = passwords.hash_password(password)
    with session_scope() as session:
        member = staff.by_name(session, name)
        if member is None:
            raise NotFound(f"There is nobody named '{name}'.")
        staff.change_password(session, member.id, hashed)
        sign_ins.unlock(session, member.name)
        audit.write(session, "staff.new_password", staff_id=None, staff_name="command line", member=member.id)
    return password


def issue_token(name: str) -> str:
    """A token for the staff API in the name of a member, good for ``desk_session_minutes``. Raises NotFound."""
    with session_scope() as session:
        member = staff.by_name(session, name)
        if member is None or member.disabled_at is not None:
            raise NotFound(f"There is nobody named '{name}' who may sign in.")
        audit.write(session, "token.issued", staff_id=None, staff_name="command line", member=member.id)
        return tokens.issue(Staff(member.id, member.display_name, cast(Role, member.role)))
