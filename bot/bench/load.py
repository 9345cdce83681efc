"""Messages per second while 95 of 100 replies take at most 200 ms, by locust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import ProcessError
from bot.settings import ROOT

P95_LIMIT: Final = 200.0  # ms
_LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")


@dataclass(frozen=True)
class Load:
    """``rate``: messages a second answered; ``p95`` in ms."""

    rate: float
    p95: float
    failures: int = 0

    @property
    def holds(self) -> bool:
        """Whether patients were answered, and in time."""
        return self.failures == 0 and self.rate > 0 and self.p95 <= P95_LIMIT


@dataclass(frozen=True)
class Capacity:
    """``best``: the highest rate that held, None when none did; ``flat_out``: all patients without a pause."""

    conversations: int
    best: Load | None
    flat_out: Load


def capacity(
    base: str, texts: Sequence[str], folder: Path, conversations: int, seconds: int, tick: Callable[[], None]
) -> Capacity:
    """Search the highest rate that holds with ``conversations`` at once; every trial lasts ``seconds``."""
    path = folder / "texts.json"
    path.write_text(json.dumps(list(texts), ensure_ascii=False), encoding="utf-8")

    def trial(rate: float | None) -> Load:
        found = run(base, path, conversations, seconds, conversations / rate if rate else 0.0)
        tick()
        return found

    flat_out = trial(None)
    return Capacity(conversations, flat_out if flat_out.holds else search(trial, flat_out.rate), flat_out)


def search(trial: Callable[[float], Load], top: float, steps: int = 4) -> Load | None:
    """Halve the interval between 0 and ``top`` messages a second; the best trial that held, or None."""
    best: Load | None = None
    low, high = 0.0, top
    for _ in range(steps):
        rate = (low + high) / 2
        found = trial(rate)
        if found.holds:
            low = rate
            best = found if best is None or found.rate > best.rate else best
        else:
            high = rate
    return best


def run(base: str, texts: Path, conversations: int, seconds: int, pace: float) -> Load:
    """One run of locust. Raises ProcessError when it can't be run."""
    command = [
        *(sys.executable, "-W", "ignore", "-m", "locust", "-f", str(_LOCUSTFILE), "--headless", "--json"),
        *("--only-summary", "--host", base, "--users", str(conversations), "--spawn-rate", str(conversations)),
        *("--run-time", f"{seconds}s", "--stop-timeout", "30", "--exit-code-on-error", "0", "--loglevel", "ERROR"),
    ]
    environment = {**os.environ, "REPERE_BENCH_TEXTS": str(texts), "REPERE_BENCH_PACE": str(pace)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds + 180, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ProcessError(f"locust failed ({last}); it comes with `make setup`.")
    return load_of(json.loads(done.stdout[done.stdout.index("[") :]))


def load_of(stats: Sequence[dict[str, Any]]) -> Load:
    """Rate and p95 from locust's JSON: one entry for each address, response times as {ms: how often}."""
    if not stats:
        return Load(0.0, 0.0)
    entry = stats[0]
    asked, failed = int(entry["num_requests"]), int(entry["num_failures"])
    lasted = float(entry["last_request_timestamp"]) - float(entry["start_time"])
    counts = sorted((float(ms), int(count)) for ms, count in entry["response_times"].items())
    total = sum(count for _, count in counts)
    seen, p95 = 0, 0.0
    for ms, count in counts:
        seen += count
        p95 = ms
        if seen >= 0.95 * total:
            break
    return Load((asked - failed) / lasted if lasted > 0 else 0.0, p95, failed)
