"""What the second layer may add, and when it must be nearly sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.safety.detector import assess
from bot.safety.routing import BODY_INTENT, MIND_INTENT, flags_of, flags_of_tap, second_opinion

THRESHOLDS = {"body": 0.35, "mind": 0.4, "both": 0.45, "sentence": 0.65}


def opinion(text: str, sentences: Sequence[Mapping[str, float]] = (), **confidences: float) -> str | None:
    first = assess(text)
    flags = second_opinion(flags_of(first), confidences, THRESHOLDS, first.excused, sentences)
    return str(flags["tier"]) if flags and flags["escalate"] else None


def test_it_adds_a_flag_to_wording_that_no_rule_knows() -> None:
    assert opinion("ce message ne dit rien", **{BODY_INTENT: 0.36}) == "E1"
    assert opinion("this message says nothing", **{MIND_INTENT: 0.41}) == "C3"
    assert opinion("this message says nothing", **{BODY_INTENT: 0.2, MIND_INTENT: 0.26}) == "C3"
    assert opinion("this message says nothing", **{BODY_INTENT: 0.3, MIND_INTENT: 0.1}) is None


def test_one_sentence_of_many_is_enough_when_it_is_surer() -> None:
    calm = {BODY_INTENT: 0.02, MIND_INTENT: 0.01}
    assert opinion("this message says nothing", [calm, {BODY_INTENT: 0.7}, calm], **calm) == "E1"
    assert opinion("ce message ne dit rien", [calm, {MIND_INTENT: 0.66}], **calm) == "C3"
    assert opinion("this message says nothing", [calm, {BODY_INTENT: 0.6}], **calm) is None
    # What the first layer excuses has to be as sure as anywhere.
    assert opinion("je n'ai pas de fièvre", [{BODY_INTENT: 0.8}], **calm) is None
    assert opinion("je n'ai pas de fièvre", [{BODY_INTENT: 0.95}], **calm) == "E1"


def test_it_never_changes_a_flag_of_the_first_layer() -> None:
    first = assess("j'ai avalé toute la boîte")
    flags = flags_of(first)
    assert second_opinion(flags, {BODY_INTENT: 1.0}, THRESHOLDS, first.excused) is flags


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("je n'ai pas de fièvre", "body"),
        ("no chest pain and no breathlessness", "body"),
        ("mon chat vomit", "body"),
        ("my dog is bleeding", "body"),
        ("que faire si j'ai une toux et que je fais de la fièvre ?", "body"),
        ("what should I do if I cough and have a fever?", "body"),
        ("je ne suis pas suicidaire", "mind"),
        ("I'm not suicidal", "mind"),
        ("j'aime la vie", "mind"),
        ("goodbye for now", "mind"),
    ],
)
def test_what_the_first_layer_excuses_needs_more(text: str, side: str) -> None:
    intent = BODY_INTENT if side == "body" else MIND_INTENT
    assert side in assess(text).excused
    assert opinion(text, **{intent: 0.85}) is None
    assert opinion(text, **{intent: 0.95}) is not None


def test_an_excuse_counts_for_its_side_alone() -> None:
    assert opinion("je n'ai pas de fièvre", **{MIND_INTENT: 0.91}) == "C3"
    assert opinion("my cat is vomiting", **{MIND_INTENT: 0.91}) == "C3"
    assert assess("j'ai 39 de fièvre").excused == frozenset()
    assert assess("can I go out during quarantine?").excused == {"body", "mind"}


def test_only_the_button_that_says_danger_is_a_flag() -> None:
    flags = flags_of_tap("danger_now", "C4")
    assert flags is not None
    assert (flags["tier"], flags["mind"], flags["body"], flags["escalate"]) == ("C2", "C2", None, True)
    assert (flags_of_tap("danger_now", "E1") or {})["body"] == "E0"
    for intent in ("danger_not_now", "called", "causes", None):
        assert flags_of_tap(intent, "C1") is None
