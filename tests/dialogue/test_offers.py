"""What yes and no mean after a text that offers something."""

from __future__ import annotations

import re

import pytest

from bot.content.responses import load_responses
from bot.dialogue import offers
from tests.dialogue.turns import actions, turn

ASKS_FOR_PERSON = re.compile(r"(talk|parler)[^.?!]*(person|personne)[^.?!]*\?")
# Offers two things: what a yes is meant for cannot be told.
EITHER_OR = {"utter_not_useful"}
YES = ["oui", "Oui s'il vous plaît", "d'accord", "yes please", "ok"]
NO = ["non", "Non merci", "no thanks", "No"]


def test_every_text_that_asks_whether_a_person_is_wanted_is_known() -> None:
    asking = {
        name
        for name, response in load_responses().items()
        if any(ASKS_FOR_PERSON.search(response.in_(language).text) for language in ("fr", "en"))
    }
    assert asking == {name for name, wish in offers._BY_YES.items() if wish == "ask_human"} | EITHER_OR


@pytest.mark.parametrize("text", YES)
@pytest.mark.parametrize("intent", ["affirm", "thanks", "clarify", "no_answer"])
@pytest.mark.parametrize("asked", ["utter_distress", "utter_cure_prognosis_again"])
def test_a_yes_calls_the_person_that_was_offered(text: str, intent: str, asked: str) -> None:
    assert actions(text, intent, last_actions=(asked,), topic="cure_prognosis") == ("action_handoff_request",)
    assert actions(text, intent, last_actions=("utter_what_is",), topic="what_is") != ("action_handoff_request",)


def test_who_waits_already_hears_that_the_person_is_called() -> None:
    assert actions("oui", "affirm", last_actions=("utter_distress",), handoff="waiting") == ("utter_handoff_waiting",)


def test_a_yes_under_a_raised_tier_calls_the_person_too() -> None:
    said = actions("yes", "affirm", last_actions=("utter_safety_danger_not_now",), tier="C3", held=1)
    assert said == ("action_handoff_request",)


def test_what_weighs_at_the_end_of_life_is_heard() -> None:
    assert actions("oui", "affirm", last_actions=("utter_end_of_life",)) == ("utter_distress",)
    assert actions("non", "deny", last_actions=("utter_end_of_life",)) == ("utter_deny_offer",)


@pytest.mark.parametrize("text", NO)
@pytest.mark.parametrize(
    "asked", ["utter_distress", "utter_palliative_care_again", "utter_not_useful", "action_resources"]
)
def test_a_no_to_an_offer_is_no_misunderstanding(text: str, asked: str) -> None:
    assert actions(text, "deny", last_actions=(asked,)) == ("utter_deny_offer",)


def test_a_question_that_was_kept_is_what_a_yes_or_no_answers() -> None:
    asked = ("utter_safety_danger_not_now", "utter_safety_pending_question")
    assert offers.accepted(turn("oui", "affirm", last_actions=asked, pending="causes")) is None
    assert not offers.refused(turn("non", "deny", last_actions=asked, pending="causes"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ok mais dites-moi d'abord ce que ça veut dire", "clarify"),
        ("ok what is immunotherapy then", "immunotherapy"),
        ("merci", "thanks"),
    ],
)
def test_more_than_a_yes_is_read_as_it_is(text: str, intent: str) -> None:
    assert offers.accepted(turn(text, intent, last_actions=("utter_distress",))) is None


def test_a_no_to_choices_or_to_a_waiting_person_is_no_answer_to_an_offer() -> None:
    for more in ({"options": ["causes"]}, {"handoff": "waiting"}, {"payload": True}):
        assert not offers.refused(turn("non", "deny", last_actions=("utter_distress",), **more))


@pytest.mark.parametrize("text", ["Non merci", "Non, c'est bon merci", "no thank you", "Nothing else, thanks!"])
@pytest.mark.parametrize("intent", ["deny", "thanks", "clarify", "no_answer"])
def test_no_thanks_where_nothing_was_asked(text: str, intent: str) -> None:
    assert actions(text, intent, last_actions=("utter_what_is",)) == ("utter_thanks",)


