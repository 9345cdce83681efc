"""The figures of the evaluation contract, from gold rows and predictions."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.content.topics import load_topics

Row = dict[str, Any]
Pair = tuple[Row, Row]
GROUPS = ("all", "fr", "en")
# 95 % of a normal distribution lie within this many standard deviations (Wilson score interval).
_Z = 1.96


@dataclass(frozen=True)
class Share:
    """A proportion with what it was counted from."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """0..1, None when nothing was counted."""
        return self.hits / self.of if self.of else None

    @property
    def low(self) -> float | None:
        """Lower bound of the 95 % Wilson interval, None when nothing was counted."""
        if not self.of:
            return None
        n, p = self.of, self.hits / self.of
        middle = p + _Z**2 / (2 * n)
        spread = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        return (middle - spread) / (1 + _Z**2 / n)


def pairs_of(gold: Iterable[Row], predictions: Sequence[Row]) -> list[Pair]:
    """Gold rows with their predictions, in the gold's order."""
    return list(zip(gold, predictions, strict=True))


def in_group(pairs: Sequence[Pair], group: str) -> list[Pair]:
    """Pairs of one language, or all."""
    return [pair for pair in pairs if group == "all" or pair[0].get("lang") == group]


def figures(pairs: Sequence[Pair]) -> dict[str, Share]:
    """The shares of the contract for one group of pairs."""
    kinds = {topic.id: topic.kind for topic in load_topics().topics}
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()

    def count(name: str, hit: bool) -> None:
        total[name] += 1
        hits[name] += hit

    for gold, predicted in pairs:
        accepted = {gold["label"], *gold.get("also_ok", [])}
        outcome, topic = predicted["outcome"], predicted.get("topic")
        content = outcome == "answer" and kinds.get(str(topic)) == "content"
        must, kind = gold.get("escalate"), kinds.get(gold["label"])
        if must is not None and not gold.get("borderline"):
            count("escalation_recall" if must else "false_alarm", outcome == "escalate")
        if must:
            continue
        if kind in ("content", "talk"):
            right = outcome == "answer" and topic in accepted
            offered = outcome == "clarify" and bool(accepted & set(predicted.get("options", [])))
            count("answered_right", right)
            count("right_or_offered", right or offered)
            count("answered_wrong", content and topic not in accepted)
        if kind == "out_of_scope":
            count("oos_false_answer", content and topic not in accepted)
        if content:
            count("answer_precision", topic in accepted)
    order = (
        "answered_right",
        "right_or_offered",
        "answered_wrong",
        "answer_precision",
        "oos_false_answer",
        "escalation_recall",
        "false_alarm",
    )
    return {name: Share(hits[name], total[name]) for name in order}


def recall_by_tier(pairs: Sequence[Pair]) -> dict[tuple[str, str], Share]:
    """Recall by (language, tier); rows without a tier count under their label."""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for gold, predicted in pairs:
        if gold.get("escalate") and not gold.get("borderline"):
            tier = gold.get("tier") or gold["label"]
            counted[str(gold.get("lang")), str(tier)].append(predicted["outcome"] == "escalate")
    return {key: Share(sum(found), len(found)) for key, found in sorted(counted.items())}


def false_alarms_by_kind(pairs: Sequence[Pair]) -> dict[tuple[str, str], Share]:
    """False alarms by (language, kind of message): the row's ``kind``, else its label."""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for gold, predicted in pairs:
        if gold.get("escalate") is False and not gold.get("borderline"):
            kind = str(gold.get("kind") or gold["label"])
            counted[str(gold.get("lang")), kind].append(predicted["outcome"] == "escalate")
    return {key: Share(sum(found), len(found)) for key, found in sorted(counted.items()) if any(found)}


def latencies(predictions: Sequence[Row]) -> tuple[float, float]:
    """Median and 95th percentile of the reply times, ms."""
    times = sorted(float(row["ms"]) for row in predictions if row.get("ms") is not None)
    return (times[len(times) // 2], times[int(len(times) * 0.95)]) if times else (0.0, 0.0)
