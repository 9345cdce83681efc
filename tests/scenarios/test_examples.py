"""The sentence that bot/content/topics.yml gives for each intent is understood as that intent."""

from __future__ import annotations

import uuid

import pytest

from bot.content.topics import load_topics
from bot.evaluation.engine import Engine

# Said of the same matter, these are right as well.
ALSO = {"end_of_life": {"palliative_care"}}
INTENTS = load_topics().intents


@pytest.mark.engine
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("intent", sorted(INTENTS))
async def test_example(talk: Engine, intent: str, language: str) -> None:
    known = INTENTS[intent]
    reply = await talk.say(uuid.uuid4().hex, known.example.in_(language))  # type: ignore[arg-type]
    if intent.startswith("crisis_"):
        assert reply.outcome.outcome == "escalate"
    elif known.topic == "context":
        # With nothing before it there is no topic to take.
        assert reply.outcome.outcome == "answer"
    else:
        assert reply.outcome.topic in {known.topic, *ALSO.get(intent, ())}, reply.actions
