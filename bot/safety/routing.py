"""From an assessment to what the dialogue acts on; and what the trained second layer may add or lower.

The second layer is the classifier's confidence in the two crisis intents. It adds recall on indirect wording; it may
lower a tier that the first layer gave, and never takes a flag away (design, "Safety").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bot.safety.tiers import ESCALATED, Assessment, Tier, in_danger_now

BODY_INTENT = "crisis_medical_emergency"
MIND_INTENT = "crisis_suicide"
# Indirect wording says that something is wrong, not what: the tier that pages, without claiming an emergency.
_SECOND_BODY = "E1"
_SECOND_MIND = "C3"
# Where the first layer found signs and an excuse for each. Figures: docs/safety.md.
_SURE_OF_EXCUSED = 0.9
_SOURCE = "second layer (trained on the project's own messages); tier by safety.md 1.0 'never down when unsure'"

Flags = dict[str, Any]


def flags_of(assessment: Assessment) -> Flags | None:
    """The first layer's flags as plain values for the tracker, or None when nothing was found.

    Keys: tier, body, mind, third_person, layer, escalate, evidence [{rule, source, text}].
    """
    if assessment.tier is None:
        return None
    return {
        "tier": assessment.tier,
        "body": assessment.body,
        "mind": assessment.mind,
        "third_person": assessment.third_person,
        "layer": 1,
        "escalate": assessment.tier in ESCALATED,
        "evidence": [
            {"rule": item.rule, "source": item.source, "text": item.text}
            for finding in assessment.findings
            for item in finding.evidence
        ],
    }


def flags_of_tap(intent: str | None, before: Tier | None) -> Flags | None:
    """The flags of a tapped button, after the session's tier ``before``: "I am in danger now" is told to people."""
    if intent != "danger_now":
        return None
    tier = in_danger_now(before)
    side = "body" if tier.startswith("E") else "mind"
    evidence = {"rule": "danger_now", "source": "safety.md 2.4: the patient's own word", "text": "danger_now"}
    empty = {"body": None, "mind": None, "third_person": False, "layer": 1, "escalate": True}
    return {"tier": tier, **empty, side: tier, "evidence": [evidence]}


def second_opinion(
    flags: Flags | None,
    confidences: Mapping[str, float],
    thresholds: Mapping[str, float],
    excused: Collection[str] = (),
    sentences: Iterable[Mapping[str, float]] = (),
) -> Flags | None:
    """Add the second layer's flag when the first layer raised none that must reach a person.

    ``confidences``: of the classifier in the whole message, 0..1 by intent; ``sentences``: in each of its sentences.
    ``thresholds``: least confidence for "body", "mind" and for "both" together, and for either in one "sentence".
    ``excused``: sides the first layer has an excuse for (``Assessment.excused``); the classifier knows words, not that
    they are denied, so it must be nearly sure there.
    """
    if flags and flags["escalate"]:
        return flags
    least = {"body": thresholds["body"], "mind": thresholds["mind"], "both": thresholds["both"]}
    alone = dict.fromkeys(least, thresholds["sentence"])
    for name in {*excused, "both"} if excused else ():
        least[name] = max(least[name], _SURE_OF_EXCUSED)
        alone[name] = max(alone[name], _SURE_OF_EXCUSED)
    found = _crisis(confidences, least)
    for sentence in sentences if found is None else ():
        found = found or _crisis(sentence, alone)
    if found is None:
        return flags
    body, mind = found
    tier = _SECOND_BODY if body >= mind else _SECOND_MIND
    return {
        "tier": tier,
        "body": tier if body >= mind else None,
        "mind": tier if mind > body else None,
        "third_person": bool(flags and flags["third_person"]),
        "layer": 2,
        "escalate": True,
        "evidence": [{"rule": "second-layer", "source": _SOURCE, "text": f"{max(body, mind):.2f}"}],
    }


def _crisis(confidences: Mapping[str, float], least: Mapping[str, float]) -> tuple[float, float] | None:
    """Confidence in danger of the body and of the mind, or None when neither reaches what it needs."""
    body, mind = confidences.get(BODY_INTENT, 0.0), confidences.get(MIND_INTENT, 0.0)
    if body < least["body"] and mind < least["mind"] and body + mind < least["both"]:
        return None
    return body, mind
