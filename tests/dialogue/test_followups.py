"""Messages that mean something only after what was said before."""

from __future__ import annotations

from typing import Any

import pytest

from bot.content.responses import load_responses
from bot.dialogue import followups
from bot.nlu.language import Language
from tests.dialogue.turns import turn


def replied(text: str, intent: str, **slots: Any) -> tuple[str, ...] | None:
    found = followups.context_intent(turn(text, intent, **slots), intent)
    return found.actions if found else None


@pytest.mark.parametrize(
    ("intent", "text", "variant"),
    [
        ("tell_more", "dites-m’en plus", "_more"),
        ("tell_more", "tell me more", "_more"),
        ("simplify", "plus simplement", "_simple"),
        ("simplify", "say it more simply", "_simple"),
        ("ask_why", "pourquoi ?", "_why"),
        ("ask_why", "why?", "_why"),
    ],
)
def test_they_take_the_topic_of_the_conversation(intent: str, text: str, variant: str) -> None:
    assert replied(text, intent, topic="causes") == (f"utter_causes{variant}",)
    assert replied(text, intent, topic="immunotherapy") == (f"utter_immunotherapy{variant}",)


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("tell_more", "utter_no_context"),
        ("ask_why", "utter_no_context"),
        ("simplify", "utter_simplify_none"),
        ("repeat", "utter_repeat_none"),
    ],
)
@pytest.mark.parametrize("topic", [None, "greet", "context"])
def test_with_nothing_before(intent: str, response: str, topic: str | None) -> None:
    assert replied("abc", intent, topic=topic) == (response,)
    assert response in load_responses()


@pytest.mark.parametrize(("intent", "variant"), [("tell_more", "_more"), ("simplify", "_simple"), ("ask_why", "_why")])
def test_the_same_wish_twice_says_that_there_is_no_more(intent: str, variant: str) -> None:
    assert replied("abc", intent, topic="causes", last_actions=(f"utter_causes{variant}",)) == ("utter_no_more",)
    assert replied("abc", intent, topic="causes", last_actions=(f"utter_what_is{variant}",)) != ("utter_no_more",)


def test_repeating() -> None:
    assert replied("répétez", "repeat", topic="causes") == ("utter_repeat_prefix", "utter_causes")


@pytest.mark.parametrize("text", ["oui", "yes"])
def test_yes(text: str) -> None:
    def said(**slots: Any) -> tuple[str, ...] | None:
        return replied(text, "affirm", **slots)

    assert said(pending="immunotherapy") == ("utter_immunotherapy",)
    assert said(pending="ask_human", topic="causes", last_actions=("utter_causes",)) == ("utter_causes_more",)
    assert said(topic="causes", last_actions=("utter_causes",)) == ("utter_causes_more",)
    assert said(topic="causes", last_actions=("utter_thanks",)) is None
    assert said(options=["ask_human"]) is None
    assert said() is None


def test_no_without_choices_is_for_the_rules() -> None:
    assert replied("non", "deny") is None


def elliptic(text: str, intent: str = "no_answer", **slots: Any) -> tuple[str, ...] | None:
    found = followups.elliptic(turn(text, intent, **slots))
    return found.actions if found else None


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("et pour le sein ?", "utter_which_cancers_named"),
        ("et le pancréas ?", "utter_which_cancers_other"),
        ("and for the breast?", "utter_which_cancers_named"),
        ("what about the pancreas?", "utter_which_cancers_other"),
    ],
)
def test_a_cancer_added_to_the_question_before(text: str, response: str) -> None:
    assert elliptic(text, topic="what_is") == (response,)
    assert elliptic(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "et que font les essais pour le sein ?",
        "and how do you treat the breast?",
        "et pour ma voisine qui a eu un cancer du sein il y a dix ans ?",
        "le sein",
        "breast",
    ],
)
def test_another_question_about_a_cancer_is_none(text: str) -> None:
    assert elliptic(text, topic="what_is") is None


@pytest.mark.parametrize("text", ["vous l’avez déjà dit", "oui ou non ?", "you already said that", "yes or no?"])
def test_a_complaint_about_the_same_answer_gets_other_words(text: str) -> None:
    assert elliptic(text, topic="cure_prognosis") == ("utter_cure_prognosis_again",)
    assert elliptic(text, "causes", topic="cure_prognosis") is None


@pytest.mark.parametrize(
    ("text", "language"), [("ça prend combien de temps ?", "fr"), ("how long does it take?", "en")]
)
def test_after_erasing_was_offered(text: str, language: Language) -> None:
    for before in ("utter_erase_confirm", "utter_privacy", "action_forget_me"):
        assert elliptic(text, language=language, last_actions=(before,)) == ("utter_erase_delay",)
    assert elliptic(text, language=language, last_actions=("utter_greet",)) is None


