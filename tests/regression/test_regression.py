"""Messages whose answer was once judged wrong at the desk, through the real engine. Written by ``repere review export``."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.content.topics import load_topics
from bot.evaluation.engine import Engine, Reply, engine


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """Rows {text, lang, topic} of all files of a folder."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def is_right(topic: str, reply: Reply) -> bool:
    """Whether the reply is about ``topic``; for danger a safety reply, outside the article also "no answer"."""
    kinds = {known.id: known.kind for known in load_topics().topics}
    if kinds.get(topic) == "crisis":
        return reply.outcome.outcome == "escalate"
    if kinds.get(topic) == "out_of_scope" and reply.outcome.outcome == "fallback":
        return True
    return reply.outcome.outcome == "answer" and reply.outcome.topic == topic


async def wrong_answers(rows: Iterable[dict[str, Any]], talk: Engine) -> list[str]:
    """One line a row that is answered wrong."""
    found = []
    for row in rows:
        reply = await talk.say(uuid.uuid4().hex, row["text"])
        if not is_right(row["topic"], reply):
            found.append(f"{row['text']!r}: expected {row['topic']}, got {reply.outcome}")
    return found


@pytest.mark.engine
async def test_answers_once_judged_wrong_are_right(request: pytest.FixtureRequest) -> None:
    rows = rows_in(Path(__file__).parent)
    if not rows:
        return  # nothing was exported yet
    request.getfixturevalue("model")
    async with engine() as talk:
        assert await wrong_answers(rows, talk) == []
