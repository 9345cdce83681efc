"""The handoff's rules, without a database."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from bot.dialogue.handoff import (
    TRANSITIONS,
    HandoffState,
    Move,
    Outcome,
    highest,
    may_cancel,
    next_state,
    queue_urgency,
    reason_for,
)
from bot.errors import HandoffError

STATES, MOVES = get_args(HandoffState), get_args(Move)


def test_the_way_there_and_back() -> None:
    state: HandoffState = "bot"
    seen = [state]
    for move in ("raise", "claim", "close", "message", "raise", "cancel", "raise", "claim", "release"):
        state = next_state(state, move)  # type: ignore[arg-type]
        seen.append(state)
    assert seen == [
        "bot", "waiting", "human", "closed", "bot", "waiting", "bot", "waiting", "human", "bot",
    ]  # fmt: skip


def test_a_patient_can_always_write_and_always_raise_a_flag() -> None:
    for state in STATES:
        assert next_state(state, "message") in STATES
        assert next_state(state, "raise") in ("waiting", "human")


@pytest.mark.parametrize(("state", "move"), sorted(set(itertools.product(STATES, MOVES)) - set(TRANSITIONS)))
def test_other_moves_are_refused(state: HandoffState, move: Move) -> None:
    with pytest.raises(HandoffError, match=state):
        next_state(state, move)


def test_only_who_waits_can_be_claimed_and_only_an_owner_closes() -> None:
    assert [state for state in STATES if (state, "claim") in TRANSITIONS] == ["waiting"]
    assert [state for state in STATES if (state, "close") in TRANSITIONS] == ["human"]
    assert [state for state in STATES if (state, "release") in TRANSITIONS] == ["human"]


@pytest.mark.parametrize(
    ("tiers", "allowed"),
    [
        ([], True),
        (["E1"], True),
        (["C3", "E2"], True),
        (["C1"], False),
        (["E2", "C2"], False),
        (["E0"], False),
    ],
)
def test_what_holds_a_patient_in_the_queue(tiers: list[str], allowed: bool) -> None:
    assert may_cancel(tiers) is allowed


def test_order_of_the_queue() -> None:
    order = [["C1", "E0"], ["C2"], ["C3", "E1"], ["C4", "C5"], ["E2"], [None], ["C6"]]
    places = [{queue_urgency(tier) for tier in group} for group in order]
    assert all(len(group) == 1 for group in places)
    flat = [group.pop() for group in places]
    assert flat == sorted(set(flat))
    with pytest.raises(KeyError):
        queue_urgency("X1")


def test_reasons() -> None:
    assert [reason_for(tier) for tier in (None, "C6", "E2")] == ["asked", "end_of_life", "red_flag"]


def test_highest_of_tiers() -> None:
    assert highest([None, "E2", "C1", "E1"]) == "C1"
    assert highest([None]) is None


def test_outcomes_fit_the_column() -> None:
    assert all(len(outcome.value) <= 24 for outcome in Outcome)