def test_comments_are_erased_apart() -> None:
    def asked(*before: str, **more: Any) -> tuple[str, ...] | None:
        return elliptic("et mon commentaire ?", "leave_comment", last_actions=before, **more)

    assert asked("utter_erase_confirm", offered=("affirm", "deny")) == ("utter_erase_comment",)
    assert asked("action_forget_me") == ("utter_erase_comment_done",)
    assert asked("action_forget_me", offered=("erase_data", "ask_human")) == ("utter_erase_comment",), "not erased"
    failed = ("action_forget_me", "utter_technical_problem")
    assert asked(*failed) == ("utter_erase_comment",), "not erased either"
    assert elliptic("is it all gone?", "clarify", last_actions=failed) != ("utter_erase_done",)
    assert elliptic("is it all gone?", "clarify", last_actions=("action_forget_me",)) == ("utter_erase_done",)
    assert asked("utter_greet") is None


def test_pointing() -> None:
    def at(text: str, **slots: Any) -> str | None:
        return followups.pointed_at(turn(text, **slots))

    assert at("le premier", options=["causes"], listed=["what_is"], offered=("help",)) == "causes"
    assert at("le premier", listed=["what_is"], offered=("help",)) == "what_is"
    assert at("the first one", offered=("help",)) == "help"
    assert at("the first one") is None
    assert at("1") == ""
    assert at("choix : 2", offered=("help", "causes")) == "causes"
    assert at("dites m’en plus sur le premier de tous ces traitements s’il vous plaît", listed=["what_is"]) is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_after_a_change_of_language(language: Language) -> None:
    assert followups.in_language(turn("abc", topic="causes", language=language), True).actions == (
        "utter_language_set",
        "utter_causes",
    )
    assert followups.in_language(turn("abc"), True).actions == ("utter_language_set",)


ASKED_CANCER = ("utter_clinical_trials", "action_trial_registries")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("le poumon", "clarify"),
        ("pancreas", "no_answer"),
        ("c’est pour le sein de ma mère, stade quatre depuis mars", "which_cancers"),
        ("ovarian", "causes"),
    ],
)
def test_the_cancer_that_the_registries_asked_for(text: str, intent: str) -> None:
    found = followups.cancer_told(turn(text, intent, last_actions=ASKED_CANCER))
    assert found is not None
    assert found.actions == ("action_trial_registries",)


@pytest.mark.parametrize("intent", ["skip", "deny", "cancel"])
def test_the_cancer_may_be_left_out(intent: str) -> None:
    found = followups.cancer_told(turn("abc", intent, last_actions=ASKED_CANCER))
    assert found is not None
    assert found.actions == ("utter_trials_registry_skipped",)
    assert followups.cancer_told(turn("abc", intent, last_actions=("utter_erase_confirm",))) is None


@pytest.mark.parametrize("intent", ["deny", "cancel"])
def test_no_may_be_meant_for_the_person_who_is_waited_for(intent: str) -> None:
    assert followups.cancer_told(turn("abc", intent, last_actions=ASKED_CANCER, handoff="waiting")) is None


def test_another_question_is_no_name_of_a_cancer() -> None:
    def told(text: str, intent: str, **more: Any) -> object:
        return followups.cancer_told(turn(text, intent, last_actions=ASKED_CANCER, **more))

    assert told("pourquoi la chimio ne marche plus sur le poumon de papa", "causes") is None
    assert told("je ne sais pas", "no_answer") is None
    assert told("my liver hurts", "out_of_scope_medical") is None
    assert told("j’ai peur pour mon foie", "distress") is None
    assert told("euthanasie, cancer du foie", "no_answer", flag="C6") is None


@pytest.mark.parametrize(
    ("text", "intent"), [("et ça marche pour le poumon ?", "which_cancers"), ("does it work for leukaemia?", "clarify")]
)
def test_for_whom_a_treatment_works_is_not_in_the_article(text: str, intent: str) -> None:
    assert elliptic(text, intent, topic="immunotherapy") == ("utter_out_of_scope_medical",)
    assert elliptic("et pour le poumon ?", intent, topic="immunotherapy") == ("utter_which_cancers_named",)


@pytest.mark.parametrize("text", ["tout est bien effacé ?", "is it all gone?"])
def test_whether_all_is_gone(text: str) -> None:
    assert elliptic(text, last_actions=("action_forget_me",)) == ("utter_erase_done",)
    assert elliptic(text, last_actions=("action_forget_me",), offered=("erase_data",)) is None, "it failed"


@pytest.mark.parametrize(
    "text", ["je veux laisser un commentaire", "mon commentaire a-t-il été envoyé ?", "leave a comment"]
)
def test_a_comment_to_leave_is_none_to_erase(text: str) -> None:
    assert elliptic(text, "leave_comment", last_actions=("utter_privacy", "action_know_about_me")) is None
