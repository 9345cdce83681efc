"""The messages both sides train on and are measured with: one draw, the same for both."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.content.topics import CONTEXT, load_topics
from bot.nlu.training_data import Example
from bot.safety.detector import assess

# An intent needs some messages of each language to be learnt at all.
LEAST = 2
# Intents that leave the bot in charge of the conversation, whatever a message of theirs is taken for.
_SMALL_TALK = ("greet", "thanks", "help", "bot_challenge", "ask_source")
_SEED = 0


@dataclass(frozen=True)
class Sample:
    """``train``: what both sides learn from. ``held_out``: messages neither has seen, empty when all are used."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]


def draw(examples: Sequence[Example], size: int | None) -> Sample:
    """``size`` messages, each intent and language with its share of the whole (at least two); all when None."""
    if size is None or size >= len(examples):
        return Sample(tuple(examples), ())
    groups: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.intent, example.language].append(example)
    chance = random.Random(_SEED)
    train: list[Example] = []
    held_out: list[Example] = []
    for members in groups.values():
        chance.shuffle(members)
        share = max(LEAST, round(size * len(members) / len(examples)))
        train += members[:share]
        held_out += members[share:]
    return Sample(tuple(train), tuple(held_out))


def write_nlu(examples: Sequence[Example], path: Path) -> None:
    """Write ``examples`` as a training file of Rasa, one block for each intent, language and voice."""
    blocks: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for example in examples:
        blocks[example.intent, example.language, example.voice].append(example.text)
    data = [
        {
            "intent": intent,
            "metadata": {"language": language, "voice": voice},
            "examples": "".join(f"- {text}\n" for text in texts),
        }
        for (intent, language, voice), texts in blocks.items()
    ]
    written = yaml.safe_dump({"version": "3.1", "nlu": data}, allow_unicode=True, width=10_000, sort_keys=False)
    path.write_text(written, encoding="utf-8")


def questions(sample: Sample, count: int) -> list[str]:
    """Messages to time replies with: questions and small talk, no red flags, both languages in turn."""
    topics = load_topics()
    asked = [*topics.content, *_SMALL_TALK]
    found: dict[str, list[str]] = {"fr": [], "en": []}
    pool = list(sample.held_out or sample.train)
    random.Random(_SEED).shuffle(pool)
    for example in pool:
        if topics.topic_of(example.intent) in asked and assess(example.text).tier is None:
            found[example.language].append(example.text)
    pairs = zip(found["fr"], found["en"])
    return [text for pair in pairs for text in pair][:count]


def gold_of(sample: Sample, count: int) -> list[dict[str, Any]]:
    """Held-out messages as rows of a gold file; they come from the same authors as the training messages."""
    topics = load_topics()
    kinds = {topic.id: topic.kind for topic in topics.topics}
    rows = []
    pool = list(sample.held_out)
    random.Random(_SEED).shuffle(pool)
    for example in pool:
        topic = topics.topic_of(example.intent, CONTEXT)
        if topic is None or kinds.get(topic) in (None, CONTEXT):
            continue
        row = {"text": example.text, "lang": example.language, "label": topic}
        rows.append({**row, "escalate": kinds[topic] == "crisis"})
    return rows[:count]
