"""Comments from the form on the article's page: taken in for approval, never when they speak of danger."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.inlet import Accepted, Inbound
from bot.channels.widget_files import MAX_COMMENT
from bot.channels.widget_inlet import country_of
from bot.channels.widget_output import NAME
from bot.channels.widget_tokens import TokenRefused, Tokens
from bot.errors import MessageRefused
from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED
from bot.settings import Settings
from bot.store import comments
from bot.store.runner import StoreRunner

MAX_NAME: Final = 60
SHOWN: Final = 50


@dataclass(frozen=True)
class NewComment:
    """A comment as the form sends it. ``token``: of the conversation that the same browser has, if any."""

    text: str
    name: str | None
    language: str
    country: str | None
    token: str | None


def comment_in(body: Mapping[str, Any]) -> NewComment:
    """Read a form's content. Raises MessageRefused when there is no text, or too much of it."""
    text, name, token = body.get("text"), body.get("name"), body.get("token")
    if not isinstance(text, str) or not text.strip():
        raise MessageRefused("A comment needs some text.")
    if len(text.strip()) > MAX_COMMENT:
        raise MessageRefused(f"A comment has at most {MAX_COMMENT} characters.")
    return NewComment(
        text=text.strip(),
        name=name.strip()[:MAX_NAME] or None if isinstance(name, str) else None,
        language="en" if body.get("lang") == "en" else "fr",
        country=country_of(body.get("country")),
        token=token if isinstance(token, str) else None,
    )


class Comments:
    """``say``: takes a message into the widget's channel and has it answered there."""

    def __init__(
        self, settings: Settings, tokens: Tokens, runner: StoreRunner, say: Callable[[Inbound], Awaitable[Accepted]]
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._runner = runner
        self._say = say

    async def take(self, comment: NewComment, address: str) -> dict[str, Any]:
        """``{"status": "sent"}``, or ``{"status": "danger", …}`` with the conversation where it is answered.

        A comment that speaks of danger is no comment: it goes to the staff like any message, and its writer gets the
        safety reply in the widget. Raises StoreUnavailable when a comment cannot be kept.
        """
        opened = self._conversation(comment)
        if assess(comment.text).tier in ESCALATED:
            return await self._answer(comment, opened)
        await self._runner.write(
            lambda session: comments.submit(
                session,
                conversation_id=opened.conversation if opened and comment.token else None,
                text=comment.text,
                display_name=comment.name,
                language=comment.language,
            )
        )
        return {"status": "sent"}

    async def approved(self) -> list[dict[str, Any]]:
        """The newest approved comments. Raises StoreUnavailable."""
        found = await self._runner.read(lambda session: comments.listing(session, "approved", limit=SHOWN))
        return [
            {
                "text": comment.text,
                "name": comment.display_name,
                "language": comment.language,
                "at": comment.created_at.timestamp(),
            }
            for comment in found
        ]

    async def _answer(self, comment: NewComment, opened: Any) -> dict[str, Any]:
        held = opened or self._tokens.begin()
        await self._say(
            Inbound(
                conversation_id=held.conversation,
                text=comment.text,
                channel=NAME,
                message_id=uuid.uuid4().hex,
                language=comment.language,
                country=comment.country or self._settings.default_country or None,
                metadata={"comment_form": True},
            )
        )
        return {"status": "danger", **held.as_dict(), "limit": self._settings.max_message_length}

    def _conversation(self, comment: NewComment) -> Any:
        try:
            return self._tokens.read(comment.token) if comment.token else None
        except TokenRefused:
            return None
