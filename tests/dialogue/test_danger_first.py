"""Nothing of the article is ever said above, below or instead of a safety reply, whatever else is under way."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.dialogue.state import CONTENT
from tests.dialogue.turns import plan

TIERS = ("E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5")
# What may stand in a reply to danger: its block, who was told, and what became of what was under way.
ALLOWED = frozenset(
    {"action_notify_staff", "utter_ask_country", "utter_safety_pending_question", "utter_comment_not_published"}
)
UNDER_WAY: dict[str, dict[str, Any]] = {
    "first message": {"welcomed": False},
    "after an answer": {"topic": "causes", "last_actions": ("utter_causes",)},
    "choosing between topics": {"options": ["causes", "immunotherapy"], "last_actions": ("utter_clarify",)},
    "a question repeated later": {"pending": "clinical_trials"},
    "writing a comment": {"comment_stage": "text"},
    "confirming a comment": {"comment_stage": "confirm"},
    "asked for a country": {"asking": "country"},
    "waiting for a person": {"handoff": "waiting"},
    "with a person": {"handoff": "human"},
    "danger before": {"tier": "C3", "held": 1, "last_actions": ("utter_safety_C3", "action_notify_staff")},
    "the same danger before": {"tier": "E1", "held": 0, "last_actions": ("utter_safety_E1", "action_notify_staff")},
    "two misses": {"misses": 2, "last_actions": ("utter_no_answer",)},
}


@pytest.mark.parametrize("state", UNDER_WAY)
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("payload", [False, True])
def test_a_safety_reply_stands_alone(state: str, language: str, payload: bool) -> None:
    text = {"fr": "Quelles sont les causes ?", "en": "What are the causes?"}[language]
    for tier, intent, third in itertools.product(TIERS, CONTENT, (False, True)):
        said = plan(
            text, intent, flag=tier, third=third, offers=[intent], payload=payload,
            **{"language": language, **UNDER_WAY[state]},
        ).actions  # fmt: skip
        assert said, (tier, intent)
        assert said[0].startswith("utter_safety_"), said
        assert set(said[1:]) <= ALLOWED, said
