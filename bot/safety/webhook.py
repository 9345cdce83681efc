"""Pages as signed webhooks.

A receiver checks one so: ``X-Repere-Signature`` is ``sha256=`` and the hex HMAC-SHA256, under the shared
secret, of ``X-Repere-Timestamp`` + ``.`` + body; the timestamp (epoch seconds) is recent; an
``Idempotency-Key`` (the page's id) seen before is answered 2xx and not acted on again, for a sender may die
before it notes success.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import httpx

from bot.safety import delivery, notice
from bot.safety.delivery import Attempt
from bot.settings import Settings
from bot.store import alerts
from bot.store.pages import ClaimedPage


async def send(page: ClaimedPage, client: httpx.AsyncClient, settings: Settings) -> Attempt:
    """POST one page. Without ``page_webhook_secret`` it goes unsigned: an unsigned page beats none.

    Raises what httpx raises on the way.
    """
    url = alerts.webhook_of(settings, page.level)
    if not url:
        return Attempt(False, error="not configured")
    content = json.dumps(notice.payload(page, settings), separators=(",", ":")).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(page.id),
        "X-Repere-Timestamp": timestamp,
    }
    if settings.page_webhook_secret:
        headers["X-Repere-Signature"] = sign(settings.page_webhook_secret, timestamp, content)
    # Streamed, so that a receiver's endless answer costs nothing: the status is all that counts.
    async with client.stream("POST", url, content=content, headers=headers) as response:
        return delivery.of_response(response)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Value of ``X-Repere-Signature`` for a body sent at ``timestamp`` (epoch seconds)."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"
