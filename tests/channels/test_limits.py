"""How many messages a sender may write."""

from __future__ import annotations

import pytest

from bot.channels import limits
from bot.channels.limits import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_and_no_more() -> None:
    limit = RateLimit(3, Clock())
    assert [limit.allows("a") for _ in range(5)] == [True, True, True, False, False]


def test_each_key_for_itself() -> None:
    limit = RateLimit(1, Clock())
    assert limit.allows("a")
    assert not limit.allows("a")
    assert limit.allows("b")


def test_it_fills_again_at_its_pace_and_never_above_the_brim() -> None:
    clock = Clock()
    limit = RateLimit(6, clock)
    assert sum(limit.allows("a") for _ in range(10)) == 6
    clock.now += 9.0
    assert not limit.allows("a")
    clock.now += 1.1
    assert limit.allows("a")
    assert not limit.allows("a")
    clock.now += 3600.0
    assert sum(limit.allows("a") for _ in range(10)) == 6


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    limit = RateLimit(60, clock)
    for _ in range(60):
        limit.allows("a")
    for _ in range(100):
        assert not limit.allows("a")
    clock.now += 1.1
    assert limit.allows("a")


def test_what_was_not_used_for_longest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 2)
    limit = RateLimit(1, Clock())
    for key in ("a", "b", "a", "c"):
        limit.allows(key)
    assert not limit.allows("a")
    assert limit.allows("b")
