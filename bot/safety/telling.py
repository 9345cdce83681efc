"""Speaking to a patient out of turn, through the dialogue server, which keeps texts and transcript."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final
from urllib.parse import quote

import httpx
import structlog

from bot.settings import Settings

log = structlog.get_logger(__name__)

OFF_DUTY: Final = "utter_staff_off_duty"
NOBODY: Final = "utter_staff_nobody"
# Slot from which ``utter_staff_off_duty`` takes its hour.
_RESUME: Final = "resume"
_PLAIN: Final = "/:@!$&'()*+,;=~"


class Spoken(Enum):
    """Whether a text was said; ``UNKNOWN`` when the server gave no answer, or failed on the way."""

    SAID = "said"
    NOT_SAID = "not_said"
    UNKNOWN = "unknown"


async def say(client: httpx.AsyncClient, settings: Settings, conversation_id: str, response: str) -> Spoken:
    """Have the bot say ``response`` on the channel the patient wrote from last. Never raises."""
    conversation = _Conversation(client, settings, conversation_id)
    try:
        answer = await conversation.post("execute", {"name": response})
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        log.warning("telling.failed", response=response, error=type(error).__name__)
        return Spoken.NOT_SAID
    except httpx.HTTPError as error:
        log.warning("telling.unknown", response=response, error=type(error).__name__)
        return Spoken.UNKNOWN
    if not answer.is_success:
        log.warning("telling.failed", response=response, error=f"HTTP {answer.status_code}")
        # A channel may fail after the first lines of a text: no haste to say them again.
        return Spoken.UNKNOWN if answer.is_server_error else Spoken.NOT_SAID
    try:
        # Policies expect the bot to be listening when the next message comes.
        await conversation.post("tracker/events", {"event": "action", "name": "action_listen"})
    except httpx.HTTPError as error:
        log.warning("telling.not_listening", response=response, error=type(error).__name__)
    return Spoken.SAID


async def off_duty_response(
    client: httpx.AsyncClient, settings: Settings, conversation_id: str, resume: str | None
) -> str:
    """The response that says that nobody is on duty: with the hour, if the tracker has taken one."""
    if resume is None:
        return NOBODY
    conversation = _Conversation(client, settings, conversation_id)
    try:
        answer = await conversation.post("tracker/events", {"event": "slot", "name": _RESUME, "value": resume})
        slots: dict[str, Any] = answer.json().get("slots") or {} if answer.is_success else {}
    except (httpx.HTTPError, ValueError):
        return NOBODY
    return OFF_DUTY if slots.get(_RESUME) == resume else NOBODY


class _Conversation:
    """One conversation at the dialogue server."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, conversation_id: str) -> None:
        base = f"{settings.bot_address}/conversations"
        self._client = client
        # Sanic hands path parameters on as they came, so only what an address cannot hold is escaped.
        self._base = f"{base}/{quote(conversation_id, safe=_PLAIN)}"
        self._query = {"output_channel": "latest", "token": settings.rasa_token}

    async def post(self, path: str, content: dict[str, Any]) -> httpx.Response:
        return await self._client.post(f"{self._base}/{path}", params=self._query, json=content)
