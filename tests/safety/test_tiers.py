"""Order of urgency (safety.md 1.0, 2.3)."""

from __future__ import annotations

import pytest

from bot.safety.tiers import BODY, ESCALATED, MIND, PAGED, TIERS, URGENCY, Tier, in_danger_now, most_urgent


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        (["E2", "C4"], "C4"),
        (["C1", "E0"], "E0"),
        (["C2", "E1"], "C2"),
        (["C3", "E1"], "E1"),
        (["C6", "E2"], "E2"),
        (["C5", "C4"], "C4"),
        ([None, "C6"], "C6"),
    ],
)
def test_the_more_urgent_tier_wins(tiers: list[Tier | None], expected: Tier) -> None:
    assert most_urgent(tiers) == expected


def test_nothing_gives_nothing() -> None:
    assert most_urgent([]) is None
    assert most_urgent([None]) is None


def test_every_tier_has_its_place() -> None:
    assert set(URGENCY) == set(TIERS) == BODY | MIND
    assert {"E0", "E1", "C1", "C2", "C3"} == PAGED
    assert not ESCALATED & {"C6", "C7"}


def test_in_danger_now_is_never_less_urgent_than_before() -> None:
    for before in (None, *TIERS):
        after = in_danger_now(before)
        assert most_urgent([before, after]) == after
        assert after in PAGED
        assert in_danger_now(after) == after, "told to the staff after the slot was set"
