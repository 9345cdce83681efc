"""Leaving a comment: text, optional name, confirmation; questions, corrections and cancelling in between."""

from __future__ import annotations

import re
from typing import Any

from bot.dialogue import cues
from bot.dialogue.answers import answer, compare, compared, is_content
from bot.dialogue.state import Plan, Turn
from bot.nlu.normalise import normalise

MAX_LENGTH = 1500
# Fewer words than this, all of a name's shape, are taken for the name when the text was asked for.
_NAME_WORDS = 3
_STAGES = ("text", "name", "confirm")


def is_open(turn: Turn) -> bool:
    """Whether a comment is being written."""
    return turn.slots.get("comment_stage") in _STAGES


def start(turn: Turn) -> Plan:
    """Begin a comment, take one that was written in the same message, or tell about an earlier one."""
    if cues.has("comment_status", turn.plain):
        return Plan(("action_comment_status",), {"misses": 0})
    if turn.slots.get("comment_text") and turn.slots.get("comment_stage") == "failed":
        return _ask_confirmation(str(turn.slots["comment_text"]), turn.slots.get("comment_name"))
    given = _given(turn)
    if given:
        return _with_text(given, turn)
    return Plan(
        ("utter_comment_ask_text",),
        {"comment_stage": "text", "misses": 0, "comment_text": None, "comment_name": None},
    )


def step(turn: Turn) -> Plan:
    """The next step for a message that came while a comment is being written."""
    stage = str(turn.slots["comment_stage"])
    plain = turn.plain
    if turn.intent == "cancel" or (not turn.payload and _cancels(turn, stage)):
        return Plan(("utter_comment_cancelled",), _cleared())
    if turn.intent == "correct_comment":
        return Plan(("utter_comment_corrected",), {"comment_stage": "text"})
    if (turn.payload and is_content(turn.intent)) or _asks_something_else(turn):
        return _interrupted(turn)
    if stage != "text" and not turn.payload and (changed := _corrected(turn)):
        return Plan(("utter_comment_confirm",), {"comment_text": changed, "comment_stage": "confirm"})
    if stage == "text":
        return _text(turn)
    if stage == "name":
        if turn.intent == "skip" or cues.has("no", plain):
            return _ask_confirmation(str(turn.slots["comment_text"]), None)
        given = _given(turn)
        if given:
            return _with_text(given, turn)
        return _ask_confirmation(str(turn.slots["comment_text"]), _name(turn.text) or turn.text.strip()[:60])
    if turn.intent == "affirm" or cues.has("yes", plain):
        return Plan(("action_comment_submit",), {"misses": 0})
    if turn.intent == "deny" or cues.has("no", plain):
        return Plan(("utter_comment_cancelled",), _cleared())
    given = _given(turn)
    return _with_text(given, turn) if given else Plan(("utter_comment_confirm",), {})


def _text(turn: Turn) -> Plan:
    text = _given(turn) or turn.text.strip()
    if not re.search(r"\w", text):
        return Plan(("utter_comment_empty",), {})
    if len(text) > MAX_LENGTH:
        return Plan(("utter_comment_too_long",), {"max_length": str(MAX_LENGTH)})
    name = _name(text)
    if name and not turn.slots.get("comment_name"):
        return Plan(("utter_comment_ask_text",), {"comment_name": name, "comment_stage": "text"})
    return _with_text(text, turn)


def _with_text(text: str, turn: Turn) -> Plan:
    name = turn.slots.get("comment_name")
    if name:
        return _ask_confirmation(text, str(name))
    return Plan(("utter_comment_ask_name",), {"comment_text": text, "comment_stage": "name", "misses": 0})


def _ask_confirmation(text: str, name: Any) -> Plan:
    return Plan(
        ("utter_comment_confirm",),
        {"comment_text": text, "comment_name": name, "comment_stage": "confirm", "misses": 0},
    )


def _cleared() -> dict[str, Any]:
    return {"comment_stage": None, "comment_text": None, "comment_name": None, "misses": 0}


def _cancels(turn: Turn, stage: str) -> bool:
    """Cancelling words count in a short message; in a long one they are part of the comment."""
    return cues.has("cancel", turn.plain) and len(turn.plain.split()) <= (6 if stage == "text" else 9)


def _asks_something_else(turn: Turn) -> bool:
    if not is_content(turn.intent) or turn.gate.get("outcome") != "answer" or _given(turn):
        return False
    return "?" in turn.text or cues.has("wait_first", turn.plain)


def _interrupted(turn: Turn) -> Plan:
    pair = compared(turn)
    plan = compare(turn, pair) if pair else answer(turn, turn.intent)
    return Plan((*(plan.actions or ()), "utter_comment_resume"), plan.slots)


def _given(turn: Turn) -> str | None:
    """A comment announced and written in the same message ("my comment: …"), in its own spelling."""
    text = turn.text.strip()
    folded = normalise(text)
    found = cues.match("comment_given", folded)
    if not found:
        return None
    mark = re.search(r"[:«\"“]", text)
    given = text[mark.end() :].strip(' :«»"“”') if mark else ""
    return given if len(given.split()) >= 2 else None


def _corrected(turn: Turn) -> str | None:
    """The kept comment with "replace A with B" or "remove A" done to it; None when A does not stand in it."""
    kept = str(turn.slots.get("comment_text") or "")
    found = cues.match("comment_replace", turn.plain)
    new = found.group(2) if found else ""
    found = found or cues.match("comment_remove", turn.plain)
    if not found or not kept:
        return None
    old = found.group(1)
    place = normalise(kept).find(old)
    if place < 0 or len(normalise(kept)) != len(kept):
        literal = re.search(re.escape(old), kept, re.IGNORECASE)
        return kept[: literal.start()] + _spelled(turn.text, new) + kept[literal.end() :] if literal else None
    return (kept[:place] + _spelled(turn.text, new) + kept[place + len(old) :]).replace("  ", " ").strip()


def _spelled(text: str, plain: str) -> str:
    """``plain`` as the patient spelled it in ``text``."""
    place = normalise(text).rfind(plain)
    same = len(normalise(text)) == len(text)
    return text[place : place + len(plain)] if plain and place >= 0 and same else plain


def _name(text: str) -> str | None:
    """The text as a display name when it has the shape of one."""
    bare = text.strip().strip(".!")
    parts = bare.split()
    if not 0 < len(parts) <= _NAME_WORDS or not cues.has("whole_name", normalise(bare)):
        return None
    return bare if all(part[:1].isupper() for part in parts) else None
