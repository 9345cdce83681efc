"""Answering a topic: the right variant of the text, never the same words twice in a row."""

from __future__ import annotations

from typing import Any

from bot.content.countries import load_countries
from bot.dialogue import cues
from bot.dialogue.state import CONTENT, TREATMENTS, Plan, Turn

# What follows the text of a topic. The text itself never depends on the action server.
_FOLLOWED_BY = {"patient_resources": ("action_resources",)}
_AGAIN = ("_again", "_simple")


def answer(turn: Turn, topic: str, variant: str = "") -> Plan:
    """Answer a content topic; ``variant`` is "", "_more", "_simple", "_again" or "_why"."""
    seen = turn.seen
    count = seen.get(topic, 0)
    slots: dict[str, Any] = {"topic": topic, "misses": 0, "pending": None, "options": None}
    if not variant and topic == "treatment_options":
        slots["listed"] = list(TREATMENTS)
    if not variant and topic == "which_cancers" and (named := _cancer_variant(turn)):
        text = named
    elif not variant and count and turn.topic == topic:
        text = f"utter_{topic}{_AGAIN[(count - 1) % len(_AGAIN)]}"
    else:
        text = f"utter_{topic}{variant}"
    seen[topic] = count + 1
    slots["seen"] = seen
    return Plan((text, *_following(turn, topic, variant)), slots)


def _following(turn: Turn, topic: str, variant: str) -> tuple[str, ...]:
    """Actions after the text; who names a country with a question on trials is shown where to look for them there."""
    if variant:
        return ()
    if topic == "clinical_trials" and not turn.payload and load_countries().named(turn.text):
        return ("action_trial_registries",)
    return _FOLLOWED_BY.get(topic, ())


def _cancer_variant(turn: Turn) -> str | None:
    if cues.has("named_cancers", turn.plain):
        return "utter_which_cancers_named"
    return "utter_which_cancers_other" if cues.has("other_cancers", turn.plain) else None


def compared(turn: Turn) -> list[str]:
    """The treatments a message wants side by side; empty unless there are at least two."""
    named = [name for name in cues.among("treatments", turn.plain) if name in TREATMENTS]
    return named[:2] if len(named) >= 2 and cues.has("compare", turn.plain) else []


def compare(turn: Turn, treatments: list[str]) -> Plan:
    """Show two ways side by side."""
    return Plan(("action_treatment",), {"which": treatments, "topic": treatments[0], "misses": 0})


def talk(turn: Turn, intent: str) -> Plan:
    """Small talk and requests that have no content topic."""
    count = turn.seen.get(intent, 0)
    seen = {**turn.seen, intent: count + 1}
    name = f"utter_{intent}"
    if intent == "greet" and turn.slots.get("welcomed"):
        name = "utter_greet_back"
    elif intent == "distress" and count:
        name = "utter_distress_again"
    elif intent == "thanks" and not cues.has("thanks_word", turn.plain):
        name = "utter_thanks_ack"
    elif intent in ("useful", "not_useful"):
        return Plan((name, "action_rate"), {"misses": 0, "seen": seen})
    return Plan((name,), {"misses": 0, "seen": seen})


def out_of_scope(turn: Turn, intent: str) -> Plan:
    """A refusal that names the matter, in other words the second time, with a way out at the third."""
    misses = int(turn.slots.get("misses") or 0) + 1
    slots = {"misses": misses, "options": None}
    if intent == "out_of_scope_medical":
        kinds = ("choice", "own_choice"), ("dose", "dose"), ("results", "results"), ("symptom", "symptom")
        suffix = next((f"_{kind}" for kind, cue in kinds if cues.has(cue, turn.plain)), "_2" if misses == 2 else "")
    else:
        suffix = "_2" if misses == 2 else ""
    names = (f"utter_{intent}{suffix}",)
    return Plan(
        (*names, "utter_three_misses") if misses >= 3 else names,
        {**slots, "misses": 0 if misses >= 3 else misses},
    )


def no_answer(turn: Turn) -> Plan:
    """Say that there is no answer; the third time in a row with menu, phone lines and a person."""
    misses = int(turn.slots.get("misses") or 0) + 1
    name = {1: "utter_no_answer", 2: "utter_no_answer_2"}.get(misses, "utter_three_misses")
    return Plan((name,), {"misses": misses % 3, "options": None})


def clarify(turn: Turn, options: list[str]) -> Plan:
    """Offer up to three choices and "something else"."""
    return Plan(("utter_clarify",), {"options": options[:3], "misses": 0})


def is_content(intent: str) -> bool:
    """Whether an intent is a topic of the article."""
    return intent in CONTENT
