"""The clock of the profile."""

from __future__ import annotations

import asyncio
import inspect
import time
from importlib import import_module
from typing import Any

import pytest

from bot.bench.stages import STAGES, Clock, watched


async def test_time_inside_another_stage_counts_there() -> None:
    clock = Clock()

    async def inner() -> None:
        await asyncio.sleep(0.05)

    slow = clock.wrapped("inner", inner)

    async def outer() -> None:
        time.sleep(0.02)
        await slow()
        await slow()

    await clock.wrapped("outer", outer)()
    assert clock.calls == {"inner": 2, "outer": 1}
    assert 100 <= clock.wall["inner"] < 180
    assert 20 <= clock.wall["outer"] < 60
    assert clock.processor["inner"] < 50


def test_a_failure_is_counted_and_goes_on() -> None:
    clock = Clock()

    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        clock.wrapped("fails", fail)()
    assert clock.calls == {"fails": 1}


def found(module: str, owner: str, name: str) -> Any:
    holder: Any = import_module(module)
    return inspect.getattr_static(getattr(holder, owner) if owner else holder, name)


@pytest.mark.filterwarnings("ignore")
def test_every_stage_is_there_and_put_back() -> None:
    before = [found(*where) for _, *where in STAGES]
    with watched(Clock()):
        during = [found(*where) for _, *where in STAGES]
    assert all(one is not other for one, other in zip(before, during))
    assert [found(*where) for _, *where in STAGES] == before
