"""Training one side with Rasa's own command, timed from the outside."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.bench.processes import Process, megabytes
from bot.bench.sides import Side
from bot.errors import ModelError, ProcessError

_EPOCHS = re.compile(r"Epochs:\s+(\d+)%")


@dataclass(frozen=True)
class Trained:
    """``seconds`` of the whole command; ``peak`` and ``size`` in MB."""

    seconds: float
    peak: float
    size: float


def train(side: Side, say: Callable[[str], None]) -> Trained:
    """Run ``rasa train``; ``say`` is told how far it is. Raises ModelError with the last line that Rasa printed."""
    command = [
        *(sys.executable, "-m", "rasa", "train", "--force"),
        *("--config", str(side.config), "--domain", str(side.domain), "--data", str(side.data)),
        *("--out", str(side.model.parent), "--fixed-model-name", side.model.name.removesuffix(".tar.gz")),
    ]
    started = time.perf_counter()
    peak = 0.0
    process = Process("rasa train", command, side.folder / "training.log", os.environ)
    try:
        while process.returncode is None:
            try:
                peak = max(peak, process.memory().peak)
            except ProcessError:
                break
            say(_how_far(process, time.perf_counter() - started))
            time.sleep(0.25)
        while process.returncode is None:
            time.sleep(0.05)
        seconds = time.perf_counter() - started
    finally:
        process.stop()
    if process.returncode or not side.model.is_file():
        raise ModelError(f"Training {side.title} failed: {process.last_line() or 'Rasa said nothing'}")
    return Trained(seconds, peak, megabytes(side.model))


def _how_far(process: Process, seconds: float) -> str:
    found = _EPOCHS.search(process.last_line())
    return f"{seconds:.0f} s" + (f", {found.group(1)} % of the epochs of a part" if found else "")
