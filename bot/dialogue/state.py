"""What one turn of the dialogue is decided from, and what the decision looks like."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.nlu.language import Detection, Language
from bot.nlu.normalise import normalise

CONTENT = (
    "what_is",
    "causes",
    "which_cancers",
    "new_treatments",
    "cure_prognosis",
    "clinical_significance",
    "treatment_options",
    "clinical_trials",
    "targeted_therapy",
    "immunotherapy",
    "palliative_care",
    "patient_resources",
)
# In the order of the article, which is the order they are shown in.
TREATMENTS = ("clinical_trials", "targeted_therapy", "immunotherapy", "palliative_care")
# Values of the slot ``asking`` while a country is waited for, and while a cancer is.
ASKS_COUNTRY = frozenset({"resources", "numbers"})
ASKS_CANCER = "cancer"


@dataclass(frozen=True)
class Turn:
    """One message and the conversation before it.

    intent: after the gate (``clarify``, ``no_answer`` and ``danger`` included). gate: see
    :mod:`bot.nlu.components`. flags: see :mod:`bot.safety.routing`. offered: payloads of the buttons last shown,
    without the slash; titles: theirs, by title.
    last_actions: what the bot did in the turn before. page_language: of the page or channel. country: named
    in the message or its payload.
    """

    text: str
    intent: str
    gate: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, Any] | None = None
    detection: Detection = field(default_factory=lambda: Detection(None, 0.0))
    page_language: Language | None = None
    payload: bool = False
    country: str | None = None
    offered: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    last_actions: tuple[str, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def plain(self) -> str:
        """The text normalised."""
        return normalise(self.text)

    @property
    def topic(self) -> str | None:
        """The content topic last answered."""
        topic = self.slots.get("topic")
        return topic if topic in CONTENT else None

    @property
    def seen(self) -> dict[str, int]:
        """How often each topic was answered in this conversation."""
        return dict(self.slots.get("seen") or {})

    @property
    def best(self) -> str:
        """The classifier's best intent, whatever the gate made of it."""
        return str(self.gate.get("intent") or self.intent)


@dataclass(frozen=True)
class Plan:
    """Actions to run in order, and slot values to set before the first of them.

    ``actions`` is None when the rules and stories decide.
    """

    actions: tuple[str, ...] | None
    slots: Mapping[str, Any] = field(default_factory=dict)

    def with_slots(self, **values: Any) -> Plan:
        """The same plan with more slot values; those given here win."""
        return Plan(self.actions, {**self.slots, **values})

    def then(self, *actions: str) -> Plan:
        """The same plan with ``actions`` at its end."""
        return Plan((*(self.actions or ()), *actions), self.slots)

    def after(self, *actions: str) -> Plan:
        """The same plan with ``actions`` in front."""
        return Plan((*actions, *(self.actions or ())), self.slots)
