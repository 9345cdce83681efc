"""A place where an alert's first minutes can be played at will."""

from __future__ import annotations

from typing import Any

import pytest

from bot.safety.paging import deliver_due
from bot.safety.watchdog import Watchdog
from bot.settings import get_settings
from tests.alerted import NOON, after, set_environment
from tests.receivers import DialogueServer, HttpServer


class Room:
    """A dialogue server, a webhook, and a watchdog whose clock the test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.moment = NOON
        self.dialogue = DialogueServer(lambda: self.moment)
        self.webhook = HttpServer()

    def configure(self, **settings: Any) -> None:
        defaults = {
            "duty_hours": "24/7",
            "rasa_token": "token-of-the-dialogue-server",
            "page_webhook_url": self.webhook.url,
            "page_webhook_second_url": f"{self.webhook.url}/second",
            "page_timeout": 1.0,
            "port": self.dialogue.port,
        }
        set_environment(self._monkeypatch, **{**defaults, **settings})

    async def at(self, seconds: float) -> None:
        """One round of everything, so many seconds after noon, by a watchdog that knows nothing of earlier ones."""
        self.moment = after(seconds)
        await Watchdog(get_settings()).advance(self.moment)
        await deliver_due(self.moment)

    async def until(self, seconds: float, step: float = 10.0) -> None:
        """A round every ``step`` seconds from the present moment on."""
        while self.moment < after(seconds):
            await self.at((self.moment - NOON).total_seconds() + step)

    def pages(self) -> list[tuple[str, int]]:
        return [(request.json["level"], request.json["stage"]) for request in self.webhook.requests]

    def said(self, conversation_id: str = "c1") -> list[str]:
        return [response for who, response in self.dialogue.said if who == conversation_id]
