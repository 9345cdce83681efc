"""What the patient is told when a person comes or goes: the bot's own fixed texts, through the dialogue server."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import quote

import httpx
import structlog

from bot.settings import get_settings
from bot.store.conversations import log_key

log = structlog.get_logger(__name__)

Occasion = Literal["claimed", "released", "closed"]
TIMEOUT: Final = 10.0


async def announce(conversation_id: str, occasion: Occasion, *, base_url: str | None = None) -> bool:
    """Have the bot say ``utter_handoff_<occasion>``; False when the dialogue server did not. Never raises."""
    settings = get_settings()
    address = base_url or settings.bot_address
    try:
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT) as client:
            answer = await client.post(
                f"/conversations/{quote(conversation_id, safe='')}/execute",
                params={"token": settings.rasa_token, "output_channel": "latest", "include_events": "NONE"},
                json={"name": f"utter_handoff_{occasion}"},
            )
        said = answer.status_code == httpx.codes.OK
    except httpx.HTTPError:
        said = False
    if not said:
        log.warning("desk.not_announced", conversation=log_key(conversation_id), occasion=occasion)
    return said
