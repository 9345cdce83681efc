"""First come, first served, for everything in this process that has the same key."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class InOrder:
    """A lock a key, made when somebody needs it and gone when nobody does."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @contextlib.asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for one's turn and hold it."""
        turn = self._turns.setdefault(key, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[key]


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
