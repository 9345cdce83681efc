"""News for open pages: one look at the database every half second for all of them, sent as server-sent events.

Events (data is JSON): ``queue`` {waiting, red, keys, loud: [{key, tier, alert, stage}]}; ``conversation`` {key, last},
``last`` being its newest event row; ``beat`` every few seconds; ``trouble`` while the database does not answer. A
``key`` stands for a conversation (:func:`bot.store.conversations.log_key`). None holds what anybody wrote.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.desk.rendering import severity
from bot.errors import StoreUnavailable
from bot.safety.tiers import PAGED
from bot.store import alerts, presence
from bot.store.columns import now
from bot.store.conversations import log_key
from bot.store.desk_models import Note
from bot.store.models import EventRow
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

PERIOD: Final = 0.5
BEAT: Final = 5.0
# Rows of a transaction that ends late have smaller ids than rows seen already.
_LOOK_BACK: Final = 500


@dataclass
class Seen:
    """What the last look saw."""

    queue: Any = None
    last_event: int = 0
    recent: set[int] = field(default_factory=set)
    last_note: int = 0
    presence_since: Any = field(default_factory=now)


class Live:
    """Watches the database while anybody listens."""

    def __init__(self, runner: StoreRunner, period: float = PERIOD) -> None:
        self._runner = runner
        self._period = period
        self._listeners: set[asyncio.Queue[dict[str, str]]] = set()
        self._task: asyncio.Task[None] | None = None
        self._seen: Seen | None = None
        self._queue_news: dict[str, str] | None = None
        self._troubled = False

    async def listen(self) -> AsyncGenerator[dict[str, str], None]:
        """Events as ``{"event": …, "data": …}`` until the listener goes; begins with the state of the queue."""
        mine: asyncio.Queue[dict[str, str]] = asyncio.Queue(maxsize=1000)
        self._listeners.add(mine)
        if self._task is None or self._task.done():
            self._seen = None
            self._task = asyncio.create_task(self._watch())
        elif self._queue_news is not None:
            mine.put_nowait(self._queue_news)
        try:
            while True:
                yield await mine.get()
        finally:
            self._listeners.discard(mine)

    def poke(self, conversation_id: str) -> None:
        """Something changed that leaves no event row: a tag, an unsent line, a judgement."""
        self._tell("conversation", {"key": log_key(conversation_id), "last": 0})

    async def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        beaten = time.monotonic()
        while self._listeners:
            try:
                first = self._seen is None
                self._seen, changed, queue = await self._runner.read(self._look)
                if first or queue is not None:
                    self._queue_news = self._tell("queue", queue or {})
                for key, last in changed.items():
                    self._tell("conversation", {"key": key, "last": last})
                if self._troubled or time.monotonic() - beaten >= BEAT:
                    beaten = time.monotonic()
                    self._troubled = False
                    self._tell("beat", {})
            except StoreUnavailable as error:
                if not self._troubled:
                    log.error("live.no_database", error=str(error))
                self._troubled = True
                self._tell("trouble", {})
                await asyncio.sleep(self._period)
            await asyncio.sleep(self._period)

    def _look(self, session: Session) -> tuple[Seen, dict[str, int], dict[str, Any] | None]:
        """One look: what is seen now, changed conversations with their newest event, the queue when it changed."""
        before = self._seen
        places = alerts.queue(session, states=("waiting", "human"), limit=500)
        signature = tuple(
            (
                place.conversation.id,
                place.conversation.state,
                place.conversation.owner_id,
                place.conversation.urgency,
                *(
                    (a.id, a.tier, a.claimed_at, a.withdrawn_at, a.told_stage, a.unanswered_at, a.page_failed_at)
                    for a in place.alerts
                ),
            )
            for place in places
        )
        last_note = session.execute(select(func.max(Note.id))).scalar() or 0
        moment = now()
        if before is None:
            last = session.execute(select(func.max(EventRow.id))).scalar() or 0
            recent = select(EventRow.id).where(EventRow.id > last - _LOOK_BACK)
            seen = Seen(signature, last, set(session.execute(recent).scalars()), last_note, moment)
            return seen, {}, _queue_news(places)
        rows = session.execute(
            select(EventRow.id, EventRow.conversation_id).where(EventRow.id > before.last_event - _LOOK_BACK)
        ).all()
        changed: dict[str, int] = {}
        for row in sorted(rows):
            if row.id not in before.recent:
                changed[log_key(row.conversation_id)] = row.id
        for conversation_id in presence.changed_since(session, before.presence_since - timedelta(seconds=1)):
            changed.setdefault(log_key(conversation_id), 0)
        if last_note != before.last_note:
            noted = select(Note.conversation_id).where(Note.id > before.last_note)
            for conversation_id in session.execute(noted).scalars():
                changed.setdefault(log_key(conversation_id), 0)
        last = max([before.last_event, *(row.id for row in rows)])
        seen = Seen(signature, last, {row.id for row in rows}, last_note, moment)
        return seen, changed, _queue_news(places) if signature != before.queue else None

    def _tell(self, event: str, data: dict[str, Any]) -> dict[str, str]:
        news = {"event": event, "data": json.dumps(data)}
        for listener in list(self._listeners):
            try:
                listener.put_nowait(news)
            except asyncio.QueueFull:
                # A browser that reads nothing for minutes asks for everything when it comes back.
                self._listeners.discard(listener)
        return news


def _queue_news(places: list[alerts.Waiting]) -> dict[str, Any]:
    waiting = [place for place in places if place.conversation.state == "waiting"]
    return {
        "waiting": len(waiting),
        "red": sum(severity(place.conversation.tier) == "red" for place in waiting),
        "keys": [log_key(place.conversation.id) for place in places],
        "loud": [
            {
                "key": log_key(place.conversation.id),
                "tier": alert.tier,
                "alert": alert.id,
                "stage": alert.told_stage + (2 if alert.unanswered_at else 0),
            }
            for place in places
            for alert in place.alerts
            if alert.tier in PAGED and alert.claimed_at is None
        ],
    }
