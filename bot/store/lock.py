"""One turn of a conversation at a time, across all dialogue servers: Rasa's lock store on Redis.

``lock_store: {type: bot.store.lock.RedisLockStore}`` in endpoints.yml; the address is ``settings.redis_url``.
Rasa's own Redis lock store reads, changes and writes a list of tickets without holding anything meanwhile, and loses
messages with two servers. This one uses redis-py's lock, which takes and gives back in single steps.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError as RedisLockError
from redis.exceptions import RedisError

from bot.settings import get_settings
from bot.store.conversations import log_key
from bot.store.in_order import InOrder

log = structlog.get_logger(__name__)

PREFIX: Final = "repere:turn:"
# How often a waiting server asks again, and how long Redis may take to say anything (s).
ASK_EVERY: Final = 0.03
ANSWER_WITHIN: Final = 2.0


class RedisLockStore(LockStore):
    """Locks conversations in Redis, and within this process first, so that messages keep their order here.

    When Redis is gone the lock of this process has to do: a patient is answered in any case.
    """

    def __init__(self, endpoint_config: Any = None, url: str | None = None) -> None:
        self._url: str = url or getattr(endpoint_config, "url", None) or get_settings().redis_url
        self._client: Redis[bytes] | None = None
        self._in_process = InOrder()

    @contextlib.asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = ASK_EVERY
    ) -> AsyncIterator[TicketLock]:
        """Hold the conversation. ``lock_lifetime`` (s): how long it stays taken when its holder dies.

        It is prolonged while the holder lives. Raises Rasa's LockError when another server does not give the
        conversation back for twice that time.
        """
        async with self._in_process.turn(conversation_id):
            held = await self._take(conversation_id, lock_lifetime, min(wait_time_in_seconds, ASK_EVERY))
            prolonging = asyncio.get_running_loop().create_task(_prolong(held, lock_lifetime)) if held else None
            try:
                yield TicketLock(conversation_id)
            finally:
                if prolonging is not None:
                    prolonging.cancel()
                if held is not None:
                    await _give_back(held, conversation_id)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._client is not None:
            await self._client.close(close_connection_pool=True)

    async def _take(self, conversation_id: str, lifetime: float, ask_every: float) -> Lock | None:
        lock = Lock(self._redis(), PREFIX + conversation_id, timeout=lifetime, sleep=ask_every)
        try:
            if await lock.acquire(blocking_timeout=2 * lifetime):
                return lock
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            log.error("lock.without_redis", conversation=log_key(conversation_id), kind=type(error).__name__)
            return None
        raise LockError(f"Could not acquire the lock of conversation '{log_key(conversation_id)}'.")

    def _redis(self) -> Redis[bytes]:
        if self._client is None:
            self._client = Redis.from_url(self._url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
        return self._client


async def _prolong(lock: Lock, lifetime: float) -> None:
    while True:
        await asyncio.sleep(lifetime / 3)
        with contextlib.suppress(RedisError, OSError, asyncio.TimeoutError):
            await lock.reacquire()


async def _give_back(lock: Lock, conversation_id: str) -> None:
    try:
        await lock.release()
    except RedisLockError:
        log.error("lock.expired_while_held", conversation=log_key(conversation_id))
    except (RedisError, OSError, asyncio.TimeoutError) as error:
        log.error("lock.not_given_back", conversation=log_key(conversation_id), kind=type(error).__name__)
