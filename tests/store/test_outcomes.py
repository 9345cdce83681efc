"""What became of a message, from what the bot did."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.store.outcomes import _CALM, TOPICS_FILE, Outcome, outcome_of, topic_of_action, topic_of_intents


def of(*actions: str, intent: str | None = None, tier: str | None = None, **slots: Any) -> Outcome:
    flags = {"tier": tier} if tier else None
    return outcome_of(actions, {"intent": {"name": intent}, "red_flags": flags}, slots)


@pytest.mark.parametrize(
    ("action", "topic"),
    [
        ("utter_causes", "causes"),
        ("utter_causes_more", "causes"),
        ("utter_what_is_simple", "what_is"),
        ("utter_cure_prognosis_again", "cure_prognosis"),
        ("utter_targeted_therapy_why", "targeted_therapy"),
        ("utter_out_of_scope_medical_2", "out_of_scope_medical"),
        ("utter_out_of_scope_medical_dose", "out_of_scope_medical"),
        ("utter_which_cancers_named", "which_cancers"),
        ("utter_ask_source", "bot_challenge"),
        ("utter_help", "greet"),
        ("utter_end_of_life", "out_of_scope_medical"),
        ("utter_treatment_options", "treatment_options"),
        ("action_resources", "patient_resources"),
        ("utter_resources_none", "patient_resources"),
        ("action_comment_submit", "leave_comment"),
        ("utter_comment_ask_text", "leave_comment"),
        ("comment_form", "leave_comment"),
        ("action_forget_me", "data_erasure"),
        ("utter_erase_confirm", "data_erasure"),
        ("utter_privacy", "data_erasure"),
        ("action_know_about_me", "data_erasure"),
        ("utter_handoff_requested", "ask_human"),
        ("utter_distress_again", "distress"),
        ("utter_thanks_ack", "thanks"),
    ],
)
def test_an_answer_belongs_to_a_topic(action: str, topic: str) -> None:
    assert of("action_extract_slots", action, "action_listen") == Outcome("answer", topic)


@pytest.mark.parametrize("action", ["utter_repeat", "utter_tell_more", "utter_affirm", "utter_deny"])
def test_follow_ups_take_the_topic_of_the_conversation(action: str) -> None:
    assert of(action, topic="immunotherapy") == Outcome("answer", "immunotherapy")
    assert of(action) == Outcome("answer", None)


@pytest.mark.parametrize("action", ["action_treatment", "action_treatment_compare"])
def test_a_treatment_that_was_shown_is_named_by_the_slot(action: str) -> None:
    assert of(action, topic="immunotherapy") == Outcome("answer", "immunotherapy")


def test_calming_texts_are_no_escalations() -> None:
    assert _CALM
    for action, topic in _CALM.items():
        found = of(action, topic="causes", tier=None)
        assert found == Outcome("answer", "causes" if topic == "context" else topic)


@pytest.mark.parametrize("action", ["utter_safety_E0", "utter_safety_C2", "utter_safety_hold_body"])
def test_a_safety_text_wins_over_all(action: str) -> None:
    assert of("utter_welcome", action, "utter_causes", tier="E0") == Outcome("escalate", tier="E0")
    assert of(action).outcome == "escalate"


def test_the_held_tier_counts_when_the_message_has_none() -> None:
    assert of("utter_safety_hold_mind", tier=None, topic="causes").tier is None
    assert outcome_of(["utter_safety_hold_mind"], {}, {"tier": "C3"}).tier == "C3"


def test_clarify_brings_its_options() -> None:
    found = of("utter_clarify", options=["causes", "/what_is", {"intent": "greet"}, None], topic="causes")
    assert found == Outcome("clarify", options=("causes", "what_is", "greet"))
    assert of("action_clarify", options="nonsense") == Outcome("clarify")


@pytest.mark.parametrize(
    "action",
    [
        "utter_no_answer",
        "utter_no_answer_2",
        "utter_three_misses",
        "utter_unreadable",
        "action_default_fallback",
    ],
)
def test_fallbacks(action: str) -> None:
    assert of("utter_welcome", action, "action_listen") == Outcome("fallback")


def test_nothing_said_is_silent_but_keeps_the_flag() -> None:
    assert of() == Outcome("silent")
    assert of("action_listen", "action_extract_slots", tier="C1") == Outcome("silent", tier="C1")
    assert of("utter_watchdog_1") == Outcome("silent")


def test_welcome_and_language_decide_only_alone() -> None:
    assert of("utter_welcome", "utter_causes") == Outcome("answer", "causes")
    assert of("utter_language_set", "utter_no_answer") == Outcome("fallback")
    assert of("utter_welcome") == Outcome("answer", "greet")
    assert of("utter_language_set", topic="causes") == Outcome("answer", "causes")


def test_a_prefix_sentence_does_not_hide_the_topic() -> None:
    assert of("utter_affirm", "utter_causes", topic="what_is") == Outcome("answer", "causes")


def test_an_unknown_action_falls_to_the_intent() -> None:
    assert of("action_new", intent="immunotherapy") == Outcome("answer", "immunotherapy")
    assert of("action_new") == Outcome("answer", None)


def test_every_response_of_every_topic_is_recognised() -> None:
    topics = yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8"))["topics"]
    for topic, entry in topics.items():
        for intent in entry["intents"]:
            assert topic_of_action(f"utter_{intent}") == topic
            assert topic_of_action(f"utter_{intent}_more") == topic


def test_each_intent_has_one_topic() -> None:
    topics = yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8"))["topics"]
    assert len(topic_of_intents()) == sum(len(entry["intents"]) for entry in topics.values())
