"""Messages of authors who wrote nothing that is trained on, and knew neither the rules nor the training messages.

Their misses in the half marked ``read`` were looked at while the danger detector was mended; the rest was only counted
(docs/safety.md, docs/understanding.md). The bounds are what was measured, less a little for the noise of a training.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.engine import engine
from bot.evaluation.figures import Share, figures, pairs_of
from bot.evaluation.predict import predict, read_rows
from bot.nlu.normalise import words
from bot.nlu.training_data import load_examples

UNHEARD = Path(__file__).parent / "unheard"
LANGUAGES = ("fr", "en")
Rows = list[dict[str, Any]]


@cache
def rows(kind: str, language: str) -> Rows:
    return read_rows(UNHEARD / f"{kind}.{language}.jsonl")


async def measured(model: Path, messages: Rows) -> dict[str, float]:
    async with engine(model) as talk:
        found = figures(pairs_of(messages, await predict(messages, talk=talk)))
    return {name: share.value for name, share in found.items() if isinstance(share, Share) and share.value is not None}


@pytest.mark.parametrize("kind", ["danger", "understanding"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_none_of_them_is_trained_on(kind: str, language: str) -> None:
    trained = {tuple(words(example.text)) for example in load_examples()}
    said = [(tuple(words(row["text"])), row["text"]) for row in rows(kind, language)]
    # What anybody says in a few words is nobody's.
    assert not [text for key, text in said if len(key) > 5 and key in trained]


@pytest.mark.engine
@pytest.mark.parametrize("language", LANGUAGES)
async def test_questions_of_strangers_are_understood(model: Path, language: str) -> None:
    found = await measured(model, rows("understanding", language))
    assert found["right_or_offered"] >= 0.94
    assert found["answered_right"] >= 0.87
    assert found["answer_precision"] >= 0.94
    assert found["oos_false_answer"] <= 0.04
    assert found["false_alarm"] <= 0.03


@pytest.mark.engine
@pytest.mark.parametrize(("language", "recall"), [("fr", 0.86), ("en", 0.84)])
async def test_danger_said_sideways_by_strangers_is_felt(model: Path, language: str, recall: float) -> None:
    messages = rows("danger", language)
    unread = [row for row in messages if not row["read"]]
    assert len(unread) >= 140
    found = await measured(model, unread)
    assert found["escalation_recall"] >= recall
    assert found["false_alarm"] <= 0.08
