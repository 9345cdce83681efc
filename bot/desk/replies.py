"""Staff messages on their way to the patient: through the dialogue server, in order, into the one transcript."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx
import structlog

from bot.desk.tokens import Staff
from bot.settings import Settings, get_settings
from bot.store.conversations import log_key

log = structlog.get_logger(__name__)

Delivery = Literal["delivered", "failed", "unknown"]
TIMEOUT: Final = 10.0


@dataclass(frozen=True)
class Sent:
    """``delivered``: in the transcript and handed to the patient's channel. ``failed``: certainly not.

    ``unknown``: the dialogue server did not say in time. ``at``: epoch seconds of the transcript's newest event.
    """

    state: Delivery
    at: float | None = None


class Replies:
    """Sends lines of staff to the dialogue server, one conversation's lines one after the other."""

    def __init__(self, settings: Settings | None = None, base_url: str | None = None) -> None:
        chosen = settings or get_settings()
        # The dialogue server takes its token in the address, which httpx would log.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(base_url=base_url or chosen.bot_address, timeout=TIMEOUT)
        self._token = chosen.rasa_token
        self._turns: dict[str, _Turn] = {}

    @contextlib.asynccontextmanager
    async def turn(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait for one's turn: whoever asks first, sends first."""
        turn = self._turns.setdefault(conversation_id, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[conversation_id]

    async def send(self, conversation_id: str, staff: Staff, text: str) -> Sent:
        """Deliver one line, marked as coming from a person. Call it inside :meth:`turn`; never raises."""
        event = {
            "event": "bot",
            "text": text,
            "data": {"custom": None},
            "metadata": {"sender": "staff", "staff_id": staff.id, "staff_name": staff.name},
        }
        sent = await self._post(conversation_id, event)
        log.info("reply.sent", conversation=log_key(conversation_id), staff_id=staff.id, state=sent.state)
        return sent

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, conversation_id: str, event: dict[str, Any]) -> Sent:
        path = f"/conversations/{quote(conversation_id, safe='')}/tracker/events"
        params = {
            "token": self._token,
            "output_channel": "latest",
            "execute_side_effects": "true",
            "include_events": "NONE",
        }
        try:
            answer = await self._client.post(path, params=params, json=event)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Sent("failed")
        except httpx.HTTPError:
            return Sent("unknown")
        if answer.status_code != httpx.codes.OK:
            return Sent("failed")
        try:
            return Sent("delivered", answer.json().get("latest_event_time"))
        except ValueError:
            return Sent("unknown")


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
