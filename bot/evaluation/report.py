"""The evaluation as an HTML page with pictures: what is confused with what, and what certainty is worth."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.evaluation.figures import GROUPS, Pair, Share, false_alarms_by_kind, figures, in_group, recall_by_tier

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1d2733}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #cfd8e0;padding:.3rem .6rem;text-align:right}
td:first-child,th:first-child{text-align:left}img{max-width:100%}h2{margin-top:2.5rem}"""
WORST = 40


def write_report(pairs: Sequence[Pair], folder: Path) -> Path:
    """Write ``index.html`` (pictures inside) to ``folder`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = ["<h1>Repère: evaluation</h1>", f"<p>{len(pairs)} messages.</p>", "<h2>Figures</h2>", _figures_table(pairs)]
    parts += ["<h2>Recall by tier</h2>", _shares_table(recall_by_tier(pairs), low=True)]
    parts += ["<h2>False alarms by kind</h2>", _shares_table(false_alarms_by_kind(pairs))]
    for group in GROUPS[1:]:
        if in_group(pairs, group):
            parts += [f"<h2>Confusion, {group}</h2>", _picture(_confusion(in_group(pairs, group)))]
    parts += ["<h2>Precision against share answered</h2>", _picture(_curve(pairs))]
    parts += ["<h2>By topic</h2>", _topics_table(pairs), "<h2>Worst errors</h2>", _worst(pairs)]
    page = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Repère: evaluation</title><style>{_STYLE}</style>"
        + "\n".join(parts)
    )
    target = folder / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def percent(share: Share) -> str:
    """A share for a table: percent, and counts."""
    return "–" if share.value is None else f"{share.value:.1%} ({share.hits}/{share.of})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line(head, "th") + "".join(line(row, "td") for row in rows) + "</table>"


def _figures_table(pairs: Sequence[Pair]) -> str:
    groups = {group: figures(in_group(pairs, group)) for group in GROUPS}
    rows = [[name, *(percent(groups[group][name]) for group in GROUPS)] for name in groups["all"]]
    return _table(["figure", *GROUPS], rows)


def _shares_table(shares: dict[tuple[str, str], Share], low: bool = False) -> str:
    rows = [
        [f"{language} {name}", percent(share), *([f"{share.low:.3f}"] if low and share.low is not None else [])]
        for (language, name), share in shares.items()
    ]
    return _table(["group", "share", *(["95 % low"] if low else [])], rows)


def _answered_as(predicted: dict[str, Any]) -> str:
    outcome = str(predicted["outcome"])
    return str(predicted.get("topic") or outcome) if outcome == "answer" else outcome


def _confusion(pairs: Sequence[Pair]) -> Any:
    from matplotlib.figure import Figure

    gold = sorted({pair[0]["label"] for pair in pairs})
    said = sorted({_answered_as(pair[1]) for pair in pairs} | set(gold))
    counts = np.zeros((len(gold), len(said)))
    for row, predicted in pairs:
        counts[gold.index(row["label"]), said.index(_answered_as(predicted))] += 1
    figure = Figure(figsize=(13, 9), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(said)), said, rotation=75, ha="right", fontsize=8)
    axes.set_yticks(range(len(gold)), gold, fontsize=8)
    axes.set_xlabel("what the patient saw")
    axes.set_ylabel("what was asked")
    for (y, x), number in np.ndenumerate(counts):
        if number:
            axes.text(x, y, f"{int(number)}", ha="center", va="center", fontsize=7)
    return figure


def _curve(pairs: Sequence[Pair]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for group in GROUPS[1:]:
        rows = [p for p in in_group(pairs, group) if not p[0].get("escalate") and p[1]["outcome"] == "answer"]
        rows.sort(key=lambda pair: -float(pair[1].get("confidence") or 0))
        if not rows:
            continue
        right = np.cumsum([p.get("topic") in {g["label"], *g.get("also_ok", [])} for g, p in rows])
        answered = np.arange(1, len(rows) + 1)
        axes.plot(answered / len(in_group(pairs, group)), right / answered, label=group)
    axes.set_xlabel("share of messages answered, surest first")
    axes.set_ylabel("share of them answered rightly")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _topics_table(pairs: Sequence[Pair]) -> str:
    rows = []
    for label in sorted({pair[0]["label"] for pair in pairs}):
        cells = [label]
        for group in GROUPS[1:]:
            mine = [p for p in in_group(pairs, group) if p[0]["label"] == label]
            right = sum(_is_right(gold, predicted) for gold, predicted in mine)
            cells.append(percent(Share(right, len(mine))))
        rows.append(cells)
    return _table(["topic", "fr right", "en right"], rows)


def _is_right(gold: dict[str, Any], predicted: dict[str, Any]) -> bool:
    if gold.get("escalate"):
        return bool(predicted["outcome"] == "escalate")
    return predicted["outcome"] == "answer" and predicted.get("topic") in {gold["label"], *gold.get("also_ok", [])}


def _worst(pairs: Sequence[Pair]) -> str:
    wrong = [p for p in pairs if not _is_right(*p)]
    wrong.sort(key=lambda pair: (not pair[0].get("escalate"), -float(pair[1].get("confidence") or 0)))
    rows = [
        [
            gold["text"][:140],
            str(gold.get("lang")),
            gold["label"],
            _answered_as(predicted),
            f"{predicted.get('confidence', 0):.2f}",
        ]
        for gold, predicted in wrong[:WORST]
    ]
    kinds = Counter(f"{gold['label']} → {_answered_as(predicted)}" for gold, predicted in wrong).most_common(15)
    return _table(["message", "lang", "asked", "seen", "confidence"], rows) + _table(
        ["confusion", "times"], [[name, str(times)] for name, times in kinds]
    )


def _picture(figure: Any) -> str:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110)
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}">'
