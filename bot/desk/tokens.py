"""Signed bearer tokens of the staff: who they are and what they may do, until the token runs out."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Final, Literal

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.errors import NotAuthorised
from bot.settings import get_settings

Role = Literal["agent", "reviewer", "admin"]
_SALT: Final = "repere.staff"


@dataclass(frozen=True)
class Staff:
    """A member of the staff, as named by a token. ``id``: row id in the desk's staff table."""

    id: int
    name: str
    role: Role

    @property
    def talks(self) -> bool:
        """Whether this person may take over conversations; reviewers only read."""
        return self.role in ("agent", "admin")


def issue(staff: Staff, secret: str | None = None) -> str:
    """A token for ``staff``, signed (HMAC-SHA-256) with ``secret`` (default: ``settings.secret``)."""
    return str(_serializer(secret).dumps(asdict(staff)))


def verify(token: str, *, max_age: int | None = None, secret: str | None = None) -> Staff:
    """Who ``token`` names. ``max_age``: seconds, default ``settings.desk_session_minutes``.

    The signature is compared in constant time. Raises NotAuthorised when it is missing, forged or too old.
    """
    age = get_settings().desk_session_minutes * 60 if max_age is None else max_age
    try:
        return Staff(**_serializer(secret).loads(token, max_age=age))
    except (BadData, TypeError) as error:
        raise NotAuthorised("The token is missing, forged or too old.") from error


def _serializer(secret: str | None) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret or get_settings().secret, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )
