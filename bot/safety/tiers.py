"""Routing tiers and the result of an assessment (reference: safety.md 1.0 and 2.3).

A tier routes a message to people; it is no medical score and is never shown to a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Side = Literal["body", "mind"]
Tier = Literal["E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5", "C6", "C7"]

TIERS: Final[tuple[Tier, ...]] = ("E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5", "C6", "C7")

# Lower is more urgent. At equal urgency the body comes first (safety.md 5.3 rule 7).
URGENCY: Final[dict[Tier, int]] = {
    "E0": 0,
    "C1": 0,
    "C2": 1,
    "E1": 2,
    "C3": 2,
    "C4": 3,
    "C5": 3,
    "E2": 4,
    "C6": 5,
    "C7": 6,
}

PAGED: Final[frozenset[Tier]] = frozenset({"E0", "E1", "C1", "C2", "C3"})
BODY: Final[frozenset[Tier]] = frozenset({"E0", "E1", "E2"})
MIND: Final[frozenset[Tier]] = frozenset({"C1", "C2", "C3", "C4", "C5", "C6", "C7"})
ESCALATED: Final[frozenset[Tier]] = BODY | frozenset({"C1", "C2", "C3", "C4", "C5"})

_RANK: Final[dict[Tier, tuple[int, int]]] = {tier: (URGENCY[tier], TIERS.index(tier)) for tier in TIERS}


def _rank(tier: Tier) -> tuple[int, int]:
    return _RANK[tier]


def most_urgent(tiers: Iterable[Tier | None]) -> Tier | None:
    """The most urgent of ``tiers``; None entries are skipped, and nothing at all gives None."""
    known = [tier for tier in tiers if tier is not None]
    if not known:
        return None
    best: Tier = min(known, key=_rank)
    return best


def in_danger_now(before: Tier | None) -> Tier:
    """The tier of somebody who says "I am in danger now" after ``before``: never lower, at once (safety.md 2.3, 5.3)."""
    if before in BODY:
        return "E0"
    return "C1" if before == "C1" else "C2"


@dataclass(frozen=True)
class Evidence:
    """Why a finding was made: rule id, place in the reference, matched piece (normalised, ≤ 60 characters)."""

    rule: str
    source: str
    text: str


@dataclass(frozen=True)
class Finding:
    """One tier and everything in the message that speaks for it."""

    tier: Tier
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Assessment:
    """Result for one message.

    ``tier`` is the most urgent of all findings, ``body`` the most urgent E tier, ``mind`` the most urgent C tier;
    each is None when there is nothing. ``third_person``: the message is about somebody else than its writer.
    ``findings`` come most urgent first. ``excused``: the sides of which signs were there, but denied, long
    over, asked about, said of an animal or a thing, or a saying; both for an everyday errand. It changes nothing about
    the findings; the second layer needs to be surer there.
    """

    tier: Tier | None
    findings: tuple[Finding, ...]
    body: Tier | None
    mind: Tier | None
    third_person: bool
    excused: frozenset[Side] = frozenset()


NOTHING: Final = Assessment(tier=None, findings=(), body=None, mind=None, third_person=False)
