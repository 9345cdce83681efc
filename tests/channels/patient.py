"""A patient's widget without a browser: the official client of socket.io."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import socketio
from socketio.exceptions import ConnectionError as NotConnected

from tests.widget_server import WidgetServer

PATH = "webhooks/widget/socket.io"


class Patient:
    """Keeps everything the server sends. ``token``: a new conversation's unless given."""

    def __init__(self, server: WidgetServer, token: str | None = None, conversation: str | None = None) -> None:
        self.server = server
        if token is None:
            opened = server.post("token", {})[1]
            token, conversation = opened["token"], opened["conversation"]
        self.token, self.conversation = token, conversation
        self.heard: list[tuple[str, Any]] = []
        self.refusal: Any = None
        self._more = asyncio.Event()
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self._hear)
        self.client.on("connect_error", self._refused)

    async def _hear(self, event: str, *data: Any) -> None:
        self.heard.append((event, data[0] if data else None))
        self._more.set()

    async def _refused(self, data: Any) -> None:
        self.refusal = data

    async def connect(self, origin: str | None = None, transport: str = "websocket", auth: Any = None) -> None:
        try:
            await self.client.connect(
                self.server.url,
                headers={"Origin": origin} if origin else {},
                auth=auth if auth is not None else {"token": self.token, "conversation": self.conversation},
                transports=[transport],
                socketio_path=PATH,
                wait_timeout=5,
            )
        except NotConnected:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Disconnect; the client itself leaves its HTTP session open after a refusal."""
        await self.client.disconnect()
        if self.client.eio.http is not None:
            await self.client.eio.http.close()

    async def say(self, text: str, message_id: str, **more: Any) -> Any:
        body = {"id": message_id, "lang": "fr", **({"text": text} if "payload" not in more else {}), **more}
        return await self.client.call("message", body, timeout=10)

    async def sync(self, after: int = 0) -> Any:
        return await self.client.call("sync", {"after": after}, timeout=10)

    def lines(self, sender: str | None = None) -> list[dict[str, Any]]:
        found = [data for event, data in self.heard if event == "line"]
        return [line for line in found if sender is None or line["from"] == sender]

    async def until(self, event: str, count: int = 1, within: float = 8.0) -> list[Any]:
        """What came under this name, once there is enough of it."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._wait(event, count), within)
        found = [data for name, data in self.heard if name == event]
        assert len(found) >= count, f"{event}: {len(found)} of {count}; heard {[name for name, _ in self.heard]}"
        return found

    async def _wait(self, event: str, count: int) -> None:
        while sum(name == event for name, _ in self.heard) < count:
            self._more.clear()
            await self._more.wait()


@contextlib.asynccontextmanager
async def patient(server: WidgetServer, **more: Any) -> AsyncIterator[Patient]:
    """A patient who is connected."""
    found = Patient(server, **more)
    try:
        await found.connect()
        yield found
    finally:
        await found.leave()
