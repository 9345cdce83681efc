"""Trackers as Rasa fills them, for the tracker store's tests."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [causes, what_is, danger_now]
slots:
  language: {type: text, mappings: [{type: custom}]}
  country: {type: text, mappings: [{type: custom}]}
  topic: {type: text, mappings: [{type: custom}]}
  tier: {type: text, mappings: [{type: custom}]}
  options: {type: any, mappings: [{type: custom}]}
  handoff: {type: text, initial_value: bot, mappings: [{type: custom}]}
  misses: {type: float, initial_value: 0, min_value: 0, max_value: 9, mappings: [{type: custom}]}
responses:
  utter_causes: [{text: "."}]
forms:
  comment_form: {required_slots: []}
"""
)
RED = {"tier": "E1", "layer": 2, "evidence": [{"rule": "fever", "source": "1.1", "text": "39"}]}


def start(tracker: DialogueStateTracker) -> None:
    """What Rasa's session start logs."""
    for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
        tracker.update(event, DOMAIN)


def turn(
    tracker: DialogueStateTracker,
    number: int,
    *,
    action: str = "utter_causes",
    slots: dict[str, Any] | None = None,
    flags: dict[str, Any] | None = None,
    message_id: str | None = None,
    intent_name: str = "causes",
) -> None:
    """One message and what Rasa logs until it listens again."""
    intent = {"name": intent_name, "confidence": 0.9}
    parse_data = {
        "intent": intent,
        "entities": [],
        "intent_ranking": [intent] * 10,
        "red_flags": flags,
        "outcome_gate": {"outcome": "answer", "options": [], "confidence": 0.8},
    }
    message = UserUttered(
        f"message {number} é",
        intent,
        [],
        parse_data,
        input_channel="widget",
        message_id=message_id or f"{tracker.sender_id}-{number}",
    )
    tracker.update(message, DOMAIN)
    for name, value in (slots or {}).items():
        tracker.update(SlotSet(name, value), DOMAIN)
    tracker.update(DefinePrevUserUtteredFeaturization(False), DOMAIN)
    tracker.update(ActionExecuted(action, "RulePolicy", 1.0), DOMAIN)
    tracker.update(BotUttered(f"answer {number}", {"buttons": []}, {"utter_action": action}), DOMAIN)
    tracker.update(ActionExecuted("action_listen", "RulePolicy", 1.0), DOMAIN)


def texts(tracker: DialogueStateTracker) -> list[str]:
    """What the patient said, oldest first."""
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]
