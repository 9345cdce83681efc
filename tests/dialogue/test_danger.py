"""What is said when a message means danger, and in the turns after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.content.responses import load_responses
from bot.dialogue import danger
from bot.dialogue.danger import NOTIFY
from bot.dialogue.state import Plan
from tests.dialogue.turns import actions, plan, turn

TIERS = ("E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5")
TEXTS = {"fr": "c’est quoi l’immunothérapie", "en": "what does immunotherapy do"}


def flagged(flag: str, text: str = "abc", intent: str = "no_answer", **more: Any) -> Plan:
    return danger.flagged(turn(text, intent, flag=flag, **more))


@pytest.mark.parametrize("tier", TIERS)
def test_the_number_first_then_who_was_told_then_the_country(tier: str) -> None:
    found = flagged(tier)
    assert found.actions == (f"utter_safety_{tier}", NOTIFY, "utter_ask_country")
    assert found.slots["tier"] == tier
    assert (found.slots["held"], found.slots["misses"], found.slots["asking"]) == (0, 0, "numbers")
    assert f"utter_safety_{tier}" in load_responses()


def test_the_country_is_asked_once() -> None:
    assert "utter_ask_country" not in (flagged("C3", country="be").actions or ())
    assert "utter_ask_country" not in (flagged("C3", lives_in="be").actions or ())
    assert "utter_ask_country" not in (flagged("C1", tier="C3").actions or ())


@pytest.mark.parametrize(
    ("tier", "texts"), [("E0", True), ("E1", True), ("E2", True), ("C1", True), ("C3", False), ("C5", False)]
)
def test_about_somebody_else(tier: str, texts: bool) -> None:
    [first, *_] = flagged(tier, third=True).actions or ()
    assert first == (f"utter_safety_{tier}_third" if texts else f"utter_safety_{tier}")
    assert first in load_responses()


@pytest.mark.parametrize("tier", ["C2", "C3", "C4"])
def test_who_worries_about_another_hears_the_text_for_relatives(tier: str) -> None:
    def first(rule: str, third: bool) -> str:
        of = turn(flag=tier, third=third)
        flags = {**(of.flags or {}), "evidence": [{"rule": rule, "source": "2.3", "text": ""}]}
        return (danger.flagged(replace(of, flags=flags)).actions or ("",))[0]

    assert first("other_wants_to_die", third=True) == "utter_safety_C5"
    # "they'd be better off" is said by the one who wants to die.
    assert first("want_die", third=True) == f"utter_safety_{tier}"
    assert first("other_wants_to_die", third=False) == f"utter_safety_{tier}"


def test_body_and_mind_together() -> None:
    assert (flagged("E1", body="E1", mind="C3").actions or ())[0] == "utter_safety_body_and_mind"
    assert (flagged("C1", body="E2", mind="C1").actions or ())[0] == "utter_safety_body_and_mind"
    assert (flagged("E1", body="E1", mind="C6").actions or ())[0] == "utter_safety_E1"


def test_a_tier_is_raised_and_never_lowered() -> None:
    assert flagged("C3", tier="C1").slots["tier"] == "C1"
    assert flagged("C1", tier="C3").slots["tier"] == "C1"
    assert flagged("E1", tier="C4").slots["tier"] == "E1"


def test_two_amber_signs_count_as_a_red_one() -> None:
    found = flagged("E2", tier="E2")
    assert (found.actions or ())[0] == "utter_safety_E1"
    assert found.slots["tier"] == "E1"


@pytest.mark.parametrize(("tier", "hold"), [("E1", "utter_safety_hold_body"), ("C3", "utter_safety_hold_mind")])
def test_the_same_sign_again_gets_other_words(tier: str, hold: str) -> None:
    before = (f"utter_safety_{tier}", NOTIFY)
    assert (flagged(tier, tier=tier, last_actions=before).actions or ())[0] == hold
    assert (flagged(tier, tier=tier, last_actions=("utter_causes",)).actions or ())[0] == f"utter_safety_{tier}"


@pytest.mark.parametrize("tier", ["E0", "C1"])
def test_the_most_urgent_blocks_are_said_every_time(tier: str) -> None:
    found = flagged(tier, tier=tier, last_actions=(f"utter_safety_{tier}", NOTIFY))
    assert (found.actions or ())[0] == f"utter_safety_{tier}"


@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
def test_a_comment_under_way_is_not_published(stage: str) -> None:
    found = flagged("C3", comment_stage=stage, country="fr")
    assert found.actions == ("utter_safety_C3", NOTIFY, "utter_comment_not_published")
    assert found.slots["comment_stage"] == "interrupted"


@pytest.mark.parametrize(
    "text", ["39 de fièvre. Et l’immunothérapie, ça marche ?", "Fever of 39. Does immunotherapy work?"]
)
def test_the_question_that_came_with_it_is_offered_after(text: str) -> None:
    found = flagged("E1", text, "immunotherapy", offers=["immunotherapy"], country="fr")
    assert found.actions == ("utter_safety_E1", NOTIFY, "utter_safety_pending_question")
    assert found.slots["pending"] == "immunotherapy"
    without = flagged("E1", text.replace("?", "."), "immunotherapy", offers=["immunotherapy"], country="fr")
    assert "pending" not in without.slots
    assert "utter_safety_pending_question" not in (flagged("E1", text, offers=["ask_human"]).actions or ())


# --- buttons of the block ---


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("called", "utter_safety_called"),
        ("someone_call", "utter_safety_someone_call"),
        ("danger_not_now", "utter_safety_danger_not_now"),
        ("third_person", "utter_safety_third_person"),
    ],
)
@pytest.mark.parametrize("held", [None, 3])
def test_buttons_are_answered_at_any_time(intent: str, response: str, held: int | None) -> None:
    found = plan(f"/{intent}", intent, payload=True, tier="C3", held=held, comment_stage="text")
    assert found.actions == (response,)
    assert found.slots["held"] == (held or 0)
    assert response in load_responses()


def test_in_danger_now_tells_the_staff_again() -> None:
    found = plan("/danger_now", "danger_now", payload=True)
    assert found.actions == ("utter_safety_danger_now", NOTIFY)
    assert (found.slots["tier"], found.slots["held"]) == ("C2", 0)
    for before, after in (("C1", "C1"), ("C4", "C2"), ("E1", "E0")):
        assert plan("/danger_now", "danger_now", payload=True, tier=before).slots["tier"] == after


@pytest.mark.parametrize(
    ("tier", "kept"), [("E1", None), ("C3", None), ("C4", None), ("C1", "C1"), ("C2", "C2"), ("E0", "E0")]
)
def test_not_meant(tier: str, kept: str | None) -> None:
    found = plan("/not_meant", "not_meant", payload=True, tier=tier, held=1, pending="causes")
    assert found.actions == ("utter_safety_not_meant", "action_not_meant")
    assert (found.slots["tier"], found.slots["held"], found.slots["pending"]) == (kept, None, None)


def test_other_messages_are_no_buttons() -> None:
    assert danger.control(turn("bonjour", "greet")) is None


# --- the turns after it ---


@pytest.mark.parametrize(
    ("tier", "messages"), [("E0", 6), ("E1", 6), ("C1", 6), ("C3", 6), ("C4", 4), ("C5", 3), ("E2", 2)]
)
def test_how_long_a_tier_is_held(tier: str, messages: int) -> None:
    held = [count for count in range(9) if danger.is_held(turn("abc", tier=tier, held=count))]
    assert held == list(range(messages))


def test_what_is_not_held() -> None:
    assert not danger.is_held(turn("abc"))
    assert not danger.is_held(turn("abc", tier="C1", held=None))
    assert not danger.is_held(turn("abc", tier=None, held=0))


@pytest.mark.parametrize(("tier", "hold"), [("E1", "utter_safety_hold_body"), ("C3", "utter_safety_hold_mind")])
@pytest.mark.parametrize("text", TEXTS.values())
def test_a_question_waits_one_turn_and_then_stands_below_the_numbers(tier: str, hold: str, text: str) -> None:
    first = plan(text, "immunotherapy", tier=tier, held=0)
    assert first.actions == (hold,)
    assert (first.slots["pending"], first.slots["held"]) == ("immunotherapy", 1)
    second = plan(text, "immunotherapy", tier=tier, held=1)
    assert second.actions == (hold, "utter_immunotherapy")
    assert (second.slots["topic"], second.slots["held"]) == ("immunotherapy", 2)
    after = plan(text, "immunotherapy", tier=tier, held=6)
    assert after.actions == ("utter_immunotherapy",)


def test_a_question_tapped_is_answered_at_once() -> None:
    assert actions("/causes", "causes", payload=True, tier="E1", held=0) == ("utter_safety_hold_body", "utter_causes")


@pytest.mark.parametrize("intent", ["greet", "thanks", "no_answer", "clarify", "leave_comment", "affirm"])
def test_anything_else_repeats_the_numbers(intent: str) -> None:
    found = plan("abc", intent, tier="C3", held=1)
    assert found.actions == ("utter_safety_hold_mind",)
    assert found.slots["pending"] is None


def test_a_person_can_always_be_asked_for() -> None:
    assert actions("abc", "ask_human", tier="C3", held=1) is None


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("l’ambulance est là", "utter_safety_called"),
        ("j’ai appelé", "utter_safety_called"),
        ("the paramedics are here", "utter_safety_called"),
        ("we called them", "utter_safety_called"),
        ("elle est hors de danger", "utter_safety_relieved"),
        ("he is out of danger", "utter_safety_relieved"),
        # Who has not called is sent to call all the same: fever that went down is still to be told.
        ("elle va mieux maintenant", "utter_safety_refusal"),
        ("no I'm fine", "utter_safety_refusal"),
        ("ça va", "utter_safety_refusal"),
        ("ne le dites à personne", "utter_safety_secret"),
        ("please don’t tell my wife", "utter_safety_secret"),
        ("je ne veux pas déranger", "utter_safety_refusal"),
        ("I don't want to make a fuss", "utter_safety_refusal"),
        ("on verra demain", "utter_safety_refusal"),
        ("I'll wait until morning", "utter_safety_refusal"),
    ],
)
def test_what_is_said_under_a_tier(text: str, response: str) -> None:
    assert actions(text, tier="E1", held=1) == (response,)
    assert response in load_responses()


@pytest.mark.parametrize("text", ["ça va passer, pas la peine", "it will pass, no need to bother anyone"])
def test_refusing_help_for_the_mind(text: str) -> None:
    assert actions(text, tier="C3", held=1) == ("utter_safety_refusal_mind",)


@pytest.mark.parametrize("text", ["il est stable mais refuse d’y aller", "she feels better and won't go"])
def test_relief_with_a_refusal_is_a_refusal(text: str) -> None:
    assert actions(text, tier="E1", held=1) == ("utter_safety_refusal",)


def test_relief_ends_it() -> None:
    found = plan("elle est hors de danger", tier="E1", held=2)
    assert found.slots["held"] is None
    assert actions("abc", "causes", tier="E1", held=None) == ("utter_causes",)


@pytest.mark.parametrize("text", ["mon commentaire est-il publié ?", "has my comment been published?"])
def test_the_interrupted_comment_was_not_published(text: str) -> None:
    found = actions(text, "leave_comment", tier="C3", held=1, comment_stage="interrupted")
    assert found == ("utter_safety_hold_mind", "utter_comment_not_published")
