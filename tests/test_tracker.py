"""A copied tracker is what replaying all events would make of it, and lives a life of its own."""

from __future__ import annotations

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    LegacyForm,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.settings import ROOT
from bot.tracker import Tracker

EVENTS = [
    ActionExecuted("action_session_start"),
    UserUttered("bonjour", {"name": "greet", "confidence": 0.9}),
    SlotSet("language", "fr"),
    SlotSet("options", ["what_is", "causes"]),
    ActiveLoop("a_loop"),
    ActionExecuted("utter_welcome"),
    BotUttered("Bonjour."),
]


def tracker() -> Tracker:
    made = Tracker("someone", Domain.load(ROOT / "bot" / "domain").slots)
    for event in EVENTS:
        made.update(event)
    return made


def test_a_copy_is_as_rasa_makes_it() -> None:
    ours = tracker()
    twin, rasas = ours.copy(), DialogueStateTracker.copy(ours)
    assert twin.current_state(EventVerbosity.ALL) == rasas.current_state(EventVerbosity.ALL)
    assert {name: vars(slot) for name, slot in twin.slots.items()} == {n: vars(s) for n, s in rasas.slots.items()}
    assert twin.latest_bot_utterance == rasas.latest_bot_utterance
    assert twin.followup_action == rasas.followup_action


def test_what_happens_to_a_copy_does_not_happen_to_the_first() -> None:
    ours = tracker()
    before = ours.current_state(EventVerbosity.ALL)
    twin = ours.copy()
    twin.update(SlotSet("language", "en"))
    twin.update(ConversationPaused())
    twin.interrupt_loop(True)
    twin.update(UserUttered("hello"))
    assert twin.get_slot("language") == "en"
    assert twin.is_paused()
    assert ours.current_state(EventVerbosity.ALL) == before
    assert not ours.is_paused()


def test_a_new_tracker_is_as_rasa_makes_it_and_leaves_the_domain_alone() -> None:
    slots = Domain.load(ROOT / "bot" / "domain").slots
    ours, rasas = Tracker("someone", slots, 7), DialogueStateTracker("someone", slots, 7)
    assert ours.current_state(EventVerbosity.ALL) == rasas.current_state(EventVerbosity.ALL)
    assert {name: vars(slot) for name, slot in ours.slots.items()} == {n: vars(s) for n, s in rasas.slots.items()}
    ours.update(SlotSet("language", "en"))
    assert next(slot for slot in slots if slot.name == "language").value is None
    assert Tracker.from_events("someone", EVENTS, slots).get_slot("language") == "fr"
    # Any slot is one that such a tracker has; Rasa reads trackers so when it knows no domain.
    assert vars(Tracker("someone", None).slots["any"]) == vars(DialogueStateTracker("someone", None).slots["any"])


@pytest.mark.parametrize(
    "later",
    [
        [],
        [SessionStarted(), ActionExecuted("action_listen")],
        [SessionStarted(), ActionExecuted("action_listen"), SessionStarted(), UserUttered("hello")],
        [ActionExecuted("utter_causes"), ActionReverted(), UserUttered("hello")],
        [ActionExecuted("action_listen"), UserUttered("hello"), UserUtteranceReverted()],
        [Restarted(), UserUttered("hello")],
        [ActiveLoop(None), ActionExecuted("a_loop"), ActionExecuted("a_loop")],
        [LegacyForm("a_form"), ActionExecuted("a_form"), ActionExecuted("a_form")],
    ],
)
@pytest.mark.parametrize("loop", [True, False])
def test_the_events_that_count_are_those_of_rasa(later: list[Event], loop: bool) -> None:
    ours = Tracker("someone", [])
    ours.events.extend(event for event in [*EVENTS, *later] if loop or not isinstance(event, ActiveLoop))
    assert ours.applied_events() == DialogueStateTracker.applied_events(ours)
