"""What became of one patient message, derived from what the bot did after it. Pure; reads only topics.yml."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

OutcomeKind = Literal["answer", "clarify", "fallback", "escalate", "silent"]

TOPICS_FILE: Final = Path(__file__).parent.parent / "content" / "topics.yml"

# Housekeeping of Rasa and notices that say nothing about how the message was understood.
_NEVER: Final = (
    "action_listen",
    "action_session_start",
    "action_extract_slots",
    "action_validate_slot_mappings",
    "action_deactivate_loop",
    "action_unlikely_intent",
    "action_back",
    "action_restart",
    "validate_",
    "utter_staff_",
    "utter_watchdog_",
    "utter_follow_up_",
    "utter_repeat_prefix",
    "utter_comment_resume",
)
# These decide only when nothing else was said.
_ONLY_ALONE: Final = {"utter_welcome": "greet", "utter_language_set": "context"}
# The danger is over, or never was: said by the safety texts, but no escalation.
_CALM: Final = {"utter_safety_relieved": "thanks", "utter_safety_not_meant": "context"}
_CLARIFY: Final = ("utter_clarify", "action_clarify", "action_default_ask_affirmation")
_FALLBACK: Final = (
    "utter_no_answer",
    "utter_three_misses",
    "utter_unreadable",
    "utter_too_long",
    "utter_too_many",
    "utter_technical_problem",
    "utter_default",
    "action_default_fallback",
)
# Names that do not hold the name of their intent, longest first.
_TOPIC_OF_PREFIX: Final = (
    ("utter_know_about_me", "data_erasure"),
    ("utter_trials_registry", "clinical_trials"),
    ("action_know_about_me", "data_erasure"),
    ("action_forget_me", "data_erasure"),
    # side by side or alone, the slot says which way was shown
    ("action_treatment", "context"),
    ("action_resources", "patient_resources"),
    ("utter_resources", "patient_resources"),
    ("utter_treatment", "treatment_options"),
    ("action_handoff", "ask_human"),
    ("action_comment", "leave_comment"),
    ("utter_handoff", "ask_human"),
    ("utter_comment", "leave_comment"),
    ("utter_privacy", "data_erasure"),
    ("comment_form", "leave_comment"),
    ("utter_erase", "data_erasure"),
)


@dataclass(frozen=True)
class Outcome:
    """``topic`` is set for answers, ``options`` (intents offered) for clarifications, ``tier`` when flagged."""

    outcome: OutcomeKind
    topic: str | None = None
    options: tuple[str, ...] = ()
    tier: str | None = None


@functools.lru_cache(maxsize=8)
def topic_of_intents(path: Path = TOPICS_FILE) -> Mapping[str, str]:
    """Intent → topic, longest intent names first, from the one place that maps them."""
    topics = yaml.safe_load(path.read_text(encoding="utf-8"))["topics"]
    pairs = {intent: topic for topic, entry in topics.items() for intent in entry["intents"]}
    return dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def outcome_of(actions: Sequence[str], parse_data: Mapping[str, Any], slots: Mapping[str, Any]) -> Outcome:
    """The outcome of one turn.

    ``actions``: names of the actions run and responses uttered after the message, in order. ``parse_data``: of
    the message (``intent``, ``red_flags``). ``slots``: values after the turn (``topic``, ``options``, ``tier``).
    """
    tier = (parse_data.get("red_flags") or {}).get("tier")
    said = [name for name in actions if not name.startswith(_NEVER)]
    if any(name.startswith("utter_safety_") and name not in _CALM for name in said):
        return Outcome("escalate", tier=tier or slots.get("tier"))
    calmed = next((_CALM[name] for name in said if name in _CALM), None)
    if calmed is not None:
        return _answer(calmed, slots, tier)
    if _any_starts(said, _CLARIFY):
        return Outcome("clarify", options=_intents(slots.get("options")), tier=tier)
    if _any_starts(said, _FALLBACK):
        return Outcome("fallback", tier=tier)
    deciding = [name for name in said if name not in _ONLY_ALONE]
    if not deciding:
        alone = next((_ONLY_ALONE[name] for name in said), None)
        return Outcome("silent", tier=tier) if alone is None else _answer(alone, slots, tier)
    topics = [topic for name in deciding if (topic := topic_of_action(name)) is not None]
    if not topics:
        topics = [topic_of_intents().get((parse_data.get("intent") or {}).get("name") or "", "")]
    named = next((topic for topic in topics if topic != "context"), topics[0])
    return _answer(named, slots, tier)


def topic_of_action(name: str) -> str | None:
    """The topic an action or response belongs to, None when its name does not tell."""
    for prefix, topic in _TOPIC_OF_PREFIX:
        if name == prefix or name.startswith(prefix + "_"):
            return topic
    bare = name.removeprefix("utter_").removeprefix("action_")
    if bare == name:
        return None
    for intent, topic in topic_of_intents().items():
        if bare == intent or bare.startswith(intent + "_"):
            return topic
    return None


def _answer(topic: str, slots: Mapping[str, Any], tier: str | None) -> Outcome:
    found = slots.get("topic") if topic == "context" else topic
    return Outcome("answer", topic=found or None, tier=tier)


def _any_starts(names: Iterable[str], prefixes: tuple[str, ...]) -> bool:
    return any(name.startswith(prefixes) for name in names)


def _intents(options: Any) -> tuple[str, ...]:
    if not isinstance(options, (list, tuple)):
        return ()
    named = (option.get("intent") if isinstance(option, Mapping) else option for option in options)
    return tuple(str(name).removeprefix("/") for name in named if name)
