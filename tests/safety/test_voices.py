"""The first layer on messages in many voices: countries, ages, relatives, texting, half sentences; and everyday ones.

Rules were mended after reading these, so they guard against a relapse and measure nothing (docs/safety.md does).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED

VOICES = Path(__file__).parent / "voices"
LANGUAGES = ("fr", "en")
# What the rules alone find; the rest is the second layer's.
LEAST_FOUND = 0.9


def rows(kind: str, language: str) -> list[dict[str, str]]:
    lines = (VOICES / f"{kind}.{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def texts(kind: str, *tiers: str) -> list[str]:
    return [row["text"] for language in LANGUAGES for row in rows(kind, language) if not tiers or row["tier"] in tiers]


@pytest.mark.parametrize("text", texts("danger", "E0", "C1", "C2"))
def test_an_emergency_or_a_plan_is_found_by_the_rules_alone(text: str) -> None:
    assert assess(text).tier in ESCALATED


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_alone_find_most_of_every_tier(language: str) -> None:
    messages = rows("danger", language)
    missed = [row for row in messages if assess(row["text"]).tier not in ESCALATED]
    assert len(missed) <= (1 - LEAST_FOUND) * len(messages), missed


@pytest.mark.parametrize("text", texts("ordinary"))
def test_an_everyday_message_raises_nothing(text: str) -> None:
    assert assess(text).tier not in ESCALATED
