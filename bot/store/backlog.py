"""Conversations in memory: those last served, and the saves that still wait for the database."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.errors import StoreUnavailable
from bot.store import saves
from bot.store.conversations import log_key
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

# Conversations remembered without need; those with pending saves are never forgotten.
REMEMBERED: Final = 256
RETRY_EVERY: Final = 0.5
# Seconds a process may go on trying pending saves when it ends.
LAST_TRY: Final = 2.0


@dataclass
class Kept:
    """One conversation as last saved: Rasa's events of its window, and the snapshot.

    ``blind``: begun while the database was away. ``version``: the database's, None while that is not known.
    """

    events: Sequence[Any] = ()
    slots: dict[str, Any] = field(default_factory=dict)
    active_loop: str | None = None
    paused: bool = False
    state: str = "bot"
    blind: bool = False
    version: int | None = None


@dataclass
class _Pending:
    batch: saves.Batch
    future: Future[saves.Saved] | None


class Backlog:
    """Pending saves, written in order and once as soon as the database answers. Safe to call from any thread."""

    def __init__(self, runner: StoreRunner) -> None:
        self._runner = runner
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._pending: dict[str, deque[_Pending]] = {}
        self._thread: threading.Thread | None = None
        self._writing = False
        self._wake = threading.Event()
        self._closed = False

    def kept(self, conversation_id: str) -> Kept | None:
        """The conversation as last saved by this process, if it is still remembered."""
        with self._guard:
            return self._kept.get(conversation_id)

    def keep(self, conversation_id: str, kept: Kept) -> None:
        """Remember the conversation, forgetting the one not used for longest."""
        with self._guard:
            self._kept[conversation_id] = kept
            self._kept.move_to_end(conversation_id)
            if len(self._kept) > REMEMBERED:
                for oldest in list(self._kept)[: len(self._kept) - REMEMBERED]:
                    if oldest not in self._pending:
                        del self._kept[oldest]

    def settle(self, conversation_id: str, saved: saves.Saved) -> None:
        """The conversation as remembered stands in the database as ``saved``."""
        with self._guard:
            self._settle(conversation_id, saved)

    def is_pending(self, conversation_id: str) -> bool:
        """Whether saves of this conversation wait for the database."""
        with self._guard:
            return conversation_id in self._pending

    def size(self) -> int:
        """How many saves wait."""
        with self._guard:
            return sum(len(queue) for queue in self._pending.values())

    def add(self, batch: saves.Batch, future: Future[saves.Saved] | None = None) -> None:
        """Queue a save. ``future``: an attempt at it that is still running."""
        with self._guard:
            self._pending.setdefault(batch.conversation_id, deque()).append(_Pending(batch, future))
            if not self._writing:
                self._writing = True
                # No daemon: Python waits for it at the end of the process, and it gives up soon by itself then.
                self._thread = threading.Thread(target=self._write_all, name="store-backlog")
                self._thread.start()

    def flush(self) -> int:
        """Try every pending save now; returns how many are left."""
        with self._guard:
            waiting = list(self._pending)
        for conversation_id in waiting:
            try:
                self._flush_one(conversation_id)
            except StoreUnavailable:
                break
            except Exception as error:
                # One save the database refuses must not hold up the others; it is tried again.
                log.error("tracker.save_refused", conversation=log_key(conversation_id), kind=type(error).__name__)
        return self.size()

    def close(self) -> None:
        """One last, short attempt at what is pending; says loudly what is lost."""
        self._closed = True
        self._wake.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _settle(self, conversation_id: str, saved: saves.Saved) -> None:
        kept = self._kept.get(conversation_id)
        if kept is None:
            return
        if saved.erased or kept.blind:
            # Forgotten on demand, or begun blind: the next turn starts from what the database holds.
            del self._kept[conversation_id]
        else:
            kept.version = saved.version

    def _write_all(self) -> None:
        deadline: float | None = None
        while True:
            left = self.flush()
            with self._guard:
                if not self._pending:
                    self._writing = False
                    break
            log.warning("tracker.saves_pending", saves=left)
            if self._closed or not threading.main_thread().is_alive():
                deadline = deadline or time.monotonic() + LAST_TRY
                if time.monotonic() > deadline:
                    log.error("tracker.saves_lost", saves=left)
                    self._writing = False
                    return
                time.sleep(LAST_TRY / 10)
            else:
                self._wake.wait(RETRY_EVERY)
        log.info("tracker.saves_written")

    def _flush_one(self, conversation_id: str) -> None:
        while True:
            with self._guard:
                queue = self._pending.get(conversation_id)
                if not queue:
                    self._pending.pop(conversation_id, None)
                    return
                head = queue[0]
            saved = self._attempt(head)
            with self._guard:
                queue.popleft()
                if not queue:
                    del self._pending[conversation_id]
                    self._settle(conversation_id, saved)

    def _attempt(self, item: _Pending) -> saves.Saved:
        if item.future is not None:
            running, item.future = item.future, None
            try:
                return running.result()
            except (StoreUnavailable, CancelledError):
                pass
        # Whoever failed may have failed after the commit: look first.
        return self._runner.work_now(lambda session: saves.write(session, item.batch, again=True))
