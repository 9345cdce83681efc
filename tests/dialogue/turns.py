"""Turns as the dialogue policy makes them, for tests of the rules without Rasa."""

from __future__ import annotations

from typing import Any

from bot.dialogue.plan import plan_turn
from bot.dialogue.state import Plan, Turn
from bot.nlu.language import Detection, Language

LANGUAGES: tuple[Language, Language] = ("fr", "en")


def turn(text: str = "abc", intent: str = "no_answer", **more: Any) -> Turn:
    """One message that the gate answers, in a French conversation that was welcomed, unless told otherwise.

    ``outcome``, ``options``: of the gate. ``tier`` with ``body``, ``mind``, ``third``: a red flag. Other keywords are
    slots, unless :class:`Turn` has a field of that name: ``country`` is named in the message, ``lives_in`` was before.
    """
    fields: dict[str, Any] = {key: more.pop(key) for key in list(more) if key in Turn.__dataclass_fields__}
    outcome = more.pop("outcome", {"clarify": "clarify", "no_answer": "fallback"}.get(intent, "answer"))
    gate = {"outcome": outcome, "intent": intent, "confidence": 0.9, "options": more.pop("offers", [])}
    flags = fields.pop("flags", None) or _flags(more)
    slots = {"language": "fr", "welcomed": True, "country": more.pop("lives_in", None), **more}
    return Turn(
        text=text,
        intent="danger" if flags and flags["escalate"] else intent,
        gate=gate,
        flags=flags,
        detection=fields.pop("detection", Detection(slots["language"], 0.9, 2)),
        slots=slots,
        **fields,
    )


def _flags(more: dict[str, Any]) -> dict[str, Any] | None:
    tier = more.pop("flag", None)
    body, mind, third = more.pop("body", None), more.pop("mind", None), more.pop("third", False)
    if tier is None:
        return None
    body = body or (tier if tier.startswith("E") else None)
    mind = mind or (tier if tier.startswith("C") else None)
    return {"tier": tier, "body": body, "mind": mind, "third_person": third, "escalate": tier not in ("C6", "C7")}


def plan(text: str = "abc", intent: str = "no_answer", **more: Any) -> Plan:
    """What is planned for such a turn."""
    return plan_turn(turn(text, intent, **more), "fr")


def actions(text: str = "abc", intent: str = "no_answer", **more: Any) -> tuple[str, ...] | None:
    """The actions planned for such a turn."""
    return plan(text, intent, **more).actions
