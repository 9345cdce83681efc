"""Leaving a comment, step by step, with what people do in between."""

from __future__ import annotations

from typing import Any

import pytest

from bot.content.responses import load_responses
from bot.dialogue import comment_flow
from bot.dialogue.state import Plan
from tests.dialogue.turns import actions, plan, turn


def start(text: str, **slots: Any) -> Plan:
    return comment_flow.start(turn(text, "leave_comment", **slots))


def step(text: str, stage: str, intent: str = "no_answer", **slots: Any) -> Plan:
    found = comment_flow.step(turn(text, intent, comment_stage=stage, payload=text.startswith("/"), **slots))
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["je voudrais laisser un commentaire", "I would like to leave a comment"])
def test_it_begins_by_asking_for_the_text(text: str) -> None:
    found = start(text, comment_text="an old draft", comment_name="Sam")
    assert found.actions == ("utter_comment_ask_text",)
    assert found.slots == {"comment_stage": "text", "misses": 0, "comment_text": None, "comment_name": None}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mon commentaire : « L’article m’a aidé »", "L’article m’a aidé"),
        ("je veux laisser un commentaire : Très clair, merci.", "Très clair, merci."),
        ("My comment: “The article helped me”", "The article helped me"),
        ("Please publish this comment: Very clear, thanks.", "Very clear, thanks."),
    ],
)
def test_a_comment_in_the_same_message_keeps_its_spelling(text: str, kept: str) -> None:
    found = start(text)
    assert found.actions == ("utter_comment_ask_name",)
    assert (found.slots["comment_text"], found.slots["comment_stage"]) == (kept, "name")


@pytest.mark.parametrize(
    "text",
    [
        "mon commentaire est-il publié ?",
        "où en est mon commentaire, est-il paru ?",
        "has my comment been published?",
        "I left a comment yesterday",
    ],
)
def test_asking_what_became_of_one(text: str) -> None:
    assert start(text).actions == ("action_comment_status",)


def test_one_that_could_not_be_stored_is_offered_again() -> None:
    found = start(
        "je voudrais laisser un commentaire", comment_stage="failed", comment_text="Très clair", comment_name="Sam"
    )
    assert found.actions == ("utter_comment_confirm",)
    assert (found.slots["comment_text"], found.slots["comment_name"]) == ("Très clair", "Sam")
    assert found.slots["comment_stage"] == "confirm"


@pytest.mark.parametrize(
    ("intent", "reply"),
    [("affirm", "action_comment_submit"), ("cancel", "utter_comment_cancelled"), ("deny", "utter_comment_cancelled")],
)
def test_the_buttons_under_a_failure(intent: str, reply: str) -> None:
    slots = {"comment_stage": "failed", "comment_text": "Très clair"}
    assert actions(f"/{intent}", intent, payload=True, last_actions=("action_comment_submit",), **slots) == (reply,)
    assert actions("abc", "causes", last_actions=("action_comment_submit",), **slots) == ("utter_causes",)
    assert actions("abc", "affirm", last_actions=("utter_greet",), **slots) == ("utter_affirm",)


@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
def test_what_is_open(stage: str) -> None:
    assert comment_flow.is_open(turn("abc", comment_stage=stage))


@pytest.mark.parametrize("stage", [None, "failed", "interrupted"])
def test_what_is_not_open(stage: str | None) -> None:
    assert not comment_flow.is_open(turn("abc", comment_stage=stage))


# --- text, name, confirmation ---


@pytest.mark.parametrize("text", ["  Cet article m’a beaucoup aidée.  ", "This article helped me a lot."])
def test_the_text(text: str) -> None:
    found = step(text, "text")
    assert found.actions == ("utter_comment_ask_name",)
    assert found.slots["comment_text"] == text.strip()


@pytest.mark.parametrize("intent", ["what_is", "distress", "out_of_scope_medical", "no_answer", "greet"])
def test_a_comment_may_sound_like_anything(intent: str) -> None:
    assert (
        step("L’article explique bien ce que réfractaire veut dire.", "text", intent).slots["comment_stage"] == "name"
    )


def test_what_is_no_comment() -> None:
    assert step("😀 !!", "text").actions == ("utter_comment_empty",)
    assert step("x" * comment_flow.MAX_LENGTH, "text").actions == ("utter_comment_ask_name",)
    too_long = step("x" * (comment_flow.MAX_LENGTH + 1), "text")
    assert too_long.actions == ("utter_comment_too_long",)
    assert too_long.slots == {"max_length": "1500"}


@pytest.mark.parametrize("text", ["Lila", "Lila B.", "Jean-Luc"])
def test_a_name_given_before_the_text_is_kept(text: str) -> None:
    named = step(text, "text")
    assert named.actions == ("utter_comment_ask_text",)
    assert named.slots["comment_name"] == text.rstrip(".")
    then = step("Cet article est clair", "text", comment_name=text)
    assert then.actions == ("utter_comment_confirm",)
    assert then.slots["comment_name"] == text


