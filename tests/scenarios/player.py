"""Reads scenarios, plays them through the engine, and says in a sentence where one went another way.

A file holds ``about`` and two lists of turns, ``fr`` and ``en``. A turn is ``[said, expected]`` or
``[said, expected, fragment]``:

said       what the patient writes, a button's payload (``/tell_more``), or ``tap 2`` for the second button shown last
expected   one expectation or a list of them
             answer, clarify, fallback, escalate       the outcome
             answer/causes, clarify/causes, escalate/E1  with the topic answered, one offered, the tier
             utter_…, action_…                         something said or run in this turn begins with it
             -utter_…                                  nothing does
             language=fr                               the conversation's language afterwards
             answered                                  any reply that holds words
fragment   stands in the reply, whatever its case and typography

``topic`` and ``section`` name what of the article the scenario reaches; ``distinct`` says that no two turns of it may
be answered in the same words.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.content.topics import load_topics
from bot.evaluation.engine import Engine, Reply
from bot.nlu.normalise import normalise

FOLDER = Path(__file__).with_name("data")
LANGUAGES = ("fr", "en")
OUTCOMES = ("answer", "clarify", "fallback", "escalate", "silent")


@dataclass(frozen=True)
class Turn:
    """One thing said, what it must lead to, and a piece of the reply's text (empty: any)."""

    said: str
    expected: tuple[str, ...]
    fragment: str = ""


@dataclass(frozen=True)
class Scenario:
    """One file in one language."""

    name: str
    language: str
    about: str
    turns: tuple[Turn, ...]
    topic: str | None = None
    section: str | None = None
    distinct: bool = False


def read(path: Path) -> dict[str, Scenario]:
    """The scenarios of a file by language. Raises KeyError or ValueError for a file that is no scenario."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = data.keys() - {"about", "topic", "section", "distinct", *LANGUAGES}
    if unknown:
        raise ValueError(f"{path.name}: unknown keys {sorted(unknown)}")
    return {
        language: Scenario(
            path.stem,
            language,
            data["about"],
            tuple(_turn(path, entry) for entry in data[language]),
            data.get("topic"),
            data.get("section"),
            bool(data.get("distinct")),
        )
        for language in LANGUAGES
    }


def all_scenarios() -> list[dict[str, Scenario]]:
    """Every file of the folder, in the order of their names."""
    return [read(path) for path in sorted(FOLDER.glob("*.yml"))]


def _turn(path: Path, entry: Sequence[Any]) -> Turn:
    said, expected, *rest = entry
    several = (expected,) if isinstance(expected, str) else tuple(expected)
    if not isinstance(said, str) or not several or len(rest) > 1:
        raise ValueError(f"{path.name}: {entry!r} is no turn")
    return Turn(said, several, str(rest[0]) if rest else "")


async def play(talk: Engine, scenario: Scenario) -> list[str]:
    """What went another way than expected, one sentence a turn; empty when all went well."""
    sender = f"{scenario.name[:24]}-{uuid.uuid4().hex}"
    found: list[str] = []
    buttons: list[str] = []
    texts: dict[str, int] = {}
    for number, turn in enumerate(scenario.turns, 1):
        reply = await talk.say(sender, _tapped(turn.said, buttons))
        shown = [message["buttons"] for message in reply.messages if message.get("buttons")]
        buttons = [str(button["payload"]) for button in shown[-1]] if shown else []
        wrong = [problem for expected in turn.expected if (problem := unlike(reply, expected))]
        text = "\n".join(str(message.get("text") or "") for message in reply.messages)
        if turn.fragment and _plain(turn.fragment) not in _plain(text):
            wrong.append(f"{turn.fragment!r} is not in {text!r}")
        if scenario.distinct and text in texts:
            wrong.append(f"the same words as in turn {texts[text]}")
        texts[text] = number
        found.extend(f"turn {number}, {turn.said!r}: {problem}" for problem in wrong)
    return found


def unlike(reply: Reply, expected: str) -> str | None:
    """Why a reply is not what one expectation says, or None."""
    names = [*reply.actions, *(str(message.get("utter_action") or "") for message in reply.messages)]
    if expected == "answered":
        return None if any(str(message.get("text") or "").strip() for message in reply.messages) else "no words"
    if expected.startswith("language="):
        return None if reply.language == expected.partition("=")[2] else f"the language is {reply.language}"
    if expected.startswith("-"):
        return f"{expected[1:]} was there" if any(name.startswith(expected[1:]) for name in names) else None
    if expected.startswith(("utter_", "action_")):
        return None if any(name.startswith(expected) for name in names) else f"no {expected} in {names}"
    outcome, _, detail = expected.partition("/")
    if outcome not in OUTCOMES:
        raise ValueError(f"{expected!r} is no expectation")
    if reply.outcome.outcome != outcome:
        return f"{reply.outcome.outcome} instead of {outcome} ({names}, confidence {reply.confidence:.2f})"
    if detail and detail not in _details(reply):
        return f"{outcome} with {sorted(_details(reply))} instead of {detail} (confidence {reply.confidence:.2f})"
    return None


def _details(reply: Reply) -> set[str]:
    outcome = reply.outcome
    if outcome.outcome == "clarify":
        topics = load_topics()
        return {topics.topic_of(option) or option for option in outcome.options}
    found = outcome.topic if outcome.outcome == "answer" else outcome.tier
    return {found} if found else set()


def _tapped(said: str, buttons: Sequence[str]) -> str:
    return buttons[int(said.removeprefix("tap ")) - 1] if said.startswith("tap ") else said


def _plain(text: str) -> str:
    return " ".join(normalise(text).replace("'", " ").split())
