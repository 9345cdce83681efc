"""The one way a patient's message comes in, whatever the channel.

Danger is looked for first, on the raw text; then the message and any alert are stored in one transaction (or kept on
the local disk while the database is away); only then is it acknowledged and handled.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any, Final, Literal

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.inbound import Accepted, Inbound, clean
from bot.channels.limits import RateLimit
from bot.channels.offered import was_offered
from bot.dialogue.without_rasa import after_failure, words
from bot.errors import StoreUnavailable
from bot.nlu import encoder, sentences
from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED, Assessment
from bot.settings import Settings
from bot.store import handoff, inbox, just_read, spool
from bot.store.in_order import InOrder
from bot.store.models import Conversation
from bot.store.runner import StoreRunner

__all__ = ["Accepted", "Handler", "Inbound", "Inlet", "clean"]

log = structlog.get_logger(__name__)

Handler = Callable[[UserMessage], Awaitable[Any]]
# Messages remembered as handled, for senders who try again while the database cannot tell.
REMEMBERED: Final = 2_000
_STAFF_READ: Final = frozenset({"waiting", "human"})


class Inlet:
    """Takes messages in for one channel. To be called from the server's event loop only."""

    def __init__(self, settings: Settings, runner: StoreRunner | None = None) -> None:
        self._settings = settings
        self._runner = runner or StoreRunner(settings.store_url)
        self._limit = RateLimit(settings.messages_per_minute)
        self._order = InOrder()
        self._claimed: set[str] = set()
        self._handled: OrderedDict[str, None] = OrderedDict()

    async def accept(self, message: Inbound) -> Accepted:
        """Look for danger, check limits and payload, and store the message; never raises for its content.

        ``new`` claims it: it has to be given to :meth:`handle`. A message that was stored and not handled, because
        a server stopped, is ``new`` once more.
        """
        if message.message_id in self._claimed or message.message_id in self._handled:
            return Accepted("again")
        self._claimed.add(message.message_id)
        try:
            accepted = await self._take_in(message)
        except BaseException:
            self._claimed.discard(message.message_id)
            raise
        if accepted.state != "new":
            self._claimed.discard(message.message_id)
        return accepted

    async def handle(self, message: Inbound, text: str, handler: Handler, output: OutputChannel) -> bool:
        """Give an accepted message to Rasa, one of a conversation at a time, in the order of these calls.

        Raises nothing: a failure is logged and answered, with the safety block if the message means danger. Returns
        whether Rasa handled it; if not, the next start or the next time it is sent tries again.
        """
        try:
            async with self._order.turn(message.conversation_id):
                # Sent again and taken up again at once, a message could come here twice.
                if message.message_id not in self._handled:
                    await handler(_user_message(message, text, output))
                self._remember(message.message_id)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("message.failed", channel=message.channel, kind=type(error).__name__)
            await self._apologise(message, text, output)
            return False
        finally:
            self._claimed.discard(message.message_id)
        return True

    def _remember(self, message_id: str) -> None:
        self._handled[message_id] = None
        while len(self._handled) > REMEMBERED:
            self._handled.popitem(last=False)

    async def _take_in(self, message: Inbound) -> Accepted:
        text = clean(message.text)
        assessment = assess(text.lstrip("/"))
        flagged = assessment.tier in ESCALATED
        keys = [message.conversation_id, *([message.address] if message.address else [])]
        # Danger is never rate-limited; the token is taken all the same.
        if not all([self._limit.allows(key) for key in keys]) and not flagged:
            return await self._refused("too_many", message)
        # A person can read a long message, and danger is never sent back to be shortened.
        too_long = len(message.text.strip()) > self._settings.max_message_length
        if too_long and not flagged and not await self._is_with_staff(message.conversation_id):
            return await self._refused("too_long", message)
        if text.startswith("/") and (flagged or not await self._is_offered(message.conversation_id, text)):
            text = text.lstrip("/ ").strip()
        is_open = await self._store(message, text, assessment)
        return Accepted("new" if is_open else "again", text=text)

    async def _refused(self, reason: Literal["too_many", "too_long"], message: Inbound) -> Accepted:
        log.warning("message.refused", reason=reason, channel=message.channel)
        return Accepted("refused", reply=await self._words(f"utter_{reason}", message), reason=reason)

    async def _is_with_staff(self, conversation_id: str) -> bool:
        try:
            return await self._runner.read(lambda session: handoff.state(session, conversation_id)) in _STAFF_READ
        except StoreUnavailable:
            return False

    async def _store(self, message: Inbound, text: str, assessment: Assessment) -> bool:
        """Whether the message is still to be handled."""
        values: dict[str, Any] = {
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "channel": message.channel,
            "text": text,
            "metadata": _metadata(message),
            "received_at": datetime.now(timezone.utc),
            "assessment": assessment if assessment.tier else None,
            "language": message.language,
            "country": message.country,
        }
        try:
            since = time.time()
            receipt = await self._runner.write(
                lambda session: inbox.receive(session, **values), meanwhile=lambda: _begin_to_understand(text)
            )
            if not self._settings.redis_url:
                read = just_read.Snapshot(receipt.version, receipt.state, since)
                just_read.note(self._runner.address, message.conversation_id, read)
            return not receipt.handled
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                log.error("message.store_failed", channel=message.channel, kind=type(error).__name__)
        try:
            await asyncio.to_thread(spool.put, spool.Spooled(**values))
        except Exception as error:
            # Neither database nor disk: the patient is answered all the same.
            log.critical("message.not_stored", channel=message.channel, tier=assessment.tier, kind=type(error).__name__)
        return True

    async def _is_offered(self, conversation_id: str, payload: str) -> bool:
        try:
            return await self._runner.read(lambda session: was_offered(session, conversation_id, payload))
        except StoreUnavailable:
            return False

    async def _apologise(self, message: Inbound, text: str, output: OutputChannel) -> None:
        name = after_failure(text, assess(text))
        said = {"text": await self._words(name, message), "utter_action": name}
        try:
            await output.send_response(message.conversation_id, said)
        except Exception as error:
            log.critical("message.not_answered", channel=message.channel, kind=type(error).__name__)

    async def _words(self, name: str, message: Inbound) -> str:
        """A text said without Rasa, in the conversation's language and with its country's numbers if known."""
        language, country = message.language, message.country
        try:
            row = await self._runner.read(lambda session: session.get(Conversation, message.conversation_id))
        except StoreUnavailable:
            row = None
        if row is not None:
            language, country = row.language or language, row.country or country
        return words(name, language, country, self._settings.default_language)


def _begin_to_understand(text: str) -> None:
    try:
        encoder.begin([part for _, part in sentences.parts(text)])
    except Exception as error:
        # It will be met again where it belongs, and answered there.
        log.error("message.not_begun", kind=type(error).__name__)


def _user_message(message: Inbound, text: str, output: OutputChannel) -> UserMessage:
    return UserMessage(
        text,
        output,
        message.conversation_id,
        input_channel=message.channel,
        message_id=message.message_id,
        metadata=_metadata(message),
    )


def _metadata(message: Inbound) -> dict[str, Any]:
    return {**message.metadata, "language": message.language, "country": message.country}
