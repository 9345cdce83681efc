"""The player of scenarios notices what is not as expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.engine import Reply
from bot.store.outcomes import Outcome
from tests.scenarios.player import Scenario, Turn, play, read, unlike


def reply(
    outcome: Outcome, *names: str, text: str = "Bonjour à vous", buttons: list[dict[str, str]] | None = None
) -> Reply:
    messages = tuple({"text": text, "utter_action": name, "buttons": buttons} for name in names if name[0] == "u")
    return Reply(outcome, names, messages, 0.9, "fr", 1.0)


ANSWER = reply(Outcome("answer", "causes"), "utter_causes", "action_x")


@pytest.mark.parametrize(
    "expected",
    ["answer", "answer/causes", "utter_cau", "action_x", "-utter_welcome", "language=fr", "answered"],
)
def test_as_expected(expected: str) -> None:
    assert unlike(ANSWER, expected) is None


@pytest.mark.parametrize(
    "expected",
    ["clarify", "answer/what_is", "utter_what", "action_y", "-utter_causes", "language=en", "escalate/E1", "fallback"],
)
def test_otherwise(expected: str) -> None:
    assert unlike(ANSWER, expected)


def test_details_of_other_outcomes() -> None:
    asked = reply(Outcome("clarify", options=("causes", "help")), "utter_clarify")
    assert unlike(asked, "clarify/causes") is None
    assert unlike(asked, "clarify/greet") is None  # the topic of help
    assert unlike(asked, "clarify/what_is")
    flagged = reply(Outcome("escalate", tier="E1"), "utter_safety_E1")
    assert unlike(flagged, "escalate/E1") is None
    assert unlike(flagged, "escalate/E0")
    assert unlike(reply(Outcome("silent")), "answered")


def test_an_expectation_that_is_none() -> None:
    with pytest.raises(ValueError, match="no expectation"):
        unlike(ANSWER, "answers/causes")


class Said:
    """An engine that gives ready replies and keeps what it was told."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.heard, self.senders = list(replies), [], set()

    async def say(self, sender: str, text: str) -> Reply:
        self.heard.append(text)
        self.senders.add(sender)
        return self.replies.pop(0)


async def played(said: Said, *turns: Turn, **more: Any) -> list[str]:
    return await play(said, Scenario("x", "fr", "about", turns, **more))  # type: ignore[arg-type]


async def test_fragments_whatever_their_typography() -> None:
    shown = reply(Outcome("answer"), "utter_x", text="L’été,\nC’EST ça")
    assert await played(Said(shown), Turn("a", ("answer",), "l'ete, c’est ca")) == []
    [problem] = await played(Said(shown), Turn("a", ("answer",), "l'hiver"))
    assert problem.startswith("turn 1, 'a': ")


async def test_the_same_words_twice() -> None:
    turns = (Turn("a", ("answer",)), Turn("b", ("answer",)))
    assert await played(Said(ANSWER, ANSWER), *turns) == []
    [problem] = await played(Said(ANSWER, ANSWER), *turns, distinct=True)
    assert problem == "turn 2, 'b': the same words as in turn 1"


async def test_a_tap_sends_a_button_that_was_shown_last_to_one_patient() -> None:
    buttons = [{"title": "x", "payload": "/x"}, {"title": "y", "payload": "/y"}]
    said = Said(reply(Outcome("answer"), "utter_x", buttons=buttons), ANSWER)
    assert await played(said, Turn("a", ("answer",)), Turn("tap 2", ("answer",))) == []
    assert said.heard == ["a", "/y"]
    assert len(said.senders) == 1


@pytest.mark.parametrize(
    "text",
    [
        "about: x\nfr: [[a, answer]]\nen: [[a, answer]]\nextra: 1\n",
        "about: x\nfr: [[a, answer]]\n",
        "about: x\nfr: [[a]]\nen: [[a, answer]]\n",
        "about: x\nfr: [[a, []]]\nen: [[a, answer]]\n",
        "about: x\nfr: [[a, answer, b, c]]\nen: [[a, answer]]\n",
    ],
)
def test_files_that_are_no_scenarios(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((ValueError, KeyError)):
        read(path)
