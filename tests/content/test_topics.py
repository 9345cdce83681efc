from __future__ import annotations

import pytest

from bot.content.topics import load_topics
from bot.errors import ContentError

from .conftest import Spoil

CONTENT = {
    "what_is",
    "causes",
    "which_cancers",
    "new_treatments",
    "cure_prognosis",
    "clinical_significance",
    "treatment_options",
    "clinical_trials",
    "targeted_therapy",
    "immunotherapy",
    "palliative_care",
    "patient_resources",
}


def test_the_article_answers_twelve_topics() -> None:
    assert set(load_topics().content) == CONTENT


@pytest.mark.parametrize(
    ("intent", "topic"),
    [
        ("causes", "causes"),
        ("help", "greet"),
        ("ask_source", "bot_challenge"),
        ("useful", "thanks"),
        ("not_useful", "leave_comment"),
        ("privacy", "data_erasure"),
        ("erase_data", "data_erasure"),
        ("end_of_life", "out_of_scope_medical"),
        ("crisis_suicide", "crisis_suicide"),
    ],
)
def test_an_intent_has_one_topic(intent: str, topic: str) -> None:
    assert load_topics().topic_of(intent, current="immunotherapy") == topic


@pytest.mark.parametrize("intent", ["repeat", "simplify", "tell_more", "ask_why", "affirm", "deny", "cancel"])
def test_a_follow_up_takes_the_topic_of_the_conversation(intent: str) -> None:
    topics = load_topics()
    assert topics.topic_of(intent, current="immunotherapy") == "immunotherapy"
    assert topics.topic_of(intent) is None


def test_a_control_or_unknown_payload_has_no_topic() -> None:
    topics = load_topics()
    assert "not_meant" in topics.controls
    assert topics.topic_of("not_meant", current="causes") is None
    assert topics.topic_of("nonsense", current="causes") is None


def test_an_intent_under_two_topics_is_refused(spoil: Spoil) -> None:
    root = spoil("content/topics.yml", "      goodbye:\n", "      greet:\n")
    with pytest.raises(ContentError, match=r"topics\.yml, line \d+: greet already belongs to greet"):
        load_topics(root)


def test_a_control_that_is_also_an_intent_is_refused(spoil: Spoil) -> None:
    root = spoil("content/topics.yml", "  skip:\n", "  cancel:\n")
    with pytest.raises(ContentError, match=r"topics\.yml, line \d+: cancel is an intent of context"):
        load_topics(root)
