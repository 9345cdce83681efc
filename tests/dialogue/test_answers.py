"""The right variant of a topic's text, small talk, and refusals."""

from __future__ import annotations

import pytest

from bot.content.responses import load_responses
from bot.dialogue import answers
from bot.dialogue.state import CONTENT, TREATMENTS
from tests.dialogue.turns import turn


@pytest.mark.parametrize("topic", CONTENT)
def test_never_the_same_words_twice_in_a_row(topic: str) -> None:
    seen: dict[str, int] = {}
    said = []
    for _ in range(5):
        found = answers.answer(turn("abc", topic, seen=seen, topic=topic if seen else None), topic)
        assert found.actions is not None
        said.append(found.actions[0])
        seen = found.slots["seen"]
    plain = f"utter_{topic}"
    assert said == [plain, f"{plain}_again", f"{plain}_simple", f"{plain}_again", f"{plain}_simple"]
    assert seen == {topic: 5}


def test_after_another_topic_the_first_words_are_fine() -> None:
    found = answers.answer(turn("abc", "causes", seen={"causes": 2}, topic="what_is"), "causes")
    assert found.actions == ("utter_causes",)


@pytest.mark.parametrize("text", ["des essais en Belgique ?", "can I find a trial in Ireland"])
def test_trials_of_a_country_come_with_where_to_look(text: str) -> None:
    asked = turn(text, "clinical_trials")
    assert answers.answer(asked, "clinical_trials").actions == ("utter_clinical_trials", "action_trial_registries")
    assert answers.answer(asked, "clinical_trials", "_more").actions == ("utter_clinical_trials_more",)
    assert answers.answer(asked, "immunotherapy").actions == ("utter_immunotherapy",)
    assert answers.answer(turn("un site d’essais en français ?", "clinical_trials"), "clinical_trials").actions == (
        "utter_clinical_trials",
    )
    assert answers.answer(turn("c’est quoi un essai", "clinical_trials"), "clinical_trials").actions == (
        "utter_clinical_trials",
    )


@pytest.mark.parametrize("topic", CONTENT)
@pytest.mark.parametrize("variant", ["_more", "_simple", "_again", "_why"])
def test_every_variant_has_its_text(topic: str, variant: str) -> None:
    found = answers.answer(turn("abc", topic), topic, variant)
    assert found.actions == (f"utter_{topic}{variant}",)
    assert found.actions[0] in load_responses()


def test_what_was_asked_is_not_forgotten_in_the_slot_of_another_turn() -> None:
    seen = {"causes": 1}
    answers.answer(turn("abc", "causes", seen=seen), "causes")
    assert seen == {"causes": 1}


def test_the_list_is_remembered_in_the_order_it_is_shown() -> None:
    found = answers.answer(turn("abc", "treatment_options"), "treatment_options")
    assert found.slots["listed"] == list(TREATMENTS)
    for language in ("fr", "en"):
        shown = load_responses()["utter_treatment_options"].in_(language)  # type: ignore[arg-type]
        assert [button.payload for button in shown.buttons] == [f"/{name}" for name in TREATMENTS]


def test_resources_ask_the_action_server_after_the_text() -> None:
    assert answers.answer(turn("abc"), "patient_resources").actions == ("utter_patient_resources", "action_resources")
    assert answers.answer(turn("abc"), "patient_resources", "_more").actions == ("utter_patient_resources_more",)


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("et le sein ?", "utter_which_cancers_named"),
        ("can it happen with lung cancer", "utter_which_cancers_named"),
        ("leucémie", "utter_which_cancers_named"),
        ("le pancréas aussi ?", "utter_which_cancers_other"),
        ("is prostate cancer one of them", "utter_which_cancers_other"),
        ("quels cancers ?", "utter_which_cancers"),
        ("which ones?", "utter_which_cancers"),
    ],
)
def test_a_cancer_named_in_the_question(text: str, response: str) -> None:
    assert answers.answer(turn(text, "which_cancers"), "which_cancers").actions == (response,)


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("quelle différence entre immunothérapie et thérapie ciblée", ["immunotherapy", "targeted_therapy"]),
        ("essai clinique ou soins palliatifs, c’est pareil ?", ["clinical_trials", "palliative_care"]),
        ("targeted therapy vs immunotherapy", ["targeted_therapy", "immunotherapy"]),
        ("compare palliative care and trials side by side", ["palliative_care", "clinical_trials"]),
        ("immunothérapie et thérapie ciblée", []),
        ("what is the difference with immunotherapy", []),
    ],
)
def test_two_ways_to_be_compared(text: str, both: list[str]) -> None:
    assert answers.compared(turn(text)) == both


