"""Tokens of the widget: signed, expiring, each bound to one conversation.

Whoever holds a token reads and writes the conversation named in it, and no other: the channel never takes a
conversation from anywhere else.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import NotAuthorised

_SALT: Final = "repere.widget.conversation"
Reason = Literal["expired", "forged", "foreign"]


class TokenRefused(NotAuthorised):
    """The token is too old, not ours, or for another conversation; ``reason`` says which."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The widget's token is {reason}.")
        self.reason: Reason = reason


@dataclass(frozen=True)
class Pass:
    """A conversation and the token that opens it. ``issued`` and ``expires``: epoch seconds."""

    token: str
    conversation: str
    issued: float
    expires: float

    def as_dict(self) -> dict[str, Any]:
        """What the widget is told."""
        return {"token": self.token, "conversation": self.conversation, "expires": self.expires}


class Tokens:
    """Issues and reads tokens. ``hours``: how long one holds; it may be a fraction."""

    def __init__(self, secret: str, hours: float, clock: Callable[[], float] = time.time) -> None:
        # The moment of issue stands inside, to a fraction of a second; itsdangerous' own counts whole seconds.
        self._signer = URLSafeSerializer(secret, salt=_SALT)
        self._seconds = hours * 3600
        self._clock = clock

    def begin(self) -> Pass:
        """A token for a new conversation under an id that nobody can guess (128 random bits)."""
        return self.issue(f"w-{secrets.token_hex(16)}")

    def issue(self, conversation: str) -> Pass:
        """A fresh token for ``conversation``."""
        moment = self._clock()
        token = self._signer.dumps([conversation, moment])
        return Pass(str(token), conversation, moment, moment + self._seconds)

    def read(self, token: Any, conversation: Any = None) -> Pass:
        """The pass that ``token`` stands for. Raises TokenRefused.

        ``conversation``: the one its holder believes in, if told; another one makes the token foreign.
        """
        try:
            named, issued = self._signer.loads(str(token or ""))
            expires = float(issued) + self._seconds
        except (BadSignature, ValueError, TypeError) as error:
            raise TokenRefused("forged") from error
        if expires <= self._clock():
            raise TokenRefused("expired")
        if conversation is not None and conversation != named:
            raise TokenRefused("foreign")
        return Pass(str(token), str(named), float(issued), expires)

    def is_ageing(self, issued: Pass) -> bool:
        """Whether more than half of its time is over: then its holder should get a fresh one."""
        return self._clock() - issued.issued > self._seconds / 2
