"""Rasa's intents as rows that the project's figures can be taken of."""

from __future__ import annotations

from typing import Any

import pytest

from bot.bench.quality import prediction, quality_of


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("what_is", {"outcome": "answer", "topic": "what_is"}),
        ("crisis_suicide", {"outcome": "escalate", "topic": "crisis_suicide"}),
        ("nlu_fallback", {"outcome": "fallback"}),
        (None, {"outcome": "fallback"}),
    ],
)
def test_an_intent_is_answered_with_its_topic(intent: str | None, expected: dict[str, Any]) -> None:
    assert prediction({"intent": {"name": intent, "confidence": 0.7}}) == {**expected, "confidence": 0.7}


def test_figures_by_language() -> None:
    rows = [{"text": "?", "lang": lang, "label": "what_is", "escalate": False} for lang in ("fr", "en")]
    answers = [{"outcome": "answer", "topic": "what_is"}, {"outcome": "answer", "topic": "causes"}]
    found = quality_of(rows, answers)
    assert found["fr"]["answered_right"] == (1.0, 1)
    assert found["en"]["answered_right"] == (0.0, 1)
    assert found["all"]["answer_precision"] == (0.5, 2)