@pytest.mark.parametrize(("text", "name"), [("Lila", "Lila"), ("lila de Gand", "lila de Gand"), ("x" * 90, "x" * 60)])
def test_the_name(text: str, name: str) -> None:
    found = step(text, "name", comment_text="Très clair")
    assert found.actions == ("utter_comment_confirm",)
    assert found.slots["comment_name"] == name


@pytest.mark.parametrize(
    ("text", "intent"), [("/skip", "skip"), ("non", "deny"), ("no", "deny"), ("No thanks", "thanks")]
)
def test_no_name(text: str, intent: str) -> None:
    found = step(text, "name", intent, comment_text="Très clair")
    assert found.actions == ("utter_comment_confirm",)
    assert found.slots["comment_name"] is None


@pytest.mark.parametrize("text", ["oui", "ok", "c’est bon", "envoyez", "yes", "send it", "sure"])
def test_a_yes_sends_it(text: str) -> None:
    assert step(text, "confirm", comment_text="Très clair").actions == ("action_comment_submit",)
    assert step("/affirm", "confirm", "affirm", comment_text="Très clair").actions == ("action_comment_submit",)


@pytest.mark.parametrize("text", ["non", "no", "surtout pas", "not yet"])
def test_a_no_throws_it_away(text: str) -> None:
    found = step(text, "confirm", comment_text="Très clair")
    assert found.actions == ("utter_comment_cancelled",)
    assert found.slots["comment_text"] is found.slots["comment_stage"] is None


@pytest.mark.parametrize("text", ["peut-être", "maybe"])
def test_neither_yes_nor_no_asks_again(text: str) -> None:
    assert step(text, "confirm", comment_text="Très clair").actions == ("utter_comment_confirm",)


def test_a_new_text_instead_of_a_yes() -> None:
    found = step("Mon commentaire : « Vraiment très clair »", "confirm", comment_text="Très clair", comment_name="Sam")
    assert found.actions == ("utter_comment_confirm",)
    assert (found.slots["comment_text"], found.slots["comment_name"]) == ("Vraiment très clair", "Sam")


# --- cancelling ---


@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
@pytest.mark.parametrize(
    ("text", "intent"),
    [("laisse tomber", "cancel"), ("annulez svp", "no_answer"), ("never mind", "cancel"), ("forget it", "no_answer")],
)
def test_cancelling(stage: str, text: str, intent: str) -> None:
    found = step(text, stage, intent, comment_text="Très clair")
    assert found.actions == ("utter_comment_cancelled",)
    assert found.slots == {"comment_stage": None, "comment_text": None, "comment_name": None, "misses": 0}


@pytest.mark.parametrize(
    "text",
    [
        "Il ne faut jamais laisser tomber, cet article m’a redonné du courage",
        "Never mind what people say, this article gave me courage",
    ],
)
def test_cancelling_words_in_a_long_message_belong_to_the_comment(text: str) -> None:
    assert step(text, "text").slots["comment_text"] == text


@pytest.mark.parametrize("text", ["Non", "Non merci", "No", "No thanks"])
def test_a_no_instead_of_a_text(text: str) -> None:
    assert step(text, "text").actions == ("utter_comment_cancelled",)


# --- corrections ---


@pytest.mark.parametrize("stage", ["name", "confirm"])
@pytest.mark.parametrize(
    ("said", "kept", "after"),
    [
        ("enlève « trop long », mets « très Clair »", "Cet article est trop long.", "Cet article est très Clair."),
        ("remplacez long par court", "Trop long pour moi", "Trop court pour moi"),
        ("Remplace Trop par Pas", "Trop long pour moi", "Pas long pour moi"),
        ("enlève « pour moi »", "Trop long pour moi", "Trop long"),
        ("replace “too long” with “very Clear”", "This is too long.", "This is very Clear."),
        ("change long to short", "Too long for me", "Too short for me"),
        ("remove “for me”", "Too long for me", "Too long"),
        ("enlève « cœur », mets « corps »", "De tout cœur", "De tout corps"),
    ],
)
def test_words_are_replaced(stage: str, said: str, kept: str, after: str) -> None:
    found = step(said, stage, comment_text=kept, comment_name="Sam")
    assert found.actions == ("utter_comment_confirm",)
    assert found.slots == {"comment_text": after, "comment_stage": "confirm"}


@pytest.mark.parametrize("said", ["enlève « absent », mets « présent »", "replace “absent” with “present”"])
def test_words_that_are_not_there_change_nothing(said: str) -> None:
    found = step(said, "confirm", comment_text="Très clair")
    assert found == Plan(("utter_comment_confirm",), {})


def test_the_button_asks_for_the_text_again() -> None:
    found = step("/correct_comment", "confirm", "correct_comment", comment_text="Très clair")
    assert found.actions == ("utter_comment_corrected",)
    assert found.slots == {"comment_stage": "text"}


# --- questions in between ---


