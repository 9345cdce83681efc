"""Intents, the one topic each belongs to, and the titles patients see for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from bot.content.source import ROOT, Both, read
from bot.errors import ContentError

KINDS = ("content", "talk", "crisis", "out_of_scope", "context")
CONTEXT = "context"


@dataclass(frozen=True)
class Intent:
    """An intent. ``title`` is at most 40 characters; ``example`` is a sentence a patient would write."""

    id: str
    topic: str
    title: Both
    example: Both


@dataclass(frozen=True)
class Topic:
    """A topic with its intents. ``kind`` is content, talk, crisis, out_of_scope or context."""

    id: str
    kind: str
    intents: tuple[Intent, ...]


@dataclass(frozen=True)
class Topics:
    """All topics in the file's order, and the titles of the control payloads that only buttons send."""

    topics: tuple[Topic, ...]
    controls: dict[str, Both]

    @property
    def intents(self) -> dict[str, Intent]:
        """Every intent by its id."""
        return {intent.id: intent for topic in self.topics for intent in topic.intents}

    @property
    def content(self) -> tuple[str, ...]:
        """The topics answered from the article."""
        return tuple(topic.id for topic in self.topics if topic.kind == "content")

    def topic_of(self, intent: str, current: str | None = None) -> str | None:
        """The topic of ``intent``; for intents of the pseudo-topic ``context`` it is ``current``.

        None for an unknown intent or a control payload.
        """
        found = self.intents.get(intent)
        if found is None:
            return None
        return current if found.topic == CONTEXT else found.topic


@functools.lru_cache(maxsize=8)
def load_topics(root: Path = ROOT) -> Topics:
    """The topics of the project at ``root``.

    Raises ContentError naming file and line, also when one intent stands under two topics.
    """
    file = read(root / "bot" / "content" / "topics.yml")
    owner: dict[str, str] = {}
    topics = []
    for name, entry in file.items("topics"):
        intents = []
        for intent, details in entry.items("intents"):
            if intent in owner:
                raise ContentError(f"{details.where}: {intent} already belongs to {owner[intent]}.")
            owner[intent] = name
            intents.append(Intent(intent, name, details.both("title"), details.both("example")))
        topics.append(Topic(name, entry.choice("kind", KINDS), tuple(intents)))
    controls = {control: entry.both("title") for control, entry in file.items("controls")}
    clash = [control for control in controls if control in owner]
    if clash:
        raise ContentError(f"{file.entry('controls').where}: {clash[0]} is an intent of {owner[clash[0]]}.")
    return Topics(tuple(topics), controls)
