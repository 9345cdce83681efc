"""Whether this server can answer patients: its model, its database and, where used, Redis."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from bot.errors import StoreError
from bot.settings import Settings
from bot.store.runner import StoreRunner


class Health:
    """Looks at every part that an answer needs, each with a limit of time."""

    def __init__(self, settings: Settings, runner: StoreRunner) -> None:
        self._settings = settings
        self._runner = runner

    async def parts(self, app: Any) -> dict[str, bool]:
        """``{"model", "store"}`` and, when several servers share a Redis, ``"redis"``: whether each is ready."""
        parts = {"model": _has_model(app), "store": await self._store()}
        if self._settings.redis_url:
            parts["redis"] = await self._redis()
        return parts

    async def _store(self) -> bool:
        try:
            return await self._runner.read(lambda session: session.execute(text("SELECT 1")).scalar() == 1)
        except StoreError:
            return False

    async def _redis(self) -> bool:
        client: Redis[bytes] = Redis.from_url(self._settings.redis_url, socket_timeout=1, socket_connect_timeout=1)
        try:
            return bool(await asyncio.wait_for(client.ping(), 2))
        except (RedisError, OSError, asyncio.TimeoutError):
            return False
        finally:
            await client.close(close_connection_pool=True)


def _has_model(app: Any) -> bool:
    agent = getattr(app.ctx, "agent", None)
    return agent is not None and bool(agent.is_ready())
