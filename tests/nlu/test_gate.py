"""Answer, ask back, or say that there is no answer."""

from __future__ import annotations

import pytest

from bot.content.topics import load_topics
from bot.nlu.gate import Thresholds, TopicMap, Verdict, judge
from bot.nlu.topics import topic_map

TOPICS = TopicMap(
    topic_of={
        "what_is": "what_is",
        "causes": "causes",
        "trials": "trials",
        "support": "support",
        "greet": "greet",
        "help": "greet",
        "affirm": "context",
        "deny": "context",
        "dose": "outside_medical",
        "weather": "outside_general",
    },
    offered=frozenset({"what_is", "causes", "trials", "support", "help"}),
    out_of_scope=frozenset({"outside_medical", "outside_general"}),
    small_talk=frozenset({"greet"}),
)
AT = Thresholds(answer=0.6, margin=0.1, refuse=0.7, option=0.05, offer=0.3, small_talk=0.4)


def verdict(**confidences: float) -> Verdict:
    return judge(confidences, TOPICS, AT)


def test_a_sure_topic_is_answered() -> None:
    found = verdict(causes=0.8, what_is=0.15, trials=0.05)
    assert found == Verdict("answer", "causes", 0.8, ("causes", "what_is", "trials"))


def test_less_than_the_threshold_is_asked_back() -> None:
    assert verdict(causes=0.59, what_is=0.41).outcome == "clarify"
    assert verdict(causes=0.6, what_is=0.4).outcome == "answer"


def test_a_small_lead_is_asked_back() -> None:
    close = Thresholds(answer=0.4, margin=0.1, option=0.05, offer=0.3)
    assert judge({"causes": 0.54, "what_is": 0.46}, TOPICS, close).outcome == "clarify"
    assert judge({"causes": 0.56, "what_is": 0.44}, TOPICS, close).outcome == "answer"


def test_at_most_three_choices_best_first() -> None:
    found = verdict(causes=0.28, what_is=0.26, trials=0.24, support=0.22)
    assert found.outcome == "clarify"
    assert found.options == ("causes", "what_is", "trials")


def test_choices_of_little_worth_are_not_offered() -> None:
    found = verdict(causes=0.5, what_is=0.46, trials=0.04)
    assert found.options == ("causes", "what_is")


def test_only_what_can_be_asked_for_is_offered() -> None:
    assert verdict(affirm=0.4, causes=0.35, dose=0.25).options == ("causes",)


def test_too_little_behind_all_choices_is_no_answer() -> None:
    found = verdict(weather=0.5, causes=0.2, dose=0.1, affirm=0.2)
    assert found.outcome == "fallback"
    assert found.intent == "weather"


def test_nothing_to_offer_is_no_answer() -> None:
    assert verdict(affirm=0.5, deny=0.5) == Verdict("fallback", "affirm", 0.5, ())


def test_out_of_scope_is_said_when_both_kinds_together_are_sure() -> None:
    found = verdict(weather=0.45, dose=0.3, causes=0.25)
    assert (found.outcome, found.intent, found.confidence) == ("answer", "weather", 0.45)
    assert verdict(weather=0.45, dose=0.2, causes=0.35).outcome == "clarify"


def test_small_talk_needs_less() -> None:
    found = verdict(greet=0.45, causes=0.3, what_is=0.25)
    assert (found.outcome, found.intent) == ("answer", "greet")
    assert verdict(greet=0.39, causes=0.29, what_is=0.2, trials=0.12).outcome == "clarify"


def test_small_talk_needs_its_lead_too() -> None:
    assert verdict(greet=0.48, causes=0.45, what_is=0.07).outcome == "clarify"


def test_intents_of_one_topic_count_together() -> None:
    found = verdict(help=0.35, greet=0.3, causes=0.35)
    assert (found.outcome, found.intent) == ("answer", "help")
    assert found.confidence == pytest.approx(0.65)


def test_intents_that_take_their_topic_from_the_talk_compete() -> None:
    assert verdict(affirm=0.5, deny=0.45, causes=0.05).outcome == "fallback"
    assert verdict(affirm=0.7, deny=0.2, causes=0.1) == Verdict("answer", "affirm", 0.7, ("causes",))


def test_one_intent_alone() -> None:
    assert verdict(causes=1.0).outcome == "answer"


def test_the_real_topics() -> None:
    topics, known = topic_map(), load_topics()
    assert set(topics.topic_of) == set(known.intents)
    assert topics.out_of_scope == {"out_of_scope_medical", "out_of_scope_general"}
    assert set(known.content) <= topics.offered
    crisis = {name for name in known.intents if name.startswith("crisis_")}
    assert crisis
    assert not topics.offered & (crisis | {"greet", "thanks", "affirm", "out_of_scope_medical", "end_of_life"})
    assert topics.small_talk <= set(topics.topic_of.values())
