"""How long one patient waits for a reply, over REST and over the widget's channel."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx
import numpy as np
import socketio

from bot.bench.servers import Servers, say
from bot.errors import ProcessError

# Messages a conversation has before the next one begins.
TURNS: Final = 10
_REPLY_WITHIN: Final = 60.0
_SOCKET: Final = "webhooks/widget/socket.io"


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 of some times, in their unit."""
    return {f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)}


def over_rest(servers: Servers, texts: Sequence[str], tick: Callable[[], None]) -> list[float]:
    """Milliseconds to each whole reply, one message at a time, in conversations of ten turns."""
    times = []
    with httpx.Client(base_url=servers.base, timeout=_REPLY_WITHIN) as client:
        for start in range(0, len(texts), TURNS):
            sender = f"rest-{secrets.token_hex(8)}"
            for text in texts[start : start + TURNS]:
                times.append(say(client, sender, text))
                tick()
    return times


def over_widget(servers: Servers, texts: Sequence[str], tick: Callable[[], None]) -> list[float]:
    """The same over the widget's socket: from sending until the bot has stopped writing."""

    async def talk() -> list[float]:
        times = []
        for start in range(0, len(texts), TURNS):
            times += await _conversation(servers, texts[start : start + TURNS], tick)
        return times

    return asyncio.run(talk())


async def _conversation(servers: Servers, texts: Sequence[str], tick: Callable[[], None]) -> list[float]:
    async with httpx.AsyncClient(base_url=servers.base) as http:
        opened: dict[str, Any] = (await http.post("/webhooks/widget/token", json={})).json()
    client = socketio.AsyncClient(reconnection=False)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(event: str, *data: Any) -> None:
        if event == "line":
            heard.put_nowait("line")
        elif event == "typing" and data and not data[0].get("on"):
            heard.put_nowait("end")

    client.on("*", hear)
    auth = {"token": opened["token"], "conversation": opened["conversation"]}
    await client.connect(servers.base, auth=auth, transports=["websocket"], socketio_path=_SOCKET)
    times = []
    try:
        for text in texts:
            started = time.perf_counter()
            body = {"id": secrets.token_hex(8), "lang": "fr", "text": text}
            if not (await client.call("message", body, timeout=_REPLY_WITHIN)).get("ok"):
                raise ProcessError("The widget's channel refused a message of the bench.")
            said = await asyncio.wait_for(_reply(heard), _REPLY_WITHIN)
            times.append((time.perf_counter() - started) * 1000)
            if not said:
                raise ProcessError("The widget's channel ended a turn without a reply.")
            tick()
    finally:
        await client.disconnect()
    return times


async def _reply(heard: asyncio.Queue[str]) -> int:
    """How many lines came before the end of the turn."""
    lines = 0
    while await heard.get() != "end":
        lines += 1
    return lines
