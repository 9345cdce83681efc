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
_ASKS = {"text": "utter_comment_ask_text", "name": "utter_comment_ask_name", "confirm": "utter_comment_confirm"}
# What a button of the flow sends; other buttons are no comment and no name.
_OWN_PAYLOADS = frozenset({"affirm", "deny", "skip"})
# Few enough words for a bare "no".
_NO_WORDS = 3


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


def retry(turn: Turn) -> Plan | None:
    """The reply to the buttons under a comment that could not be stored just now; None for other messages."""
    if turn.slots.get("comment_stage") != "failed" or "action_comment_submit" not in turn.last_actions:
        return None
    if turn.intent == "affirm":
        return Plan(("action_comment_submit",), {"misses": 0})
    return Plan(("utter_comment_cancelled",), _cleared()) if turn.intent in ("cancel", "deny") else None


def step(turn: Turn) -> Plan | None:
    """The next step for a message that came while a comment is being written; None for a button of something else."""
    stage = str(turn.slots["comment_stage"])
    plain = turn.plain
    if turn.intent == "cancel" or (not turn.payload and _cancels(turn, stage)):
        return Plan(("utter_comment_cancelled",), _cleared())
    if turn.intent == "correct_comment":
        return Plan(("utter_comment_corrected",), {"comment_stage": "text"})
    if (turn.payload and is_content(turn.intent)) or _asks_something_else(turn):
        return _interrupted(turn)
    if turn.payload and turn.intent not in _OWN_PAYLOADS:
        return None
    agreed = turn.intent == "affirm" or cues.has("yes", plain)
    if agreed and ("utter_comment_resume" in turn.last_actions or (turn.payload and stage != "confirm")):
        return Plan((_ASKS[stage],), {})
    if stage != "text" and not turn.payload and (changed := _corrected(turn)):
        return Plan(("utter_comment_confirm",), {"comment_text": changed, "comment_stage": "confirm"})
    if stage == "text":
        return Plan((_ASKS[stage],), {}) if turn.payload else _text(turn)
    if stage == "name":
        if turn.payload or cues.has("no", plain):
            return _ask_confirmation(str(turn.slots["comment_text"]), None)
        given = _given(turn)
        if given:
            return _with_text(given, turn)
        return _ask_confirmation(str(turn.slots["comment_text"]), _name(turn.text) or turn.text.strip()[:60])
    if agreed:
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
    if stage == "text" and cues.has("no", turn.plain) and len(turn.plain.split()) <= _NO_WORDS:
        return True
    takes_back = any(cues.has(name, turn.plain) for name in ("cancel", "withdraws_comment", "withdraws_it"))
    return (
        takes_back
        and not cues.has("comment_remove", turn.plain)
        and len(turn.plain.split()) <= (6 if stage == "text" else 9)
    )


def _asks_something_else(turn: Turn) -> bool:
    if not is_content(turn.intent) or turn.gate.get("outcome") != "answer" or _given(turn):
        return False
    return "?" in turn.text or cues.has("wait_first", turn.plain)


def _interrupted(turn: Turn) -> Plan:
    pair = compared(turn)
    plan = compare(turn, pair) if pair else answer(turn, turn.intent)
    # Its question would be answered with the text of the comment.
    actions = [name for name in plan.actions or () if name != "action_trial_registries"]
    return Plan((*actions, "utter_comment_resume"), plan.slots)


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
    found = cues.match("comment_remove", turn.plain) or cues.match("comment_replace", turn.plain)
    if not found:
        return None
    old, new = found.group(1), found.group(2) if found.re.groups > 1 else ""
    place = _place(kept, old)
    if place is None:
        return None
    spelled = _place(turn.text, new, last=True) if new else None
    written = turn.text[slice(*spelled)] if spelled else new
    return (kept[: place[0]] + written + kept[place[1] :]).replace("  ", " ").strip()


def _place(text: str, plain: str, last: bool = False) -> tuple[int, int] | None:
    """Where the normalised piece ``plain`` begins and ends in ``text``; its last place rather than its first."""
    letters = [
        (letter, place) for place, char in enumerate(text) for letter in (" " if char.isspace() else normalise(char))
    ]
    folded = "".join(letter for letter, _ in letters)
    start = folded.rfind(plain) if last else folded.find(plain)
    return (letters[start][1], letters[start + len(plain) - 1][1] + 1) if start >= 0 else None


def _name(text: str) -> str | None:
    """The text as a display name when it has the shape of one."""
    bare = text.strip().strip(".!")
    parts = bare.split()
    if not 0 < len(parts) <= _NAME_WORDS or not cues.has("whole_name", normalise(bare)):
        return None
    return bare if all(part[:1].isupper() for part in parts) else None
