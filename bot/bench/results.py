"""What the bench measured, as plain values that are kept in ``results.json`` and turned into table and pictures."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bot.bench.sides import DEFAULT, OURS

# Samples of one figure by side: one for each repetition.
Samples = dict[str, list[float]]


@dataclass
class Results:
    """``samples``: figure → side → one value a repetition. ``capacity`` and ``depths`` hold rows for each side."""

    about: dict[str, Any]
    samples: dict[str, Samples] = field(default_factory=dict)
    # side → rows {turn, cold: [ms], warm: [ms]}
    depths: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # turn → ms in the one conversation that was led from its first turn to its last
    led: dict[str, float] = field(default_factory=dict)
    # side → rows {conversations, rate, p95, flat_out_rate, flat_out_p95}
    capacity: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # side → group → figure → [share, counted]
    quality: dict[str, Any] = field(default_factory=dict)

    def add(self, figure: str, side: str, value: float) -> None:
        """Keep one repetition of a figure."""
        self.samples.setdefault(figure, {}).setdefault(side, []).append(value)

    def middle(self, figure: str, side: str) -> float | None:
        """Median of a figure's repetitions; None when it was not measured."""
        found = self.samples.get(figure, {}).get(side)
        return median(found) if found else None

    def ratio(self, figure: str) -> float | None:
        """This project's median divided by the default's."""
        ours, default = self.middle(figure, OURS), self.middle(figure, DEFAULT)
        return ours / default if ours is not None and default else None

    def write(self, folder: Path) -> Path:
        """Keep everything in ``results.json``."""
        path = folder / "results.json"
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> Results:
        """What ``write`` kept."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def machine() -> dict[str, Any]:
    """What the figures were measured on, and when."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    processor = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = next(line for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines() if "MemTotal" in line)
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory.split()[1]) / 1024 / 1024),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "rasa": version("rasa"),
        "busy_before": round(os.getloadavg()[0], 2),
    }