@pytest.mark.parametrize("text", ["non merci", "no thanks"])
def test_no_thanks_to_what_was_asked_is_a_no(text: str) -> None:
    assert actions(text, "deny", last_actions=("utter_erase_confirm",)) is None
    assert actions(text, "deny", options=["what_is", "causes"]) == ("utter_clarify_other",)
    assert actions(text, "deny", handoff="waiting") != ("utter_thanks",)
    assert actions(text, "deny", asking="cancer", last_actions=("action_trial_registries",)) == (
        "utter_trials_registry_skipped",
    )
    assert actions(text, "deny", comment_stage="confirm") == ("utter_comment_cancelled",)
    held = actions(text, "deny", tier="C2", held=1)
    assert held is not None
    assert held[0].startswith("utter_safety_hold")
    assert (actions(text, "deny", flag="E1") or ("",))[0].startswith("utter_safety_E1")


def test_what_answers_the_questions_about_erasing() -> None:
    for intent, done in (
        ("affirm", "action_forget_me"),
        ("deny", "utter_erase_cancelled"),
        ("cancel", "utter_erase_cancelled"),
    ):
        assert actions("abc", intent, last_actions=("utter_erase_confirm",)) is None, "left to the stories"
        assert actions("abc", intent, last_actions=("utter_erase_comment",)) == (done,)


@pytest.mark.parametrize(
    "text",
    [
        "I don't want a person anymore",
        "no sorry, I don't want to talk to anyone",
        "Non, je ne veux plus parler à quelqu'un",
        "finalement j'ai plus besoin d'une personne merci",
    ],
)
def test_who_wants_no_person_gets_none(text: str) -> None:
    heard = {"tier": "C3", "body": None, "mind": "C3", "third_person": False, "layer": 2, "escalate": True}
    for flags, done in ((None, "action_handoff_cancel"), (heard, "utter_deny_offer")):
        assert actions(text, "ask_human", flags=flags, last_actions=("utter_distress",)) == ("utter_deny_offer",)
        # Where the classifier is alarmed, the staff look: nothing is withdrawn.
        assert actions(text, "ask_human", flags=flags, handoff="waiting") == (done,)
        assert actions(text, "ask_human", flags=flags, last_actions=("action_handoff_request",)) == (done,)
    # Where no person was spoken of, while danger is held, and where the rules found it, it is no matter of manners.
    for more in ({"flags": heard}, {"flags": heard, "tier": "C3", "held": 0}, {"flags": {**heard, "layer": 1}}):
        assert (actions(text, "danger", **more) or ("",))[0].startswith("utter_safety")


@pytest.mark.parametrize(
    "text", ["don't need anyone anymore", "i no longer need anyone", "I don't want anyone anymore"]
)
def test_who_needs_nobody_any_more_may_mean_more_than_a_person_here(text: str) -> None:
    heard = {"tier": "C3", "body": None, "mind": "C3", "third_person": False, "layer": 2, "escalate": True}
    assert (actions(text, "danger", flags=heard, last_actions=("utter_distress",)) or ("",))[0] == "utter_safety_C3"


@pytest.mark.parametrize("text", ["ok non merci", "ok merci", "ok mais pas maintenant", "go away", "not now"])
def test_a_yes_that_is_none_calls_nobody(text: str) -> None:
    for intent in ("affirm", "thanks", "clarify"):
        assert offers.accepted(turn(text, intent, last_actions=("utter_distress",))) is None


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live anymore",
        "I don't want to be a person who gives up",
        "je ne veux plus personne autour de moi",
        "je n'ai plus personne",
        "je veux plus parler à personne",
        "je ne veux plus personne",
    ],
)
def test_other_unwillingness_is_something_else(text: str) -> None:
    assert not offers.wants_nobody(turn(text, last_actions=("utter_distress",)))


@pytest.mark.parametrize("text", ["non merci de repondre", "no thanks to the chemo it came back", "non"])
def test_more_than_no_thanks_is_read_as_it_is(text: str) -> None:
    assert actions(text, "deny") == ("utter_deny",)
