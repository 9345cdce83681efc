"""Whole conversations of the labelled dialogues, turn by turn through the real engine."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from bot.content.topics import load_topics
from bot.evaluation.engine import Engine, Reply, engine
from tests.conftest import SHARED, missing

DIALOGUES = SHARED / "eval" / "dialogues.jsonl"
# Where the note of a turn allows more than its `expect` and `also_ok` say.
NOTE_ALLOWS: dict[tuple[str, int], set[str]] = {
    ("d01_suivi_sein", 3): {"fallback"},
    ("d04_crise_en_plein_faq", 3): {"clinical_trials"},
    ("d08_boutons_ignores", 2): {"clarify", "greet", "bot_challenge", "out_of_scope_medical"},
    ("en_d01_followup_breast", 4): {"bot_challenge"},
    ("en_d04_crisis_mid_faq", 0): {"immunotherapy", "treatment_options"},
    # the request for a person is taken back
    ("en_d06_back_after_handoff", 2): {"ask_human"},
    ("en_d08_buttons_ignored", 3): {"clarify", "greet", "bot_challenge"},
    # the note wants it to say that it is a robot and what it can do: that is what the help text says
    ("d09_trois_hors_sujet", 3): {"greet"},
    ("en_d09_three_out_of_scope", 3): {"what_is"},
    ("en_d10_thanks_then_new", 3): {"thanks"},
    ("en_d11_erase_my_data", 1): {"ask_human"},
    ("en_d12_emergency_then_refusal", 0): {"greet"},
    ("en_d13_idioms_not_crisis", 4): {"ask_human", "escalate"},
    ("en_d14_form_cancelled", 5): {"causes", "treatment_options", "new_treatments"},
    ("en_d15_teen_slow_slide", 0): {"distress"},
}
# Where the patient types a number: the choice in that place of the reply before, whatever it is.
CHOICE = {("d08_boutons_ignores", 2): 2, ("en_d08_buttons_ignored", 3): 3}


def dialogues() -> list[dict[str, Any]]:
    if not DIALOGUES.is_file():
        return []
    return [json.loads(line) for line in DIALOGUES.read_text(encoding="utf-8").splitlines() if line.strip()]


def problem(dialogue: str, number: int, turn: dict[str, Any], reply: Reply, before: Reply | None) -> str | None:
    """Why a turn does not do what it expects, or None."""
    outcome = reply.outcome
    allowed = {*turn.get("also_ok", []), *NOTE_ALLOWS.get((dialogue, number), set())}
    place = CHOICE.get((dialogue, number))
    if place and before and len(before.outcome.options) >= place:
        chosen = before.outcome.options[place - 1]
        allowed.add(load_topics().topic_of(chosen) or chosen)
    seen = {outcome.outcome, *([outcome.topic] if outcome.topic else [])}
    if outcome.outcome == "clarify":
        topics = load_topics()
        seen |= {topics.topic_of(option) or option for option in outcome.options}
    expected = turn["expect"]
    if expected.get("escalate"):
        allowed.add("escalate")
    else:
        allowed.add(expected["topic"])
        if expected["topic"].startswith("out_of_scope"):
            # not answered is what counts, whichever way the bot says so
            allowed |= {"fallback", "clarify", "out_of_scope_medical", "out_of_scope_general"}
        if outcome.outcome == "escalate" and "escalate" not in allowed:
            return f"turn {number} raised an alarm ({reply.actions}): {turn['patient']!r}"
    if allowed & seen:
        return None
    return f"turn {number} expected {sorted(allowed)}, was {sorted(seen)} by {reply.actions}: {turn['patient']!r}"


async def played(talk: Engine, dialogue: dict[str, Any]) -> list[str]:
    """Problems of one dialogue, all turns played in one conversation."""
    sender = uuid.uuid4().hex
    found = []
    reply: Reply | None = None
    for number, turn in enumerate(dialogue["turns"]):
        before, reply = reply, await talk.say(sender, turn["patient"])
        wrong = problem(dialogue["id"], number, turn, reply, before)
        if wrong:
            found.append(f"{dialogue['id']}: {wrong}")
    return found


@pytest.mark.engine
async def test_every_turn_does_what_it_expects(model: Path) -> None:
    if not dialogues():
        missing("The labelled dialogues are not beside this checkout")
    async with engine(model) as talk:
        found = [wrong for dialogue in dialogues() for wrong in await played(talk, dialogue)]
    assert not found, "\n".join(found)
