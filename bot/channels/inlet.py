"""The one way a patient's message comes in, whatever the channel.

Danger is looked for first, on the raw text; then the message and any alert are stored in one transaction (or kept on
the local disk while the database is away); only then is it acknowledged and handled.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.limits import RateLimit
from bot.content.responses import load_responses
from bot.errors import StoreUnavailable
from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED, Assessment
from bot.settings import Settings
from bot.store import inbox, spool
from bot.store.models import EventRow
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

Handler = Callable[[UserMessage], Awaitable[Any]]
# A longer message is cut in its middle before anything reads it; the detector reads all that is left.
LONGEST = 12_000
# Of this many of the bot's last lines the buttons may still be tapped.
OFFERED_LINES = 80


@dataclass(frozen=True)
class Inbound:
    """One message as a channel got it. ``text`` is what was typed, or a button's payload (``/intent``)."""

    conversation_id: str
    text: str
    channel: str
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    language: str | None = None
    country: str | None = None
    address: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """What became of a message at the door.

    state: ``new`` is to be handled; ``again`` came before and is being or was handled; ``refused`` is not
    handled, and ``reply`` is the sentence to answer. ``text`` is what Rasa is given.
    """

    state: Literal["new", "again", "refused"]
    text: str = ""
    reply: str = ""


class Inlet:
    """Takes messages in for one channel. Safe to call from the server's event loop."""

    def __init__(self, settings: Settings, runner: StoreRunner | None = None) -> None:
        self._settings = settings
        self._runner = runner or StoreRunner(settings.store_url)
        self._limit = RateLimit(settings.messages_per_minute)
        self._under_way: set[str] = set()

    async def accept(self, message: Inbound) -> Accepted:
        """Look for danger, check limits and payload, and store the message; never raises for its content."""
        text = clean(message.text)
        assessment = assess(text.lstrip("/"))
        flagged = assessment.tier in ESCALATED
        keys = [message.conversation_id, *([message.address] if message.address else [])]
        # Danger is never rate-limited; the token is taken all the same.
        if not all([self._limit.allows(key) for key in keys]) and not flagged:
            log.warning("message.refused", reason="too_many", channel=message.channel)
            return Accepted("refused", reply=self._sentence("utter_too_many", message.language))
        if text.startswith("/") and (flagged or not await self._is_offered(message.conversation_id, text)):
            text = text.lstrip("/ ")
        new = await self._store(message, text, assessment)
        if not new and message.message_id in self._under_way:
            return Accepted("again")
        return Accepted("new" if new else "again", text=text)

    async def handle(self, message: Inbound, text: str, handler: Handler, output: OutputChannel) -> None:
        """Give an accepted message to Rasa. Raises nothing: a failure is logged and answered with a sentence."""
        self._under_way.add(message.message_id)
        metadata = {**message.metadata, "language": message.language, "country": message.country}
        try:
            await handler(
                UserMessage(
                    text,
                    output,
                    message.conversation_id,
                    input_channel=message.channel,
                    message_id=message.message_id,
                    metadata=metadata,
                )
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("message.failed", channel=message.channel, kind=type(error).__name__)
            await output.send_response(
                message.conversation_id, {"text": self._sentence("utter_technical_problem", message.language)}
            )
        finally:
            self._under_way.discard(message.message_id)

    async def waiting(self, channel: str) -> list[Inbound]:
        """Messages of this channel that a stopped server left unhandled, oldest first."""

        def read(session: Session) -> list[Inbound]:
            return [
                Inbound(
                    conversation_id=row.conversation_id,
                    text=row.text or "",
                    channel=row.channel,
                    message_id=row.message_id,
                    language=(row.meta or {}).get("language"),
                    country=(row.meta or {}).get("country"),
                    metadata=row.meta or {},
                )
                for row in inbox.unhandled(session)
                if row.channel == channel
            ]

        try:
            return await self._runner.read(read)
        except StoreUnavailable:
            return []

    async def recover(self, channel: str, handler: Handler, output: Callable[[str], OutputChannel]) -> int:
        """Handle what a stopped server left behind; returns how many messages."""
        left = await self.waiting(channel)
        for message in left:
            await self.handle(message, message.text, handler, output(message.conversation_id))
        if left:
            log.warning("inbox.recovered", messages=len(left), channel=channel)
        return len(left)

    async def _store(self, message: Inbound, text: str, assessment: Assessment) -> bool:
        received = datetime.now(timezone.utc)
        values: dict[str, Any] = {
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "channel": message.channel,
            "text": text,
            "metadata": {**message.metadata, "language": message.language, "country": message.country},
            "received_at": received,
            "assessment": assessment if assessment.tier else None,
            "language": message.language,
            "country": message.country,
        }
        try:
            return (await self._runner.write(lambda session: inbox.receive(session, **values))).new
        except StoreUnavailable:
            try:
                await asyncio.to_thread(spool.put, spool.Spooled(**values))
            except StoreUnavailable:
                # Neither database nor disk: the patient is answered all the same.
                log.critical("message.not_stored", channel=message.channel, tier=assessment.tier)
            return True

    async def _is_offered(self, conversation_id: str, payload: str) -> bool:
        def read(session: Session) -> bool:
            rows = session.execute(
                select(EventRow.data)
                .where(EventRow.conversation_id == conversation_id, EventRow.type_name == "bot")
                .order_by(EventRow.id.desc())
                .limit(OFFERED_LINES)
            ).scalars()
            return any(payload == button.get("payload") for data in rows for button in _buttons(data))

        try:
            return await self._runner.read(read)
        except StoreUnavailable:
            return False

    def _sentence(self, name: str, language: str | None) -> str:
        spoken: Any = language if language in ("fr", "en") else self._settings.default_language
        return load_responses()[name].in_(spoken).text


def clean(text: str) -> str:
    """The text without control characters, cut in its middle beyond 12,000 characters, ends stripped."""
    kept = "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
    if len(kept) > LONGEST:
        kept = f"{kept[: LONGEST // 2]}\n{kept[-LONGEST // 2 :]}"
    return kept.strip()


def _buttons(data: str) -> list[dict[str, Any]]:
    found = (json.loads(data).get("data") or {}).get("buttons")
    return found if isinstance(found, list) else []
