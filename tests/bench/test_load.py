"""The search for the highest rate that holds, and what locust says."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.bench.load import P95_LIMIT, Load, load_of, run, search
from bot.errors import ProcessError
from tests.receivers import HttpServer, Request


def server(limit: float) -> tuple[list[float], Callable[[float], Load]]:
    """A server that answers in time up to ``limit`` messages a second; the rates it was tried with."""
    tried: list[float] = []

    def trial(rate: float) -> Load:
        tried.append(rate)
        return Load(min(rate, limit), P95_LIMIT if rate <= limit else P95_LIMIT + 1)

    return tried, trial


@pytest.mark.parametrize("limit", [5.0, 30.0, 62.0, 99.0])
def test_finds_the_highest_rate_that_holds(limit: float) -> None:
    tried, trial = server(limit)
    found = search(trial, 100.0, steps=8)
    assert found is not None
    assert limit - 0.5 <= found.rate <= limit
    assert len(tried) == 8


def test_none_holds() -> None:
    assert search(lambda rate: Load(rate, P95_LIMIT * 5), 100.0) is None


@pytest.mark.parametrize(
    ("load", "holds"),
    [
        (Load(10, P95_LIMIT), True),
        (Load(10, P95_LIMIT + 1), False),
        (Load(10, 50, failures=1), False),
        (Load(0, 0), False),
    ],
)
def test_holds_when_all_are_answered_in_time(load: Load, holds: bool) -> None:
    assert load.holds is holds


def test_reads_locusts_figures() -> None:
    entry = {"num_requests": 100, "num_failures": 2, "start_time": 50.0, "last_request_timestamp": 60.0}
    counts = {"20": 90, "30": 5, "400": 5}
    assert load_of([{**entry, "response_times": counts}]) == Load(9.8, 30.0, 2)
    assert load_of([]) == Load(0.0, 0.0)


async def test_locust_really_runs(tmp_path: Path) -> None:
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps(["bonjour", "hello"]), encoding="utf-8")
    answer = HttpServer(lambda request: (200, [{"text": request.json["message"]}]))
    answer.headers = "Content-Type: application/json\r\n"
    async with answer.up():
        found = await asyncio.to_thread(run, f"http://127.0.0.1:{answer.port}", texts, 2, 2, 0.2)
    assert found.failures == 0
    # Ten a second; in a run of two seconds the patients' different beginnings weigh.
    assert 2 <= found.rate <= 16
    assert {request.json["message"] for request in answer.requests} == {"bonjour", "hello"}


async def test_patients_with_pauses_do_not_write_in_step(tmp_path: Path) -> None:
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps(["bonjour"]), encoding="utf-8")
    times: list[float] = []

    def noted(_: Request) -> tuple[int, list[dict[str, str]]]:
        times.append(time.monotonic())
        return 200, [{"text": "x"}]

    answer = HttpServer(noted)
    answer.headers = "Content-Type: application/json\r\n"
    async with answer.up():
        await asyncio.to_thread(run, f"http://127.0.0.1:{answer.port}", texts, 12, 4, 1.0)
    # From the second message on, within each tenth of a second of the pause.
    later = [moment - times[0] for moment in times if moment - times[0] > 1.2]
    together = Counter(int(moment % 1.0 * 10) for moment in later)
    assert len(later) >= 12
    assert max(together.values()) <= len(later) / 2


def test_says_in_one_sentence_that_locust_failed(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="locust failed"):
        run("http://127.0.0.1:9", tmp_path / "missing.json", 1, 1, 0.0)
