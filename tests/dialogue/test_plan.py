"""The order in which everything about a message is considered."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.plan import plan_turn
from bot.dialogue.state import CONTENT, Turn
from bot.nlu.language import Detection, Language
from tests.dialogue.turns import LANGUAGES, actions, plan

HOLDING = {"tier": "E1", "held": 0}


# --- the first turn ---


@pytest.mark.parametrize(("text", "language"), [("Bonjour à vous tous", "fr"), ("Hello to all of you", "en")])
def test_the_first_turn_welcomes_in_the_language_of_the_message(text: str, language: Language) -> None:
    first = Turn(text, "greet", detection=Detection(language, 0.9, 4))
    found = plan_turn(first, "fr")
    assert found.actions == ("utter_welcome", "utter_greet")
    assert (found.slots["language"], found.slots["welcomed"]) == (language, True)


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("help", "utter_help"),
        ("ask_source", "utter_ask_source"),
        ("bot_challenge", "utter_bot_challenge"),
        ("goodbye", "utter_goodbye"),
        ("ask_human", "action_handoff_request"),
        ("erase_data", "utter_erase_confirm"),
    ],
)
def test_rules_decide_but_not_on_the_first_turn(intent: str, response: str) -> None:
    assert actions("abc", intent) is None
    assert actions("abc", intent, welcomed=None) == ("utter_welcome", response)


def test_a_safety_block_is_never_below_a_welcome() -> None:
    found = plan("j’ai de la fièvre", welcomed=None, flag="E1")
    assert found.actions is not None
    assert found.actions[0] == "utter_safety_E1"
    assert "utter_welcome" not in found.actions
    assert not found.slots.get("welcomed")


# --- danger over everything ---


@pytest.mark.parametrize(
    "under_way",
    [
        {},
        {"handoff": "human"},
        {"handoff": "waiting"},
        {"comment_stage": "text"},
        {"asking": "resources"},
        {"options": ["causes", "what_is"]},
        {**HOLDING},
        {"payload": True},
    ],
)
@pytest.mark.parametrize(("intent", "text"), [("what_is", "c’est quoi, et j’ai 39"), ("cancel", "never mind, 39 °C")])
def test_danger_comes_before_all_that_is_under_way(intent: str, text: str, under_way: dict[str, Any]) -> None:
    found = actions(text, intent, flag="E0", **under_way)
    assert found is not None
    assert found[:2] == ("utter_safety_E0", "action_notify_staff")


@pytest.mark.parametrize("intent", ["what_is", "greet", "ask_human", "leave_comment", "no_answer", "not_meant"])
def test_silence_while_a_person_has_the_conversation(intent: str) -> None:
    assert actions("abc", intent, handoff="human") == ()


def test_a_person_has_it_even_while_a_tier_is_held() -> None:
    assert actions("abc", "what_is", handoff="human", **HOLDING) == ()


@pytest.mark.parametrize("state", ["bot", "waiting", "closed", None])
def test_otherwise_the_bot_answers(state: str | None) -> None:
    assert actions("abc", "what_is", handoff=state) == ("utter_what_is",)


def test_a_held_tier_comes_before_a_comment() -> None:
    assert actions("abc", "greet", comment_stage="name", comment_text="x", **HOLDING) == ("utter_safety_hold_body",)


def test_a_comment_comes_before_what_was_asked() -> None:
    found = actions("Lyon", "no_answer", comment_stage="text", asking="resources", country="fr")
    assert found == ("utter_comment_ask_text",)


# --- the message itself ---


@pytest.mark.parametrize("topic", CONTENT)
def test_every_topic_is_answered(topic: str) -> None:
    found = plan("abc", topic)
    assert found.actions is not None
    assert found.actions[0] == f"utter_{topic}"
    assert (found.slots["topic"], found.slots["misses"]) == (topic, 0)


@pytest.mark.parametrize("text", ["😀😀", "؟", "مرحبا", "…", "?!", ""])
def test_what_cannot_be_read(text: str) -> None:
    assert actions(text) == ("utter_unreadable",)


@pytest.mark.parametrize("intent", ["thanks", "goodbye", "greet"])
def test_signs_that_are_understood(intent: str) -> None:
    found = actions("❤", intent)
    assert found is not None
    assert found[0].startswith(f"utter_{intent}")


def test_a_payload_needs_no_letters() -> None:
    assert actions("/", "what_is", payload=True) == ("utter_what_is",)


@pytest.mark.parametrize("text", ["Je suis en Belgique", "I live in Belgium"])
def test_the_country_that_was_asked_for(text: str) -> None:
    told = plan(text, country="be", asking="resources")
    assert told.actions == ("action_resources",)
    assert (told.slots["country"], told.slots["asking"]) == ("be", None)
    assert actions(text, country="be", asking="numbers") == ("utter_country_set",)


def test_a_country_nobody_asked_for_is_kept_all_the_same() -> None:
    found = plan("abc", "clinical_trials", country="be")
    assert found.actions == ("utter_clinical_trials",)
    assert found.slots["country"] == "be"


def test_end_of_life_is_answered_by_its_own_text_unless_a_topic_is_asked() -> None:
    assert actions("abc", "no_answer", flag="C6") == ("utter_end_of_life",)
    assert actions("abc", "distress", flag="C6") == ("utter_end_of_life",)
    assert actions("abc", "end_of_life") == ("utter_end_of_life",)
    assert actions("abc", "palliative_care", flag="C6") == ("utter_palliative_care",)


# --- clarification ---


def test_at_most_three_choices_are_offered() -> None:
    found = plan("abc", "clarify", offers=["causes", "what_is", "clinical_trials", "ask_human"])
    assert found.actions == ("utter_clarify",)
    assert found.slots["options"] == ["causes", "what_is", "clinical_trials"]
    assert found.slots["misses"] == 0


def test_after_a_clarification_text_and_taps_work_alike() -> None:
    options = ["causes", "what_is"]
    typed = plan("pourquoi il résiste", "causes", options=options)
    tapped = plan("/causes", "causes", options=options, payload=True)
    assert typed.actions == tapped.actions == ("utter_causes",)
    assert typed.slots["options"] is tapped.slots["options"] is None


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("le premier", "causes"),
        ("la deuxième", "what_is"),
        ("2", "what_is"),
        ("the first one", "causes"),
        ("the last one", "what_is"),
    ],
)
def test_a_choice_by_its_place(text: str, answered: str) -> None:
    found = actions(text, options=["causes", "what_is"], offered=("causes", "what_is", "something_else"))
    assert found == (f"utter_{answered}",)


@pytest.mark.parametrize("text", ["non", "no"])
def test_none_of_the_choices(text: str) -> None:
    found = plan(text, "deny", options=["causes", "what_is"])
    assert found.actions == ("utter_clarify_other",)
    assert found.slots["options"] is None
    assert actions("/something_else", "something_else", payload=True) == ("utter_clarify_other",)


def test_yes_to_one_choice_is_that_choice_and_to_several_asks_again() -> None:
    assert actions("oui", "affirm", options=["causes"]) == ("utter_causes",)
    assert actions("yes", "affirm", options=["causes", "what_is"]) == ("utter_clarify",)


# --- lists and numbers ---

LISTED = ["clinical_trials", "targeted_therapy", "immunotherapy", "palliative_care"]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("la première", "clinical_trials"),
        ("et le deuxième ?", "targeted_therapy"),
        ("3", "immunotherapy"),
        ("n°1", "clinical_trials"),
        ("la dernière", "palliative_care"),
        ("the first one", "clinical_trials"),
        ("what about the second?", "targeted_therapy"),
        ("number 3", "immunotherapy"),
        ("and the last one?", "palliative_care"),
        ("the fourth", "palliative_care"),
    ],
)
def test_an_entry_of_the_list(text: str, topic: str) -> None:
    assert actions(text, listed=LISTED, topic="treatment_options") == (f"utter_{topic}",)


@pytest.mark.parametrize("text", ["5", "9"])
def test_a_number_that_is_not_on_the_list(text: str) -> None:
    assert actions(text, listed=LISTED) == ("utter_list_which",)


def test_a_number_with_nothing_shown() -> None:
    assert actions("2") == ("utter_list_which",)


@pytest.mark.parametrize(
    "text",
    [
        "qui a gagné le match la semaine dernière ?",
        "c’est ma première fois ici",
        "je voudrais un deuxième avis",
        "who won the match last night?",
        "it is my first time here",
        "I would like a second opinion",
    ],
)
def test_a_point_in_time_points_at_no_list(text: str) -> None:
    found = actions(text, "out_of_scope_general", listed=LISTED, offered=("help", "ask_human"))
    assert found == ("utter_out_of_scope_general",)


@pytest.mark.parametrize(("text", "intent"), [("le deuxième", "ask_human"), ("the second one", "ask_human")])
def test_an_entry_that_the_rules_would_decide(text: str, intent: str) -> None:
    assert actions(text, offered=("what_is", intent)) == ("action_handoff_request",)
    assert actions(text, offered=("what_is", "help")) == ("utter_help",)


@pytest.mark.parametrize(
    ("text", "reply"), [("le premier", "action_forget_me"), ("the second one", "utter_erase_cancelled")]
)
def test_yes_and_no_by_their_place(text: str, reply: str) -> None:
    found = actions(text, offered=("affirm", "deny"), last_actions=("utter_erase_confirm",))
    assert found == (reply,)


def test_a_country_by_its_place() -> None:
    offered = ('set_country{"country":"fr"}', 'set_country{"country":"be"}')
    found = plan("la deuxième", offered=offered, asking="resources")
    assert found.actions == ("action_resources",)
    assert found.slots["country"] == "be"


def test_a_sure_question_is_no_pointer() -> None:
    assert actions("le premier traitement ne marche plus", "causes", listed=LISTED) == ("utter_causes",)


# --- misses ---


def test_three_misses_in_a_row() -> None:
    misses: int | None = None
    said = []
    for _ in range(4):
        found = plan("abc", misses=misses)
        said.append(found.actions)
        misses = found.slots["misses"]
    assert said == [("utter_no_answer",), ("utter_no_answer_2",), ("utter_three_misses",), ("utter_no_answer",)]


def test_questions_out_of_scope_are_misses_too() -> None:
    said = []
    misses: int | None = None
    for intent in ("out_of_scope_general", "out_of_scope_general", "out_of_scope_general", "no_answer"):
        found = plan("abc", intent, misses=misses)
        said.append(found.actions)
        misses = found.slots["misses"]
    assert said == [
        ("utter_out_of_scope_general",),
        ("utter_out_of_scope_general_2",),
        ("utter_out_of_scope_general", "utter_three_misses"),
        ("utter_no_answer",),
    ]


@pytest.mark.parametrize("intent", ["what_is", "greet", "thanks", "clarify", "leave_comment", "end_of_life"])
def test_anything_understood_begins_the_count_again(intent: str) -> None:
    assert plan("abc", intent, misses=2, offers=["causes"]).slots["misses"] == 0


def test_what_nothing_is_planned_for_is_a_miss() -> None:
    assert actions("abc", "an_intent_of_tomorrow") == ("utter_no_answer",)


# --- yes, no and never mind ---


@pytest.mark.parametrize(
    ("intent", "alone"),
    [("affirm", "utter_affirm"), ("deny", "utter_deny"), ("cancel", "utter_nothing_to_cancel")],
)
@pytest.mark.parametrize("before", ["utter_erase_confirm", "action_handoff_request"])
def test_stories_decide_what_was_asked(intent: str, alone: str, before: str) -> None:
    assert actions("abc", intent) == (alone,)
    assert actions("abc", intent, last_actions=(before,)) is None


def test_waiting_for_a_person() -> None:
    assert actions("abc", "ask_human", handoff="waiting") == ("utter_handoff_waiting",)
    assert actions("abc", "cancel", handoff="waiting") == ("action_handoff_cancel",)
    assert actions("personne ne répond ?", handoff="waiting") == ("utter_handoff_waiting",)
    assert actions("is anyone there", handoff="waiting") == ("utter_handoff_waiting",)


def test_privacy_says_what_is_kept_and_what_is_known() -> None:
    assert actions("qui lit ça ?", "privacy") == ("utter_privacy", "action_know_about_me")


def test_buttons_with_one_answer() -> None:
    assert actions("/treatment_questions", "treatment_questions", payload=True) == ("utter_treatment_questions",)
    assert actions("/trial_registries", "trial_registries", payload=True) == ("action_trial_registries",)


def test_a_cancer_is_named_only_where_it_was_asked_for() -> None:
    asked: dict[str, Any] = {"asking": "cancer", "last_actions": ("action_trial_registries",)}
    assert actions("le poumon", "clarify", **asked) == ("action_trial_registries",)
    assert plan("le poumon", "clarify", **asked).slots["asking"] is None
    assert actions("le poumon", "clarify") == ("utter_clarify",)
    assert actions("euthanasie, cancer du foie", "no_answer", flag="C6", **asked) == ("utter_end_of_life",)
    other = plan("pourquoi ça résiste", "causes", asking="cancer")
    assert other.actions == ("utter_causes",)
    assert other.slots["asking"] is None
    assert actions("j’habite en Belgique", "clarify", country="be", asking="cancer") == ("utter_clarify",)
    assert actions("Belgique", "clarify", country="be", **asked) == ("action_trial_registries",)


# --- language ---


@pytest.mark.parametrize(
    ("text", "before", "after"), [("English please", "fr", "en"), ("En français s’il vous plaît", "en", "fr")]
)
def test_a_wish_for_a_language(text: str, before: Language, after: Language) -> None:
    found = plan(text, "change_language", language=before, topic="causes")
    assert found.actions == ("utter_language_set", "utter_causes")
    assert found.slots["language"] == after
    assert actions(text, "change_language", language=before) == ("utter_language_set",)
    assert actions(text, "no_answer", language=before) == ("utter_language_set",)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("What does immunotherapy do exactly?", "fr", "en"), ("Que fait l’immunothérapie exactement ?", "en", "fr")],
)
def test_a_question_in_the_other_language_is_answered_in_it(text: str, before: Language, after: Language) -> None:
    found = plan(text, "immunotherapy", language=before, detection=Detection(after, 0.97, 5))
    assert found.actions == ("utter_immunotherapy",)
    assert found.slots["language"] == after


@pytest.mark.parametrize("before", LANGUAGES)
def test_a_payload_never_changes_the_language(before: Language) -> None:
    other: Language = "en" if before == "fr" else "fr"
    found = plan("/what_is", "what_is", payload=True, language=before, detection=Detection(other, 0.99, 9))
    assert found.slots["language"] == before


def test_the_language_of_the_page_begins() -> None:
    first = Turn("ok", "affirm", detection=Detection("en", 0.5, 0), page_language="en")
    assert plan_turn(first, "fr").slots["language"] == "en"


@pytest.mark.parametrize(
    ("topic", "action"), [("clinical_trials", "action_trial_registries"), ("patient_resources", "action_resources")]
)
@pytest.mark.parametrize(("text", "language"), [("je suis au Québec", "fr"), ("I am in Ireland", "en")])
def test_a_country_told_after_a_topic_that_has_a_part_for_it(
    topic: str, action: str, text: str, language: Language
) -> None:
    told = {"country": "ca-qc", "language": language, "offers": ["distress"]}
    assert actions(text, "clarify", topic=topic, **told) == (action,)
    assert actions(text, "clarify", topic="causes", **told) == ("utter_clarify",)


@pytest.mark.parametrize(
    ("intent", "said"), [("privacy", "action_know_about_me"), ("erase_data", "utter_erase_confirm")]
)
def test_rights_are_not_held_back_by_danger(intent: str, said: str) -> None:
    done = actions("abc", intent, tier="E1", held=1)
    assert done
    assert done[0] == "utter_safety_hold_body"
    assert said in done


def test_organisations_asked_for_under_danger_come_below_the_numbers() -> None:
    told = plan("Belgique", "no_answer", tier="C3", held=1, asking="resources", country="be")
    assert told.actions == ("utter_safety_hold_mind", "action_resources")
    assert told.slots["asking"] is None


@pytest.mark.parametrize("text", ["et si aucun des deux ne marche ?", "and if nothing works", "what if they both fail"])
def test_what_is_left_when_the_ways_named_fail(text: str) -> None:
    assert actions(text, "clarify", topic="immunotherapy", offers=["causes"]) == ("utter_treatment_options",)
    assert actions(text, "clarify", topic="causes", offers=["causes"]) == ("utter_clarify",)