def test_comparing_hands_both_to_the_action() -> None:
    found = answers.compare(turn("abc"), ["immunotherapy", "targeted_therapy"])
    assert found.actions == ("action_treatment",)
    assert found.slots["which"] == ["immunotherapy", "targeted_therapy"]


@pytest.mark.parametrize(
    ("text", "intent", "slots", "response"),
    [
        ("bonjour", "greet", {"welcomed": None}, "utter_greet"),
        ("hello again", "greet", {}, "utter_greet_back"),
        ("j’ai peur", "distress", {}, "utter_distress"),
        ("I am still scared", "distress", {"seen": {"distress": 1}}, "utter_distress_again"),
        ("merci", "thanks", {}, "utter_thanks"),
        ("thx", "thanks", {}, "utter_thanks"),
        ("ah ok je vois", "thanks", {}, "utter_thanks_ack"),
        ("I see", "thanks", {}, "utter_thanks_ack"),
    ],
)
def test_small_talk(text: str, intent: str, slots: dict[str, object], response: str) -> None:
    assert answers.talk(turn(text, intent, **slots), intent).actions == (response,)


@pytest.mark.parametrize("intent", ["useful", "not_useful"])
def test_a_rating_is_stored_after_the_reply(intent: str) -> None:
    assert answers.talk(turn("abc", intent), intent).actions == (f"utter_{intent}", "action_rate")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("combien de mg dois-je avaler", "dose"),
        ("quelle dose de cortisone", "dose"),
        ("how many pills are too many", "dose"),
        ("mon scanner est-il bon", "results"),
        ("what does my blood test mean", "results"),
        ("j’ai mal au dos", "symptom"),
        ("my feet are swollen", "symptom"),
        ("vous choisiriez quoi à ma place", "choice"),
        ("should I take this treatment", "choice"),
    ],
)
def test_a_refusal_names_the_matter(text: str, kind: str) -> None:
    found = answers.out_of_scope(turn(text, "out_of_scope_medical"), "out_of_scope_medical")
    assert found.actions == (f"utter_out_of_scope_medical_{kind}",)
    assert f"utter_out_of_scope_medical_{kind}" in load_responses()


@pytest.mark.parametrize("intent", ["out_of_scope_medical", "out_of_scope_general"])
def test_refusals_in_a_row(intent: str) -> None:
    def said(misses: int) -> tuple[str, ...] | None:
        return answers.out_of_scope(turn("abc", intent, misses=misses), intent).actions

    assert said(0) == (f"utter_{intent}",)
    assert said(1) == (f"utter_{intent}_2",)
    assert said(2) == (f"utter_{intent}", "utter_three_misses")


def test_everything_planned_here_has_a_text() -> None:
    names = {"utter_clarify", "utter_no_answer", "utter_no_answer_2", "utter_three_misses", "utter_greet_back"}
    names |= {f"utter_out_of_scope_{kind}{again}" for kind in ("medical", "general") for again in ("", "_2")}
    assert names <= load_responses().keys()


def test_what_is_content() -> None:
    assert answers.is_content("causes")
    assert not answers.is_content("greet")
