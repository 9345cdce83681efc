"""Signed-in browsers of the staff, and how often somebody tried in vain.

All functions work inside the caller's session and leave the commit to it. Cookies, names and addresses are only kept
as hashes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.store.columns import now
from bot.store.desk_models import Reveal, SignInFailure, StaffMember, StaffSession
from bot.store.staff import normal_name

# A person is shut out after this many failures within WINDOW; an address, behind which a whole hospital may sit,
# only after many more.
FAILURES_OF_A_NAME: Final = 5
FAILURES_OF_AN_ADDRESS: Final = 40
WINDOW: Final = timedelta(minutes=15)
# Nobody stays signed in longer than a long shift, however busy.
LONGEST: Final = timedelta(hours=12)
# "Seen" is written at most this often, so that reading pages does not write all the time.
_SEEN_EVERY: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. ``id``: row id of the member; ``session_id``: of this browser's session."""

    id: int
    name: str
    login: str
    role: str
    language: str
    session_id: int
    csrf: str


def locked(session: Session, name: str, address: str, at: datetime | None = None) -> bool:
    """Whether too many sign-ins failed lately for this name, known or not, or from this address."""
    since = (at or now()) - WINDOW
    return any(
        session.execute(
            select(func.count()).select_from(SignInFailure).where(column == key, SignInFailure.at > since)
        ).scalar_one()
        >= most
        for column, key, most in (
            (SignInFailure.name_key, _key("name", normal_name(name)), FAILURES_OF_A_NAME),
            (SignInFailure.address_key, _key("address", address), FAILURES_OF_AN_ADDRESS),
        )
    )


def note_failure(session: Session, name: str, address: str, at: datetime | None = None) -> None:
    """Count a failed sign-in; old ones are forgotten."""
    moment = at or now()
    old = delete(SignInFailure).where(SignInFailure.at < moment - WINDOW)
    session.execute(old.execution_options(synchronize_session=False))
    session.add(
        SignInFailure(name_key=_key("name", normal_name(name)), address_key=_key("address", address), at=moment)
    )


def unlock(session: Session, name: str) -> int:
    """Forget the failures of a name; returns how many there were."""
    gone = session.execute(
        delete(SignInFailure)
        .where(SignInFailure.name_key == _key("name", normal_name(name)))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)


def start(session: Session, member: StaffMember, idle: timedelta, at: datetime | None = None) -> str:
    """Sign ``member`` in; returns the secret for the cookie. Ends after ``idle`` without a request."""
    moment = at or now()
    _forget_ended(session, moment)
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_key("session", token),
            staff_id=member.id,
            csrf=secrets.token_urlsafe(32),
            created_at=moment,
            seen_at=moment,
            ends_at=moment + min(idle, LONGEST),
        )
    )
    member.signed_in_at = moment
    session.flush()
    return token


def visitor(session: Session, token: str, at: datetime | None = None) -> Visitor | None:
    """Who holds the cookie ``token``; None when it is unknown, over, or its member is disabled. Only reads."""
    query = (
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _key("session", token),
            StaffSession.ends_at > (at or now()),
            StaffMember.disabled_at.is_(None),
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, member = found
    return Visitor(member.id, member.display_name, member.name, member.role, member.language, row.id, row.csrf)


def needs_touch(session: Session, session_id: int, at: datetime | None = None) -> bool:
    """Whether :func:`touch` would change anything."""
    seen = session.execute(select(StaffSession.seen_at).where(StaffSession.id == session_id)).scalar()
    return seen is not None and seen < (at or now()) - _SEEN_EVERY


def touch(session: Session, session_id: int, idle: timedelta, at: datetime | None = None) -> None:
    """A request came: the session lasts another ``idle``, within its longest duration."""
    moment = at or now()
    row = session.get(StaffSession, session_id)
    if row is not None:
        row.seen_at = moment
        row.ends_at = min(moment + idle, row.created_at + LONGEST)


def end(session: Session, session_id: int) -> None:
    """Sign this browser out."""
    quiet = {"synchronize_session": False}
    session.execute(delete(Reveal).where(Reveal.session_id == session_id).execution_options(**quiet))
    session.execute(delete(StaffSession).where(StaffSession.id == session_id).execution_options(**quiet))


def change_language(session: Session, staff_id: int, language: str) -> None:
    """The desk speaks ``language`` to this member from now on."""
    session.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id)
        .values(language=language)
        .execution_options(synchronize_session=False)
    )


def _forget_ended(session: Session, moment: datetime) -> None:
    quiet = {"synchronize_session": False}
    ended = select(StaffSession.id).where(StaffSession.ends_at < moment)
    session.execute(delete(Reveal).where(Reveal.session_id.in_(ended)).execution_options(**quiet))
    session.execute(delete(StaffSession).where(StaffSession.ends_at < moment).execution_options(**quiet))


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}\x00{value}".encode("utf-8", "replace")).hexdigest()
