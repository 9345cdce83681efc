"""Real local servers that stand where pages and words to patients go: webhook, mail, dialogue server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtpd.controller import Controller

from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import EventRow


@dataclass
class Request:
    """One request as it came in; ``at``: when."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    at: datetime = field(default_factory=now)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = int | str | Callable[[Request], Any]


class HttpServer:
    """A server that keeps what it was sent.

    ``answer``: a status, ``hang`` (nothing comes), ``drip`` (a byte now and then), ``drop`` (the connection
    is closed), or a function of the request that returns (status, JSON value). ``headers``: sent with it.
    """

    def __init__(self, answer: Answer = 200, headers: str = "") -> None:
        self.answer = answer
        self.headers = headers
        self.requests: list[Request] = []
        self.port = 0
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/page"

    @contextlib.asynccontextmanager
    async def up(self, port: int = 0) -> AsyncIterator[HttpServer]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await server.wait_closed()

    async def asked(self, times: int, within: float = 10.0) -> None:
        """Wait until the server was asked so many times; raises TimeoutError."""
        for _ in range(int(within / 0.02)):
            if len(self.requests) >= times:
                return
            await asyncio.sleep(0.02)
        raise TimeoutError

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        target = urlsplit(head[0].split(" ")[1])
        request = Request(target.path, parse_qs(target.query), headers, body)
        self.requests.append(request)
        status, value = await self._answer(request, writer)
        content = json.dumps(value).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\n{self.headers}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(content)
        await writer.drain()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> tuple[int, Any]:
        if callable(self.answer):
            result = self.answer(request)
            result = await result if asyncio.iscoroutine(result) else result
            return result[0], result[1]
        if self.answer == "hang":
            await asyncio.sleep(60)
        if self.answer == "drop":
            raise ConnectionError
        if self.answer == "drip":
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: slow\r\n" * 100:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.1)
        return int(self.answer), {}


class DialogueServer(HttpServer):
    """Stands for Rasa: what it is told to say goes into the transcript's rows, stamped by ``clock``."""

    def __init__(self, clock: Callable[[], datetime] = now, *, knows_resume: bool = True) -> None:
        super().__init__(self._handle)
        self.clock = clock
        self.knows_resume = knows_resume
        self.status = 200
        self.delay_after_saying = 0.0
        self.said: list[tuple[str, str]] = []
        self.slots: dict[str, dict[str, Any]] = {}
        self.listening: list[str] = []
        self.tokens: set[str] = set()

    async def _handle(self, request: Request) -> tuple[int, Any]:
        conversation_id, _, verb = request.path.removeprefix("/conversations/").partition("/")
        self.tokens.add(request.query["token"][0])
        assert request.query["output_channel"] == ["latest"]
        if self.status != 200:
            return self.status, {}
        slots = self.slots.setdefault(unquote(conversation_id), {})
        if verb == "execute":
            await asyncio.to_thread(self._say, unquote(conversation_id), request.json["name"])
            self.said.append((unquote(conversation_id), request.json["name"]))
            await asyncio.sleep(self.delay_after_saying)
        elif request.json["event"] == "slot" and self.knows_resume:
            slots[request.json["name"]] = request.json["value"]
        elif request.json["event"] == "action":
            self.listening.append(unquote(conversation_id))
        return 200, {"slots": slots}

    def _say(self, conversation_id: str, response: str) -> None:
        at = self.clock().timestamp()
        event = {"event": "bot", "timestamp": at, "text": "…", "metadata": {"utter_action": response}}
        with session_scope() as session:
            session.add(
                EventRow(conversation_id=conversation_id, timestamp=at, type_name="bot", data=json.dumps(event))
            )


class _Mailbox:
    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.refused: set[str] = set()
        self.received: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.reply.startswith("2"):
            self.received.append(envelope)
        return self.reply


class MailServer:
    """A real SMTP server in a thread of its own; ``reply``: its answer to a whole message."""

    def __init__(self, reply: str = "250 OK") -> None:
        self.box = _Mailbox(reply)

    @contextlib.contextmanager
    def up(self) -> Any:
        controller = Controller(self.box, hostname="127.0.0.1", port=free_port())
        controller.start()
        try:
            yield controller.port
        finally:
            controller.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
