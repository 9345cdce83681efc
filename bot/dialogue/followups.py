"""Messages that mean something only after what was said before: "the second one", "more", "why?", "and for the breast?"."""

from __future__ import annotations

from typing import Any

from bot.content.cancers import cancer_named
from bot.dialogue import cues
from bot.dialogue.answers import answer, clarify, is_content, out_of_scope
from bot.dialogue.state import CONTENT, TREATMENTS, Plan, Turn

# A pointer ("the second one") is short; a long message that holds such a word is about something.
_POINTER_WORDS = 9
_BARE_POINTER_WORDS = 5
_ELLIPTIC_WORDS = 9
_VARIANT = {"tell_more": "_more", "simplify": "_simple", "ask_why": "_why"}
_ERASING = ("utter_erase", "utter_privacy", "action_forget_me", "action_know_about_me")
# A word or two that name a cancer answer the question which one; a longer message may ask something of its own.
_NAMING_WORDS = 4
# Who writes these names an organ that hurts, or asks for something else than links.
_NO_NAME = frozenset({"out_of_scope_medical", "distress", "end_of_life", "ask_human"})
_MAY_NAME = frozenset({"which_cancers", "clinical_trials", "trial_registries", "clarify", "no_answer"})
_NOTHING_BEFORE = {"simplify": "utter_simplify_none", "repeat": "utter_repeat_none"}


def pointed_at(turn: Turn) -> str | None:
    """The intent that an ordinal or a number points at in what was shown last; "" when nothing was shown."""
    plain = turn.plain
    if len(plain.split()) > _POINTER_WORDS:
        return None
    bare = cues.match("bare_number", plain)
    found: list[int] = [int(bare.group(1))] if bare else [int(key) for key in cues.among("ordinals", plain)]
    # "the last thing I wanted to ask" points at nothing that was shown
    if not bare and len(plain.split()) > _BARE_POINTER_WORDS and not cues.has("list_word", plain):
        return None
    if not found or (not bare and is_content(turn.intent) and turn.gate.get("outcome") == "answer"):
        return None
    shown = list(turn.slots.get("options") or []) or list(turn.slots.get("listed") or []) or list(turn.offered)
    if bare and turn.offered and not turn.slots.get("listed"):
        shown = list(turn.offered)
    position = found[0]
    if not shown:
        return "" if bare else None
    index = position - 1 if position > 0 else len(shown) - 1
    return shown[index] if 0 <= index < len(shown) else ""


def context_intent(turn: Turn, intent: str) -> Plan | None:
    """The reply to an intent that takes the topic of the conversation; None when rules and stories know better."""
    topic = turn.topic
    if intent in _VARIANT:
        return _variant(turn, topic, intent)
    if intent == "repeat":
        if topic is None:
            return Plan((_NOTHING_BEFORE["repeat"],), {})
        return Plan(("utter_repeat_prefix", f"utter_{topic}"), {"misses": 0})
    if intent == "affirm":
        return _affirmed(turn, topic)
    if intent == "deny":
        if turn.slots.get("options"):
            return Plan(("utter_clarify_other",), {"options": None})
        return None
    return None


def _variant(turn: Turn, topic: str | None, intent: str) -> Plan:
    if topic is None:
        return Plan((_NOTHING_BEFORE.get(intent, "utter_no_context"),), {})
    wanted = f"utter_{topic}{_VARIANT[intent]}"
    if wanted in turn.last_actions:
        return Plan(("utter_no_more",), {"misses": 0})
    return answer(turn, topic, _VARIANT[intent])


def _affirmed(turn: Turn, topic: str | None) -> Plan | None:
    pending = turn.slots.get("pending")
    if pending in CONTENT:
        return answer(turn, str(pending))
    options = list(turn.slots.get("options") or [])
    if len(options) == 1:
        return answer(turn, options[0]) if is_content(options[0]) else None
    if options:
        return clarify(turn, options)
    if topic and any(name.startswith(f"utter_{topic}") for name in turn.last_actions):
        return _variant(turn, topic, "tell_more")
    return None


def cancer_told(turn: Turn) -> Plan | None:
    """The reply to the answer to "which cancer is it about?", or None when something else was written."""
    if "action_trial_registries" not in turn.last_actions or turn.flags or turn.intent in _NO_NAME:
        return None
    if turn.intent in ("skip", "deny", "cancel"):
        if turn.slots.get("handoff") == "waiting" and turn.intent != "skip":
            return None  # it may be the person that is no longer wanted
        return Plan(("utter_trials_registry_skipped",), {"misses": 0})
    if turn.country and turn.intent in ("clarify", "no_answer"):  # where to look, instead of what for
        return Plan(("action_trial_registries",), {"misses": 0, "options": None})
    names = cancer_named(turn.text) is not None
    if names and (turn.intent in _MAY_NAME or len(turn.plain.split()) <= _NAMING_WORDS):
        return Plan(("action_trial_registries",), {"misses": 0, "options": None})
    return None


def elliptic(turn: Turn) -> Plan | None:
    """The reply to a short message that goes on with what was said before it ("and for the breast?"), or None."""
    plain = turn.plain
    if len(plain.split()) > _ELLIPTIC_WORDS:
        return None
    if turn.slots.get("handoff") == "waiting" and cues.has("still_waiting", plain) and not is_content(turn.intent):
        return Plan(("utter_handoff_waiting",), {"misses": 0})
    if any(name.startswith(_ERASING) for name in turn.last_actions):
        if _erased(turn) and cues.has("all_gone", plain):
            return Plan(("utter_erase_done",), {"misses": 0})
        if cues.has("how_long", plain):
            return Plan(("utter_erase_delay",), {"misses": 0})
        if cues.has("my_comment", plain):
            return Plan((erase_comment(turn),), {"misses": 0, "options": None, "pending": None})
    if turn.topic is None:
        return None
    if cues.has("said_already", plain) and (not is_content(turn.intent) or turn.intent == turn.topic):
        return answer(turn, turn.topic, "_again")
    cancer = cues.has("named_cancers", plain) or cues.has("other_cancers", plain)
    if cancer and turn.topic in TREATMENTS and cues.has("works_for", plain) and not cues.has("thanks_word", plain):
        return out_of_scope(turn, "out_of_scope_medical")  # the article does not say for whom a treatment works
    if cancer and cues.has("asks_back", plain) and not cues.has("about_treatment", plain):
        return answer(turn, "which_cancers")
    return None


def withdraws_comment(turn: Turn) -> bool:
    """Whether the message wants a comment gone, or after the question about it wants the comment alone gone."""
    if turn.intent in CONTENT or cues.has("not_so", turn.plain):
        return False
    only = "utter_erase_comment" in turn.last_actions and cues.has("only_comment", turn.plain)
    return only or cues.has("withdraws_comment", turn.plain)


def erase_comment(turn: Turn) -> str:
    """What is said about comments when erasing is spoken of: that they are gone, or a question."""
    return "utter_erase_comment_done" if _erased(turn) else "utter_erase_comment"


def _erased(turn: Turn) -> bool:
    """Whether the bot has just erased the conversation: its other outcomes show a button or an apology."""
    failed = bool(turn.offered) or "utter_technical_problem" in turn.last_actions
    return "action_forget_me" in turn.last_actions and not failed


def in_language(turn: Turn, changed: bool) -> Plan:
    """After a wish for another language: confirm, and say the last answer again in it."""
    slots: dict[str, Any] = {"misses": 0}
    if turn.topic is None:
        return Plan(("utter_language_set",), slots)
    return Plan(("utter_language_set", f"utter_{turn.topic}"), slots)
