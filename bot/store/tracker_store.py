"""Rasa's tracker store on the project's database: bounded reads, one transaction a save, alive without database.

The only module of the store that imports Rasa; ``bot.store.tracker_store.RepereTrackerStore`` in endpoints.yml.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy import select

from bot.errors import StoreUnavailable
from bot.settings import get_settings
from bot.store import just_read, saves, windows
from bot.store.backlog import Backlog, Kept
from bot.store.conversations import log_key
from bot.store.models import Conversation
from bot.store.runner import LIMIT, StillRunning, StoreRunner
from bot.tracker import Tracker

log = structlog.get_logger(__name__)

HANDOFF_SLOT = "handoff"


@dataclass
class Mark:
    """What the store remembers about a tracker it handed out: the first ``stored`` events need no saving."""

    stored: int
    after_id: int | None
    since: float
    blind: bool = False


class RepereTrackerStore(TrackerStore):
    """Tracker store with a cost per turn that does not grow with the conversation.

    ``url``: address of the database, the settings' when None. ``limit``: seconds a call may wait for it. When the
    database is away, conversations go on in memory and are written, once, when it is back.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        url: str | None = None,
        limit: float = LIMIT,
        tracker_events: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self.runner = StoreRunner(url or host, limit=limit)
        self.backlog = Backlog(self.runner)
        self._limit_events = tracker_events or get_settings().tracker_events

    def init_tracker(self, sender_id: str) -> Tracker:
        """A tracker without events."""
        return Tracker(sender_id, self.domain.slots, max_event_history=self.max_event_history)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The newest events of the current session and all slots; None for an unknown conversation."""
        since = time.time()
        kept = self.backlog.kept(sender_id)
        if kept is not None and self.backlog.is_pending(sender_id):
            return self._from_memory(sender_id, kept, since)
        known = kept.version if kept is not None else None
        read = just_read.take(self.runner.address, sender_id)
        if kept is not None and read is not None and read.version == known:
            # As old as what it rests on: an erasure since then has to undo the turn's save.
            return self._from_memory(sender_id, kept, read.since, state=read.state)
        try:
            window = await self.runner.read(
                lambda session: windows.load(session, sender_id, limit=self._limit_events, known_version=known),
                insist=kept is None,
            )
        except StoreUnavailable as error:
            log.error("tracker.read_without_database", conversation=log_key(sender_id), error=str(error))
            return self._from_memory(sender_id, kept or Kept(blind=True), since)
        if window is None:
            return None
        if window.events is None and kept is not None:
            return self._from_memory(sender_id, kept, since, state=window.state)
        return self._from_window(sender_id, window, since)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with every event of every session; None for an unknown conversation."""
        since = time.time()
        if self.backlog.is_pending(conversation_id):
            return await self.retrieve(conversation_id)
        try:
            window = await self.runner.read(lambda session: windows.load(session, conversation_id, limit=None))
        except StoreUnavailable:
            return await self.retrieve(conversation_id)
        return None if window is None else self._from_window(conversation_id, window, since)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in ``tracker``; without database it is kept, and written later. Never raises for that."""
        mark: Mark | None = getattr(tracker, "repere_mark", None)
        events = list(tracker.events)
        new = events[mark.stored :] if mark else events
        if not new:
            tracker.repere_mark = mark or Mark(0, None, time.time())
            return
        await self._publish(new, tracker.sender_id)
        batch = self._batch(tracker, new, mark)
        self._keep(tracker, events, batch)
        tracker.repere_mark = Mark(len(events), None, batch.since, batch.blind)
        if self.backlog.is_pending(tracker.sender_id):
            self.backlog.add(batch)
            return
        try:
            repeatable = _is_repeatable(batch)
            saved = await self.runner.write(lambda session: saves.write(session, batch), repeatable=repeatable)
            self.backlog.settle(tracker.sender_id, saved)
        except StillRunning as slow:
            self._defer(batch, slow, slow.future)
        except StoreUnavailable as error:
            self._defer(batch, error)

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations. Raises StoreUnavailable."""
        ids: list[str] = await self.runner.read(
            lambda session: list(session.execute(select(Conversation.id)).scalars())
        )
        return ids

    async def exists(self, conversation_id: str) -> bool:
        """Whether the conversation has a row, or lives in memory until it gets one. Raises StoreUnavailable."""
        if self.backlog.is_pending(conversation_id):
            return True
        found = await self.runner.read(lambda session: session.get(Conversation, conversation_id))
        return found is not None

    def close(self) -> None:
        """Write what is pending if the database answers, then stop the threads."""
        self.backlog.close()
        self.runner.close()

    async def _publish(self, new: list[Event], sender_id: str) -> None:
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, sender_id)

    def _defer(self, batch: saves.Batch, error: StoreUnavailable, future: Future[saves.Saved] | None = None) -> None:
        log.error("tracker.save_deferred", conversation=log_key(batch.conversation_id), error=str(error))
        self.backlog.add(batch, future)

    def _batch(self, tracker: DialogueStateTracker, new: list[Event], mark: Mark | None) -> saves.Batch:
        return saves.Batch(
            conversation_id=tracker.sender_id,
            events=tuple(event.as_dict() for event in new),
            slots={
                name: slot.value
                for name, slot in tracker.slots.items()
                if name != HANDOFF_SLOT and slot.value != slot.initial_value
            },
            active_loop=tracker.active_loop_name,
            paused=tracker.is_paused(),
            since=mark.since if mark else new[0].timestamp,
            after_id=mark.after_id if mark else None,
            foreign=mark is None,
            blind=mark is not None and mark.blind,
        )

    def _keep(self, tracker: DialogueStateTracker, events: list[Event], batch: saves.Batch) -> None:
        newest = events[-self._limit_events :]
        if len(events) > len(newest):
            kinds = [windows.Kind(event.type_name, getattr(event, "action_name", None)) for event in newest]
            newest = newest[windows.start_of(kinds) :]
            if not any(isinstance(event, UserUttered) for event in newest):
                newest = [event for event in events if isinstance(event, UserUttered)][-1:] + newest
        kept = Kept(newest, dict(batch.slots), batch.active_loop, batch.paused, blind=batch.blind)
        handoff = tracker.slots.get(HANDOFF_SLOT)
        kept.state = handoff.value if handoff is not None and handoff.value else "bot"
        self.backlog.keep(tracker.sender_id, kept)

    def _from_memory(self, sender_id: str, kept: Kept, since: float, state: str | None = None) -> DialogueStateTracker:
        tracker = self._build(sender_id, kept.events)
        tracker.restore(kept.slots, kept.active_loop, kept.paused)
        return _mark(tracker, Mark(len(tracker.events), None, since, kept.blind), state or kept.state)

    def _from_window(self, sender_id: str, window: windows.Window, since: float) -> DialogueStateTracker:
        tracker = self._build(sender_id, [event_of(data) for data in window.events or ()])
        tracker.restore(window.slots, window.active_loop, window.paused)
        return _mark(tracker, Mark(len(tracker.events), window.last_id, since), window.state)

    def _build(self, sender_id: str, events: Iterable[Event]) -> Tracker:
        tracker = self.init_tracker(sender_id)
        for event in events:
            tracker.events.append(event)
            event.apply_to(tracker)
        return tracker


