"""Answer quality of both sides, by the figures of ``repere evaluate``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from bot.bench.servers import Servers
from bot.bench.sides import NLU_FALLBACK, Side
from bot.content.topics import CONTEXT, load_topics
from bot.errors import ProcessError
from bot.evaluation.figures import GROUPS, figures, in_group, pairs_of
from bot.evaluation.predict import predict

Row = dict[str, Any]
# By group of messages (all, fr, en): figure → (share 0..1 or None, counted).
Quality = dict[str, dict[str, tuple[float | None, int]]]
FIGURES = ("right_or_offered", "answered_right", "answer_precision", "oos_false_answer", "escalation_recall")


def quality_of(rows: Sequence[Row], predictions: Sequence[Row]) -> Quality:
    """The figures that both sides have, by group."""
    pairs = pairs_of(rows, predictions)
    found: Quality = {}
    for group in GROUPS:
        shares = figures(in_group(pairs, group))
        found[group] = {name: (shares[name].value, shares[name].of) for name in FIGURES}
    return found


def ours(side: Side, rows: Sequence[Row], tick: Callable[[], None]) -> list[Row]:
    """Each row the first message of a fresh conversation through the whole engine."""
    from bot.evaluation.engine import engine

    async def talk() -> list[Row]:
        async with engine(side.model) as opened:
            return await predict(rows, tick, opened)

    return asyncio.run(talk())


def default(servers: Servers, rows: Sequence[Row], tick: Callable[[], None]) -> list[Row]:
    """What Rasa's default understood, as its one rule for each intent would answer it."""
    predictions = []
    with httpx.Client(base_url=servers.base, timeout=60.0) as client:
        for row in rows:
            reply = client.post("/model/parse", json={"text": row["text"]})
            if reply.status_code != 200:
                raise ProcessError(f"Rasa's default could not parse a message (status {reply.status_code}).")
            predictions.append(prediction(reply.json()))
            tick()
    return predictions


def prediction(parsed: Mapping[str, Any]) -> Row:
    """An intent as a row of predictions: its topic is the answer, a crisis escalates, a fallback is none."""
    intent = parsed.get("intent") or {}
    name, confidence = str(intent.get("name")), float(intent.get("confidence") or 0.0)
    topics = load_topics()
    topic = topics.topic_of(name, CONTEXT)
    kinds = {one.id: one.kind for one in topics.topics}
    if name == NLU_FALLBACK or topic is None:
        return {"outcome": "fallback", "confidence": confidence}
    outcome = "escalate" if kinds.get(topic) == "crisis" else "answer"
    return {"outcome": outcome, "topic": topic, "confidence": confidence}