@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
@pytest.mark.parametrize(
    "text", ["Que fait l’immunothérapie ?", "Wait, what does immunotherapy do", "attendez, l’immunothérapie"]
)
def test_a_question_is_answered_and_the_comment_goes_on(stage: str, text: str) -> None:
    found = step(text, stage, "immunotherapy", comment_text="Très clair")
    assert found.actions == ("utter_immunotherapy", "utter_comment_resume")
    trials = step("y a-t-il des essais en Belgique ?", stage, "clinical_trials")
    assert trials.actions == ("utter_clinical_trials", "utter_comment_resume"), (
        "no question about the cancer in between"
    )
    assert "comment_stage" not in found.slots
    assert "comment_text" not in found.slots


def test_a_comparison_in_between() -> None:
    found = step("immunothérapie ou thérapie ciblée, quelle différence ?", "name", "immunotherapy", comment_text="x")
    assert found.actions == ("action_treatment", "utter_comment_resume")


def test_a_topic_tapped_in_between() -> None:
    found = step("/causes", "confirm", "causes", comment_text="Très clair")
    assert found.actions == ("utter_causes", "utter_comment_resume")


@pytest.mark.parametrize(("text", "intent"), [("/affirm", "affirm"), ("oui", "affirm"), ("yes please", "no_answer")])
@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
def test_going_on_asks_again_for_what_was_missing(stage: str, text: str, intent: str) -> None:
    found = step(text, stage, intent, comment_text="Très clair", last_actions=("utter_causes", "utter_comment_resume"))
    asked = {"text": "utter_comment_ask_text", "name": "utter_comment_ask_name", "confirm": "utter_comment_confirm"}
    assert found == Plan((asked[stage],), {})


@pytest.mark.parametrize("stage", ["text", "name", "confirm"])
def test_a_button_of_something_else_is_neither_text_nor_name(stage: str) -> None:
    other = turn("/ask_human", "ask_human", payload=True, comment_stage=stage, comment_text="Très clair")
    assert comment_flow.step(other) is None
    assert actions("/help", "help", payload=True, comment_stage=stage, comment_text="x") is None


@pytest.mark.parametrize("text", ["/affirm", "/deny", "/skip"])
def test_no_button_becomes_a_comment(text: str) -> None:
    assert step(text, "text", text[1:]) == Plan(("utter_comment_ask_text",), {})
    named = step(text, "name", text[1:], comment_text="Très clair")
    assert named.slots.get("comment_name") is None


def test_an_unsure_question_is_part_of_the_comment() -> None:
    found = step("et l’immunothérapie alors ?", "text", "immunotherapy", outcome="clarify")
    assert found.slots["comment_stage"] == "name"


def test_through_the_plan() -> None:
    assert actions("je voudrais laisser un commentaire", "leave_comment") == ("utter_comment_ask_text",)
    assert actions("Sam", comment_stage="name", comment_text="Très clair") == ("utter_comment_confirm",)


def test_every_text_of_the_flow_exists() -> None:
    names = (
        "ask_text",
        "ask_name",
        "confirm",
        "cancelled",
        "corrected",
        "empty",
        "too_long",
        "resume",
        "not_published",
    )
    assert {f"utter_comment_{name}" for name in names} <= load_responses().keys()


@pytest.mark.parametrize("stage", ["name", "confirm"])
@pytest.mark.parametrize(
    "text", ["en fait je veux retirer mon commentaire", "actually can you take my comment back", "je veux l'enlever"]
)
def test_a_comment_may_be_taken_back_before_it_is_sent(text: str, stage: str) -> None:
    assert actions(text, "leave_comment", comment_stage=stage, comment_text="x y") == ("utter_comment_cancelled",)


@pytest.mark.parametrize("text", ["je veux retirer mon commentaire", "I want to withdraw my comment"])
def test_a_comment_that_was_sent_goes_with_the_conversation(text: str) -> None:
    for intent in ("leave_comment", "erase_data", "cancel", "clarify"):
        assert actions(text, intent) == ("utter_erase_comment",)


def test_the_question_about_it_leaves_nothing_else_open() -> None:
    found = plan("supprimez mon commentaire", "leave_comment", options=["causes", "what_is"], pending="causes")
    assert found.actions == ("utter_erase_comment",)
    assert (found.slots["options"], found.slots["pending"]) == (None, None)


@pytest.mark.parametrize(
    "text", ["non juste le commentaire", "oui mais seulement le commentaire", "ok just my comment", "only my comment"]
)
def test_the_comment_alone_is_asked_about_again(text: str) -> None:
    asked = ("utter_erase_comment",)
    assert actions(text, "leave_comment", last_actions=asked) == asked
    assert actions(text, "leave_comment") != asked


@pytest.mark.parametrize("text", ["don't delete my comment", "ne supprimez pas mon commentaire"])
def test_a_comment_to_be_kept_is_not_asked_about(text: str) -> None:
    assert actions(text, "clarify") == ("utter_clarify",)


@pytest.mark.parametrize("text", ["on m'a retiré le sein sans mon avis", "mon oncologue a annulé le deuxième avis"])
def test_what_was_taken_without_ones_opinion_is_no_comment(text: str) -> None:
    assert actions(text, "clarify") == ("utter_clarify",)
