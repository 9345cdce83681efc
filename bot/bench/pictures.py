"""Pictures of the bench for ``docs/performance.md``."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from bot.bench.results import Results
from bot.bench.sides import DEFAULT, OURS, TITLES

_COLOURS = {OURS: "#1f6f8b", DEFAULT: "#c8814f"}
_RATIOS = (
    ("training", "training"),
    ("model", "model size"),
    ("start", "start"),
    ("memory", "memory"),
    ("rest_p50", "reply p50"),
    ("rest_p95", "reply p95"),
)


def write_pictures(results: Results, folder: Path) -> list[tuple[str, Path]]:
    """Write one file for each picture that there are figures for; returns what each shows, and its path."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, title, draw in (
        ("performance-ratios", "What this project takes, as a share of what Rasa's default takes", _ratios),
        ("performance-turns", "A reply at turns 10, 100 and 1,000 of one conversation", _turns),
        ("performance-load", "Messages per second with 95 of 100 replies within 200 ms", _load),
    ):
        figure = _figure()
        if draw(figure.subplots(), results):
            path = folder / f"{name}.svg"
            # Without a date inside, a picture changes only when its figures do.
            figure.savefig(path, format="svg", metadata={"Date": None})
            made.append((title, path))
    return made


def _figure() -> Any:
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams["svg.hashsalt"] = "repere"
    return Figure(figsize=(7.5, 3.6), layout="constrained")


def _ratios(axes: Any, results: Results) -> bool:
    found = [(title, results.ratio(figure)) for figure, title in _RATIOS]
    shown = [(title, ratio) for title, ratio in found if ratio is not None]
    bars = axes.barh([title for title, _ in shown], [ratio for _, ratio in shown], color=_COLOURS[OURS])
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.axvline(1.0, color=_COLOURS[DEFAULT], linewidth=2)
    axes.invert_yaxis()
    axes.set_xlabel("this project ÷ Rasa's default (line: equal)")
    axes.spines[["top", "right"]].set_visible(False)
    return bool(shown)


def _turns(axes: Any, results: Results) -> bool:
    for side, rows in results.depths.items():
        turns = [row["turn"] for row in rows]
        for kind, style in (("cold", "--"), ("warm", "-")):
            times = [median(row[kind]) for row in rows]
            axes.plot(turns, times, style, marker="o", color=_COLOURS[side], label=f"{TITLES[side]}, {kind}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("turn of the conversation")
    axes.set_ylabel("reply, ms")
    axes.grid(alpha=0.3)
    if results.depths:
        axes.legend(fontsize=8)
    return bool(results.depths)


def _load(axes: Any, results: Results) -> bool:
    width = 0.38
    for offset, (side, rows) in enumerate(sorted(results.capacity.items(), reverse=True)):
        places = [index + (offset - 0.5) * width for index in range(len(rows))]
        bars = axes.bar(places, [row["rate"] for row in rows], width, color=_COLOURS[side], label=TITLES[side])
        axes.bar_label(bars, fmt="%.1f", padding=2)
        axes.set_xticks(range(len(rows)), [str(row["conversations"]) for row in rows])
    axes.set_xlabel("conversations at once")
    axes.set_ylabel("messages per second")
    axes.spines[["top", "right"]].set_visible(False)
    if results.capacity:
        axes.legend(fontsize=8)
    return bool(results.capacity)
