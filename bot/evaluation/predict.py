"""Predictions for labelled messages: each one the first of a fresh conversation through the whole engine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.content.topics import load_topics
from bot.errors import ContentError
from bot.evaluation.engine import Engine, Reply, engine

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSON-lines file. Raises ContentError naming the line of the first that is no message."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ContentError(f"{path}:{number}: no JSON: {error}.") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise ContentError(f"{path}:{number}: a row needs a 'text'.")
        rows.append(row)
    return rows


def prediction(row: Row, reply: Reply) -> Row:
    """One prediction row: outcome, topic, options (topics), tier, confidence 0..1, ms."""
    topics = load_topics()
    found: Row = {"text": row["text"], "lang": row.get("lang"), "outcome": reply.outcome.outcome}
    if reply.outcome.outcome == "silent":
        found["outcome"] = "fallback"
    if reply.outcome.topic:
        found["topic"] = reply.outcome.topic
    if reply.outcome.options:
        found["options"] = [topics.topic_of(option) or option for option in reply.outcome.options]
    if reply.outcome.tier:
        found["tier"] = reply.outcome.tier
    found["confidence"] = round(reply.confidence, 4)
    found["ms"] = reply.ms
    return found


async def predict(
    rows: Sequence[Row], tick: Callable[[], None] = lambda: None, talk: Engine | None = None
) -> list[Row]:
    """Predictions in the order of ``rows``; the labels and languages of the rows are not shown to the bot."""
    if talk is None:
        async with engine() as opened:
            return await predict(rows, tick, opened)
    predictions = []
    for row in rows:
        predictions.append(prediction(row, await talk.say(uuid.uuid4().hex, row["text"])))
        tick()
    return predictions
