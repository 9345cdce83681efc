"""Answer, ask back, or say that there is no answer: the decision over the classifier's confidences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["answer", "clarify", "fallback"]
MAX_OPTIONS = 3


@dataclass(frozen=True)
class Thresholds:
    """Shares of confidence, 0..1; chosen from the curves in docs/understanding.md.

    answer: least confidence of a topic to be answered at once. margin: least lead over the next topic.
    refuse: least confidence that a message is out of scope to say so. option: least confidence of a choice
    that is offered. offer: least confidence that all the choices together hold the right one. small_talk: least
    confidence of a greeting, a farewell or thanks: taking one for another does no harm, asking back is silly.
    """

    answer: float = 0.55
    margin: float = 0.12
    refuse: float = 0.5
    option: float = 0.03
    offer: float = 0.2
    small_talk: float = 0.4


@dataclass(frozen=True)
class TopicMap:
    """What the gate knows of intents: their topic, which may be offered, which are out of scope."""

    topic_of: Mapping[str, str]
    offered: frozenset[str]
    out_of_scope: frozenset[str]
    small_talk: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """``intent``: the best one. ``confidence``: its topic's, 0..1. ``options``: intents to offer, best first."""

    outcome: Outcome
    intent: str
    confidence: float
    options: tuple[str, ...] = field(default=())


def judge(confidences: Mapping[str, float], topics: TopicMap, thresholds: Thresholds) -> Verdict:
    """Decide on one message from its confidence in every intent.

    Intents of one topic count together, so that two wordings of one matter don't compete.
    """
    by_topic: dict[str, float] = defaultdict(float)
    best_intent: dict[str, str] = {}
    for intent, confidence in confidences.items():
        topic = topics.topic_of.get(intent, intent)
        # pseudo-topics hold unlike intents ("yes", "why"): those compete
        key = intent if topic == "context" else topic
        by_topic[key] += confidence
        if key not in best_intent or confidence > confidences[best_intent[key]]:
            best_intent[key] = intent
    ranked = sorted(by_topic, key=by_topic.__getitem__, reverse=True)
    first = ranked[0]
    lead = by_topic[first] - (by_topic[ranked[1]] if len(ranked) > 1 else 0.0)
    options = tuple(
        best_intent[key] for key in ranked if best_intent[key] in topics.offered and by_topic[key] >= thresholds.option
    )[:MAX_OPTIONS]
    outside = sum(by_topic[key] for key in ranked if key in topics.out_of_scope)
    verdict = Verdict("answer", best_intent[first], by_topic[first], options)
    if first in topics.out_of_scope:
        if outside >= thresholds.refuse:
            return verdict
    elif by_topic[first] >= (thresholds.small_talk if first in topics.small_talk else thresholds.answer) and (
        lead >= thresholds.margin
    ):
        return verdict
    inside = sum(by_topic[topics.topic_of.get(option, option)] for option in options)
    if options and inside >= thresholds.offer:
        return Verdict("clarify", best_intent[first], by_topic[first], options)
    return Verdict("fallback", best_intent[first], by_topic[first], options)