def _is_repeatable(batch: saves.Batch) -> bool:
    """Whether the turn would be had again if a power cut took its save.

    A message waits in the inbox until this very transaction notes it as handled. Lines of staff stand in no inbox, and
    an alert is not left to a second time.
    """
    messages = [event for event in batch.events if event["event"] == UserUttered.type_name]
    return bool(messages) and not any((event.get("parse_data") or {}).get("red_flags") for event in messages)


_classes: dict[str, type[Event]] = {}


def event_of(data: dict[str, Any]) -> Event:
    """One serialised event as Rasa's object; Rasa itself walks all classes for each event. KeyError if unknown."""
    kind = data["event"]
    if kind not in _classes:
        # The first class of a name wins, as in Rasa's own search.
        _classes.update({cls.type_name: cls for cls in reversed(all_subclasses(Event))})
    event: Event = _classes[kind]._from_parameters(data)
    return event


def _mark(tracker: Tracker, mark: Mark, state: str) -> Tracker:
    mark.stored = len(tracker.events)
    tracker.repere_mark = mark
    slot = tracker.slots.get(HANDOFF_SLOT)
    if slot is None or slot.value == state:
        return tracker
    if tracker.events:
        # An event, since Rasa goes back in time by replaying events; saved with the next turn.
        tracker.update(SlotSet(HANDOFF_SLOT, state))
    else:
        tracker.settle(HANDOFF_SLOT, state)
    return tracker
