"""The stream of news for open pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from bot.desk import roles
from bot.desk.context import Desk
from bot.desk.guard import visitor_of
from bot.errors import StoreUnavailable
from bot.store.sign_ins import Visitor

# How often an open stream looks whether its session is still good.
LOOK_AGAIN: Final = 10.0


async def stream(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Server-sent events until the browser goes or the session ends; the queue only for those who may see it."""
    made: Response = EventSourceResponse(_events(request, desk, visitor), ping=15, headers={"X-Accel-Buffering": "no"})
    return made


async def _events(request: Request, desk: Desk, visitor: Visitor) -> AsyncIterator[dict[str, str]]:
    queue = roles.may(visitor, "alerts")
    looked = asyncio.get_running_loop().time()
    news = desk.live.listen()
    async with contextlib.aclosing(news):
        async for item in news:
            now = asyncio.get_running_loop().time()
            if now - looked > LOOK_AGAIN:
                looked = now
                with contextlib.suppress(StoreUnavailable):
                    if await visitor_of(request, desk, touch=False) is None:
                        yield {"event": "over", "data": "{}"}
                        return
            if queue or item["event"] != "queue":
                yield item
