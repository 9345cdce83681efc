"""Answers under way: one after the other within a conversation, side by side otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

from bot.store.in_order import InOrder

# How long (s) a button's tap waits for the turn that shows it, and a stopping server for its answers.
_PATIENCE: Final = 5.0


class Turns:
    """Keeps the tasks that answer messages. Rasa's own lock would make a second message wait a whole second."""

    def __init__(self) -> None:
        self._order = InOrder()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def knows(self, message_id: str) -> bool:
        """Whether this message is being answered."""
        return message_id in self._tasks

    def begin(self, message_id: str, answer: Coroutine[Any, Any, None]) -> None:
        """Answer a message in the background."""
        task = asyncio.get_running_loop().create_task(answer)
        self._tasks[message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(message_id, None))

    def of(self, conversation: str) -> contextlib.AbstractAsyncContextManager[None]:
        """Wait for the conversation's turn: first come, first served."""
        return self._order.turn(conversation)

    async def settled(self, conversation: str) -> None:
        """Wait until nothing is being answered in the conversation, five seconds at most."""

        async def free() -> None:
            async with self.of(conversation):
                pass

        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(free(), _PATIENCE)

    async def close(self) -> None:
        """Wait for what is under way, five seconds at most."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=_PATIENCE)
