"""Rasa's tracker, made from the newest events and what is known from before them, and copied without replaying any."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rasa.shared.core.events import (
    ActionReverted,
    ActiveLoop,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

T = TypeVar("T")

# Tells readers of a tracker which events only rebuild state from before its window; they are never saved.
_RESTORED = {"restored": True}
# Events that change which earlier ones count.
_TAKES_BACK = {
    kind
    for base in (Restarted, ActionReverted, UserUtteranceReverted, ActiveLoop)
    for kind in (base, *all_subclasses(base))
}


class Tracker(DialogueStateTracker):
    """A tracker whose copies cost the same however long the conversation is."""

    def __init__(self, sender_id: str, slots: Iterable[Slot] | None, *options: Any, **named: Any) -> None:
        super().__init__(sender_id, None, *options, **named)
        if slots is not None:
            self.slots = {slot.name: _twin(slot) for slot in slots}
            self._reset_slots()

    def applied_events(self) -> list[Event]:
        """Events since the start of the session, without those that were taken back."""
        if not _TAKES_BACK.isdisjoint(map(type, self.events)):
            events: list[Event] = super().applied_events()
            return events
        since: list[Event] = []
        for event in reversed(self.events):
            if isinstance(event, SessionStarted):
                break
            since.append(event)
        return since[::-1]

    def copy(self) -> Tracker:
        """One with the same events and state; what happens to it later does not happen to this one.

        Rasa copies a tracker for each action, by replaying all of its events.
        """
        twin = _twin(self)
        twin.events = self._create_events(self.events)
        twin.slots = {name: _twin(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    def restore(self, slots: Mapping[str, Any], active_loop: str | None, paused: bool) -> None:
        """Bring back state from before the window, as events at its start: other copies of trackers replay them."""
        stamp = self.events[0].timestamp if self.events else time.time()
        before: list[Event] = [
            SlotSet(name, value, stamp, dict(_RESTORED))
            for name, value in slots.items()
            if name in self.slots and self.slots[name].value != value
        ]
        if active_loop and self.active_loop_name != active_loop:
            before.append(ActiveLoop(active_loop, stamp, dict(_RESTORED)))
        if paused and not self.is_paused():
            before.append(ConversationPaused(stamp, dict(_RESTORED)))
        if not self.events:
            # Without events Rasa still has to start the session, which it does not do for a tracker that has some.
            for event in before:
                if isinstance(event, SlotSet):
                    self.settle(event.key, event.value)
            return
        # The start of a session forgets what came before it.
        started = [index for index, event in enumerate(self.events) if isinstance(event, SessionStarted)]
        for offset, event in enumerate(before):
            self.events.insert((started[-1] + 1 if started else 0) + offset, event)
            event.apply_to(self)

    def settle(self, name: str, value: Any) -> None:
        """Set a slot for good: an initial value survives the start of the session and every copy of the tracker."""
        self.slots[name].initial_value = value
        self.slots[name].value = value


def _twin(thing: T) -> T:
    """A shallow copy, as ``copy.copy`` makes it in three times the time."""
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin
