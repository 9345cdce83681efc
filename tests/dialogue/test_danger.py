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
    assert (found.slots["tier"], found.slots["held"]) == ("C3", 0)
    assert plan("/danger_now", "danger_now", payload=True, tier="C1").slots["tier"] == "C1"


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
        ("elle va mieux maintenant", "utter_safety_relieved"),
        ("he is out of danger", "utter_safety_relieved"),
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
    found = plan("elle va mieux", tier="E1", held=2)
    assert found.slots["held"] is None
    assert actions("abc", "causes", tier="E1", held=None) == ("utter_causes",)


@pytest.mark.parametrize("text", ["mon commentaire est-il publié ?", "has my comment been published?"])
def test_the_interrupted_comment_was_not_published(text: str) -> None:
    found = actions(text, "leave_comment", tier="C3", held=1, comment_stage="interrupted")
    assert found == ("utter_safety_hold_mind", "utter_comment_not_published")


def first(text: str, intent: str = "danger", **more: Any) -> str:
    """The first thing done about a message."""
    return (actions(text, intent, **more) or ("",))[0]


def second_layer(tier: str = "C3") -> dict[str, Any]:
    """What the classifier alone finds."""
    side = "body" if tier.startswith("E") else "mind"
    flags = {
        "tier": tier,
        "body": None,
        "mind": None,
        "third_person": False,
        "layer": 2,
        "escalate": True,
        "evidence": [],
    }
    return {**flags, side: tier}


@pytest.mark.parametrize(
    "text",
    ["J’ai appelé, l’ambulance arrive", "I called, the ambulance is coming", "we have called 999", "j’ai appelé le 15"],
)
def test_help_that_comes_is_heard_where_only_the_classifier_finds_danger(text: str) -> None:
    assert actions(text, "danger", flags=second_layer(), tier="E0", held=1) == ("utter_safety_called", NOTIFY)
    for other in (
        {},
        {"tier": "E2", "held": None},
        {"tier": "C3", "held": 0},
        {"tier": "E0", "held": 0, "of_mind": True},
    ):
        assert first(text, flags=second_layer(), **other) != "utter_safety_called"
    rules = {**second_layer(), "layer": 1}
    assert first(text, flags=rules, tier="E0", held=1) == "utter_safety_C3"


@pytest.mark.parametrize(
    "text",
    [
        "j'ai appelé mes enfants une dernière fois",
        "ma femme est à l'hopital et je suis seul, ça devient noir",
        "le samu est injoignable et il empire",
        "j'ai appelé mais personne ne vient, il gémit",
        "tant que mamie est là je tiens, après je la suis",
        "I called and now I can go",
    ],
)
def test_danger_beside_the_news_is_danger(text: str) -> None:
    for tier in ("C3", "E1"):
        assert first(text, flags=second_layer(tier), tier="E0", held=1) in (f"utter_safety_{tier}", "utter_safety_C3")


@pytest.mark.parametrize(
    "text", ["le samu est injoignable", "I called but nobody comes", "est-ce qu’une personne est là ?"]
)
def test_bad_news_end_nothing(text: str) -> None:
    assert actions(text, "clarify", tier="E0", held=1) == ("utter_safety_hold_body",)


@pytest.mark.parametrize(("tier", "of_mind", "held_after"), [("E0", False, None), ("E1", True, 1), ("C2", True, 1)])
def test_who_called_is_not_told_to_call_first(tier: str, of_mind: bool, held_after: int | None) -> None:
    for text, more in (("j’ai appelé", {}), ("/called", {"intent": "called", "payload": True})):
        found = plan(text, tier=tier, held=1, of_mind=of_mind, **more)
        assert found.actions == ("utter_safety_called",)
        assert found.slots["held"] == held_after


def test_a_flag_of_the_mind_is_remembered_beside_the_bodys() -> None:
    assert plan("abc", body="E1", mind="C2", flag="E1").slots["of_mind"] is True
    assert plan("abc", flag="E1").slots["of_mind"] is False
    assert plan("abc", flag="E1", tier="C3").slots["of_mind"] is True


AFTER = ("utter_safety_called",)


@pytest.mark.parametrize("text", ["ils l’ont emmené, il est à l’hôpital", "she is in hospital now", "c’est passé"])
def test_news_after_a_danger_are_heard(text: str) -> None:
    assert actions(text, "clarify", tier="E1", held=None, last_actions=AFTER) == ("utter_safety_relieved",)
    for tier, of_mind in (("C3", False), ("E1", True)):
        said = actions(text, "clarify", tier=tier, of_mind=of_mind, last_actions=AFTER)
        assert said == ("utter_safety_danger_not_now",)
    assert actions(text, "clarify", tier="E1", last_actions=("utter_causes",)) == ("utter_clarify",)
    assert actions(text, "distress", tier="E1", last_actions=AFTER) == ("utter_distress",)


@pytest.mark.parametrize(
    "text", ["which treatment is better?", "my scan is stable, what does it mean?", "quelle est la différence ?"]
)
def test_questions_after_a_danger_are_no_news(text: str) -> None:
    assert actions(text, "clarify", tier="E2", last_actions=AFTER) == ("utter_clarify",)


def test_a_comment_being_written_is_no_news() -> None:
    writing = {"comment_stage": "text", "tier": "E1", "last_actions": AFTER}
    assert actions("Mon équipe est formidable, je suis soulagée", "useful", **writing) == ("utter_comment_ask_name",)


@pytest.mark.parametrize("text", ["c'est fini", "it's over now", "it is over"])
def test_that_it_is_over_may_be_a_farewell(text: str) -> None:
    assert actions(text, "clarify", tier="C3", held=1) == ("utter_safety_hold_mind",)


@pytest.mark.parametrize(("tier", "kept"), [("C3", None), ("C2", 2)])
def test_a_mind_that_calms_hears_no_orders_of_a_body(tier: str, kept: int | None) -> None:
    found = plan("ça va mieux, j’avais juste besoin de le dire", "clarify", tier=tier, held=1)
    assert found.actions == ("utter_safety_danger_not_now",)
    assert found.slots["held"] == kept


@pytest.mark.parametrize(
    "text",
    [
        "non je veux pas me tuer, je suis juste épuisée",
        "vous avez mal compris",
        "no i'm just exhausted, i dont want to die",
        "i said i'm not suicidal",
    ],
)
def test_what_was_not_meant_may_be_said_in_own_words(text: str) -> None:
    found = plan(text, "distress", tier="C3", held=0)
    assert found.actions == ("utter_safety_not_meant",), "nothing is withdrawn without the button"
    assert "tier" not in found.slots
    assert first(text, flag="C2", tier="C3", held=0) == "utter_safety_C2"
    assert actions(text, "distress") == ("utter_distress",)


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("j'ai peur, je ne veux pas mourir", "E1"),
        ("I'm scared, I don't want to die", "E1"),
        ("vous avez mal compris", "E0"),
        ("je ne sais pas ce que j'ai pris", "C3"),
        ("I'm scared, I don't want to die", "C3"),
    ],
)
def test_fear_takes_nothing_back(text: str, tier: str) -> None:
    assert first(text, "distress", tier=tier, held=0).startswith("utter_safety_hold")


@pytest.mark.parametrize("text", ["non pas moi, c’est ma femme", "it's my mum not me"])
def test_whose_danger_it_is_may_be_said_in_own_words(text: str) -> None:
    found = plan(text, "clarify", tier="C3", held=0)
    assert (found.actions, found.slots["of_another"]) == (("utter_safety_third_person",), True)
    assert first("life is not for me, he will manage", "clarify", tier="C3", held=0) == "utter_safety_hold_mind"


def test_somebody_elses_danger_stays_theirs() -> None:
    others = {"tier": "C3", "held": 1, "of_another": True}
    assert actions("et maintenant ?", **others) == ("utter_safety_hold_other",)
    assert actions("et maintenant ?", tier="C3", held=1) == ("utter_safety_hold_mind",)
    for text in ("elle a repris les cachets", "she took them again"):
        assert first(text, flags=second_layer(), **others) == "utter_safety_C5"
        again = first(text, flags=second_layer(), last_actions=("utter_safety_C5",), **others)
        assert again == "utter_safety_hold_other"
    # Of oneself, or found by the rules, it is one's own.
    for text in ("je vais prendre les cachets", "her death will be mine too", "elle est partie, je veux la rejoindre"):
        assert first(text, flags=second_layer(), **others) == "utter_safety_C3"
    assert first("elle a tout", flag="C2", **others) == "utter_safety_C2"


@pytest.mark.parametrize("text", ["no one is here", "je suis toute seule"])
def test_who_is_alone_hears_the_emergency_number_first(text: str) -> None:
    found = plan(text, "clarify", tier="C1", held=3)
    assert found.actions == ("utter_safety_danger_now", NOTIFY)
    assert found.slots["held"] == 0
    assert actions(text, "clarify", tier="C1", held=1, of_another=True) == ("utter_safety_hold_other",)


@pytest.mark.parametrize("text", ["oui, parler à une personne ici", "is there no one here to talk to?"])
def test_who_asks_for_a_person_is_not_told_to_go_to_one(text: str) -> None:
    assert "utter_safety_danger_now" not in (actions(text, "ask_human", tier="C3", held=1) or ())
