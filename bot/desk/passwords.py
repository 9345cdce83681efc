"""Passwords of the staff: argon2id, a least length, and random ones that are read aloud without mistakes."""

from __future__ import annotations

import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# argon2-cffi's defaults are RFC 9106's second recommended option (64 MiB, 3 passes).
_HASHER: Final = PasswordHasher()
SHORTEST: Final = 12
LONGEST: Final = 200
# Without l, 1, I, O, 0.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_DUMMY: Final = _HASHER.hash("somebody who does not exist")


def hash_password(password: str) -> str:
    """The hash to store. Raises ValueError on a password shorter than 12 or longer than 200 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"A password has {SHORTEST} to {LONGEST} characters.")
    return _HASHER.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether ``password`` fits ``stored``. Takes as long for nobody (None) as for somebody."""
    try:
        return _HASHER.verify(stored or _DUMMY, password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def random_password() -> str:
    """20 characters in groups of five, about 115 bits."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(20))
    return "-".join(drawn[start : start + 5] for start in range(0, 20, 5))
