"""Database work from asynchronous code: in threads, limited in time, never queueing up at a dead database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from bot.errors import StoreUnavailable
from bot.settings import get_settings
from bot.store.database import session_scope

T = TypeVar("T")

LIMIT: Final = 1.5
# After a failure, how long (s) callers are refused at once instead of waiting LIMIT again.
PAUSE: Final = 0.5


class StillRunning(StoreUnavailable):
    """The work took too long for its caller, but goes on: ``future`` tells how it ended."""

    def __init__(self, future: Future[Any]) -> None:
        super().__init__("The database did not answer in time.")
        self.future = future


class StoreRunner:
    """Runs units of work, each in its own transaction, off the event loop.

    ``limit``: seconds a caller waits at most. Readers and writers fail apart: a locked SQLite file can still be read.
    """

    def __init__(self, url: str | None = None, *, limit: float = LIMIT, threads: int = 16) -> None:
        self.url = url
        self.limit = limit
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._refuse_until = {True: 0.0, False: 0.0}
        self._guard = threading.Lock()

    @property
    def address(self) -> str:
        """The database's, whether given or the settings'."""
        return self.url or get_settings().store_url

    async def read(self, work: Callable[[Session], T], *, insist: bool = False) -> T:
        """``work(session)`` in a reading transaction. Raises StoreUnavailable within ``limit`` seconds.

        ``insist``: try even right after a failure, for who could not do without the answer.
        """
        return await self._run(work, write=False, insist=insist)

    async def write(
        self, work: Callable[[Session], T], *, repeatable: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> T:
        """``work(session)``, committed. Raises StoreUnavailable; StillRunning when it may yet be committed.

        ``repeatable``: after a power cut it would be done once more (see :func:`bot.store.database.session_scope`).
        ``meanwhile``: called once here, while the thread works (not when the database is known to be away); it must not raise.
        """
        return await self._run(work, write=True, repeatable=repeatable, meanwhile=meanwhile)

    def work_now(self, work: Callable[[Session], T], *, write: bool = True, repeatable: bool = False) -> T:
        """The same in the calling thread, without limit of time. Raises StoreUnavailable."""
        try:
            with session_scope(self.url, write=write, repeatable=repeatable) as session:
                done = work(session)
        except StoreUnavailable:
            self._note(write, failed=True)
            raise
        self._note(write, failed=False)
        return done

    def close(self) -> None:
        """Take no more work; what runs, ends by itself."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _run(
        self,
        work: Callable[[Session], T],
        *,
        write: bool,
        insist: bool = False,
        repeatable: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> T:
        if not insist and time.monotonic() < self._refuse_until[write]:
            raise StoreUnavailable("The database did not answer a moment ago.")
        future = self._pool.submit(self.work_now, work, write=write, repeatable=repeatable)
        if meanwhile is not None:
            meanwhile()
        waiting = asyncio.wrap_future(future)
        done, _ = await asyncio.wait({waiting}, timeout=self.limit)
        if done:
            return waiting.result()
        # Somebody has to look at a late failure, or asyncio complains that nobody did.
        waiting.add_done_callback(lambda late: late.cancelled() or late.exception())
        self._note(write, failed=True)
        raise StillRunning(future)

    def _note(self, write: bool, *, failed: bool) -> None:
        with self._guard:
            self._refuse_until[write] = time.monotonic() + PAUSE if failed else 0.0
            if write and not failed:  # what can be written can be read
                self._refuse_until[False] = 0.0
