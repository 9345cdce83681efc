"""The website widget's channel: ``bot.channels.widget.WidgetInput`` in credentials.yml."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

import structlog
from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, Sanic
from socketio import AsyncRedisManager, AsyncServer

from bot.channels.inlet import Handler
from bot.channels.spooled import brought_in, keep_flushed
from bot.channels.widget_comments import Comments
from bot.channels.widget_health import Health
from bot.channels.widget_http import WidgetHttp
from bot.channels.widget_origins import Origins
from bot.channels.widget_output import NAME, WidgetOutput
from bot.channels.widget_recovery import ROUND
from bot.channels.widget_socket import WidgetSocket
from bot.channels.widget_tokens import Tokens
from bot.safety.detector import assess
from bot.settings import get_settings
from bot.store.columns import now
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

SOCKET_PATH: Final = "/webhooks/widget/socket.io"
# A frame larger than this closes its connection; the longest message, in four-byte characters, stays below.
MAX_FRAME: Final = 64_000
PING_INTERVAL: Final = 15
PING_TIMEOUT: Final = 10


class WidgetInput(InputChannel):
    """Socket.io, HTTP routes and files of the widget, under ``/webhooks/widget``."""

    def __init__(self) -> None:
        self._settings = get_settings()
        self._tokens = Tokens(self._settings.secret, self._settings.widget_token_hours)
        self._origins = Origins.from_settings(self._settings)
        self._runner = StoreRunner(self._settings.store_url)
        self._server: AsyncServer | None = None
        self._socket: WidgetSocket | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._flushing: asyncio.Task[None] | None = None

    @classmethod
    def name(cls) -> str:
        """Name in addresses, events and credentials."""
        return NAME

    def get_output_channel(self) -> OutputChannel | None:
        """For lines that answer no message: those of staff and of the watchdog."""
        return WidgetOutput(self._server) if self._server is not None else None

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """The channel's routes, with the socket.io server attached."""
        server = self._server = self._socketio()
        socket = self._socket = WidgetSocket(server, on_new_message, self._settings, self._tokens, self._runner)
        comments = Comments(self._settings, self._tokens, self._runner, socket.say)
        health = Health(self._settings, self._runner)
        http = WidgetHttp(self._settings, self._tokens, self._origins, health, comments)
        blueprint = _SocketBlueprint("repere_widget", server, http)
        http.add_to(blueprint)
        blueprint.listener("after_server_start")(self._start)
        blueprint.listener("before_server_stop")(self._stop)
        return blueprint

    def _socketio(self) -> AsyncServer:
        manager = AsyncRedisManager(self._settings.redis_url, channel="repere") if self._settings.redis_url else None
        return AsyncServer(
            async_mode="sanic",
            client_manager=manager,
            # A callable gets every Origin there is; requests without one come from no foreign page.
            cors_allowed_origins=lambda origin, _: self._origins.allows(origin),
            cors_credentials=False,
            max_http_buffer_size=MAX_FRAME,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            always_connect=False,
            logger=False,
            engineio_logger=False,
        )

    async def _start(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        # Rasa has its model by now. The detector reads its lexicon at the first message, which should not wait.
        await asyncio.to_thread(assess, "")
        self._recovery = loop.create_task(self._recover(now()))
        self._flushing = loop.create_task(keep_flushed(self._settings.store_url))

    async def _recover(self, started: datetime) -> None:
        assert self._socket is not None
        await brought_in(self._settings.store_url)
        # With a Redis there are other servers, and what was not answered yet may be theirs.
        await self._socket.recover(None if self._settings.redis_url else started)
        while True:
            await asyncio.sleep(ROUND)
            await self._socket.recover()

    async def _stop(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        for task in (self._recovery, self._flushing):
            if task is not None:
                task.cancel()
        if self._socket is not None:
            await self._socket.close()


class _SocketBlueprint(Blueprint):
    """Attaches socket.io and the front page to the application when it is registered with it."""

    def __init__(self, name: str, server: AsyncServer, http: WidgetHttp) -> None:
        super().__init__(name)
        self.ctx.server = server
        self.ctx.http = http

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        self.ctx.server.attach(app, SOCKET_PATH)
        app.register_middleware(self.ctx.http.front, "request")
        super().register(app, options)
