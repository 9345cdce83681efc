"""What is said when a message means danger, and in the turns after it (reference: safety.md 1.2, 2.4 and 5.3).

The order of a reply: the block with the number first; then who was told; only then the country, and the question
that came with the flag.
"""

from __future__ import annotations

from typing import Any, cast

from bot.dialogue import cues, offers
from bot.dialogue.answers import answer, is_content
from bot.dialogue.state import Plan, Turn
from bot.safety.tiers import Tier, most_urgent

# safety.md 5.3 rule 4 keeps a tier raised for the session; the numbers are repeated under every reply for this many
# further messages, fewer for the tiers that can wait until the day's end.
HELD_MESSAGES = 6
_HELD_SHORTER = {"E2": 2, "C5": 3, "C4": 4}
# The patient alone cannot take these back (safety.md 5.3 rule 9).
_LASTING = frozenset({"C1", "C2", "E0"})
_THIRD = frozenset({"E0", "E1", "E2", "C1"})
# Their texts speak to the one who wants to die; somebody who worries about another hears the text for relatives.
_OWN_WORDS = frozenset({"C2", "C3", "C4"})
_CONTROLS = {
    "called": "utter_safety_called",
    "someone_call": "utter_safety_someone_call",
    "danger_not_now": "utter_safety_danger_not_now",
    "third_person": "utter_safety_third_person",
}
# What everybody may ask at any time, and what is asked back.
_RIGHTS = {"privacy": ("utter_privacy", "action_know_about_me"), "erase_data": ("utter_erase_confirm",)}
_ASKED = frozenset({"utter_erase_confirm", "utter_erase_comment"})
NOTIFY = "action_notify_staff"
_MIND = frozenset({"C1", "C2", "C3", "C4", "C5"})
# News of a danger that is no longer held are short, and come right after its texts.
_NEWS_WORDS = 12
_SAYS_LITTLE = frozenset(
    {"clarify", "no_answer", "out_of_scope_general", "out_of_scope_medical", "thanks", "affirm", "useful", "greet"}
)


def flagged(turn: Turn) -> Plan:
    """The reply to a message with a red flag."""
    flags = turn.flags or {}
    said = _about_the_call(turn) if flags.get("layer") == 2 else None
    if said:
        return said.then(NOTIFY)
    before = cast("Tier | None", turn.slots.get("tier"))
    tier = cast(Tier, flags["tier"])
    if tier == "E2" and before == "E2":
        tier = "E1"  # two amber signs count as a red one (UKONS, safety.md 1.0)
    raised = cast(Tier, most_urgent([before, tier]))
    third = _is_anothers(turn, flags, tier)
    slots: dict[str, Any] = {
        "tier": raised,
        "of_mind": _of_mind(turn) or (not third and str(flags.get("mind") or "") in _MIND),
        "held": 0,
        "misses": 0,
        "options": None,
        "asking": None,
        "of_another": third,
    }
    actions = [_block(turn, flags, tier, before, third=third), NOTIFY]
    if turn.slots.get("comment_stage"):
        actions.append("utter_comment_not_published")
        slots["comment_stage"] = "interrupted"
    if not (turn.country or turn.slots.get("country")) and before is None:
        actions.append("utter_ask_country")
        slots["asking"] = "numbers"
    question = _question(turn)
    if question:
        slots["pending"] = question
        actions.append("utter_safety_pending_question")
    return Plan(tuple(actions), slots)


def _about_the_call(turn: Turn) -> Plan | None:
    """What is said of the call that a body's danger asks for, which the classifier alone takes for a danger too."""
    if not _calls_for_body(turn):
        return None
    if cues.has("help_coming", turn.plain):
        return _help_called(turn)
    # "He doesn't want us to bother them": short, and of nobody's wish to die, which the rules would have found.
    if cues.has("refusal", turn.plain) and len(turn.plain.split()) <= _NEWS_WORDS:
        return Plan(("utter_safety_refusal",), {"held": 0})
    return None


def _is_anothers(turn: Turn, flags: Any, tier: Tier) -> bool:
    """Whether the danger is somebody else's, who was spoken of before where this message leaves it open."""
    if _told_of_another(flags) or (tier.startswith("E") and flags.get("third_person")):
        return True
    open_to_both = (
        flags.get("layer") == 2 and cues.has("other_person", turn.plain) and not cues.has("of_myself", turn.plain)
    )
    return bool(turn.slots.get("of_another")) and open_to_both


def _block(turn: Turn, flags: Any, tier: Tier, before: Tier | None, *, third: bool) -> str:
    body, mind = flags.get("body"), flags.get("mind")
    if body and mind and mind not in ("C6", "C7"):
        return "utter_safety_body_and_mind"
    # The same block twice in a row would be a wall: other words, the same numbers (safety.md 2.4).
    repeated = before == tier and any(name.startswith("utter_safety_") for name in turn.last_actions)
    if third and tier in _OWN_WORDS | {"C5"}:
        return _hold(tier, third=True) if "utter_safety_C5" in turn.last_actions else "utter_safety_C5"
    if repeated and tier not in ("E0", "C1"):
        return _hold(tier, third=third)
    suffix = "_third" if (third or flags.get("third_person")) and tier in _THIRD else ""
    return f"utter_safety_{tier}{suffix}"


def _told_of_another(flags: Any) -> bool:
    """Whether a rule about other people found it: a nearby "she" alone may be whom the writer would leave behind."""
    rules = [str(piece.get("rule", "")) for piece in flags.get("evidence") or ()]
    return bool(flags.get("third_person")) and any(rule.startswith("other_") for rule in rules)


def _question(turn: Turn) -> str | None:
    """The question of the article that came with the flag, if the classifier is sure enough to offer it."""
    options = list(turn.gate.get("options") or [])
    return options[0] if options and is_content(options[0]) and "?" in turn.text else None


def _hold(tier: str, *, third: bool) -> str:
    if tier.startswith("C"):
        return "utter_safety_hold_other" if third else "utter_safety_hold_mind"
    return "utter_safety_hold_body"


def is_held(turn: Turn) -> bool:
    """Whether a flag of this session still shapes the reply to ordinary messages."""
    tier, held = turn.slots.get("tier"), turn.slots.get("held")
    return bool(tier) and held is not None and int(held) < _HELD_SHORTER.get(str(tier), HELD_MESSAGES)


def control(turn: Turn) -> Plan | None:
    """The reply to a button of the safety block, at any time; None for other messages."""
    if turn.intent == "danger_now":
        return Plan(("utter_safety_danger_now", NOTIFY), {"held": 0, "tier": turn.slots.get("tier") or "C3"})
    corrects = is_held(turn) and not turn.payload
    if corrects and cues.has("not_me", turn.plain) and cues.has("other_person", turn.plain):
        return Plan((_CONTROLS["third_person"],), {"held": int(turn.slots.get("held") or 0), "of_another": True})
    if corrects and str(turn.slots.get("tier")).startswith("C") and cues.has("not_meant", turn.plain):
        # Without a button nothing is withdrawn: a person still decides.
        return Plan(("utter_safety_not_meant",), {"held": None, "pending": None})
    if turn.intent == "not_meant":
        tier = turn.slots.get("tier")
        kept = tier if tier in _LASTING else None
        return Plan(("utter_safety_not_meant", "action_not_meant"), {"held": None, "tier": kept, "pending": None})
    if turn.intent == "called":
        return _help_called(turn)
    if turn.intent in _CONTROLS:
        told = {"of_another": True} if turn.intent == "third_person" else {}
        return Plan((_CONTROLS[turn.intent],), {"held": int(turn.slots.get("held") or 0), **told})
    return None


def _help_called(turn: Turn) -> Plan:
    """For a body's or another's danger, "call first" is over with it; one's own mind stays in need of its numbers."""
    over = not _of_mind(turn)
    return Plan((_CONTROLS["called"],), {"held": None if over else int(turn.slots.get("held") or 0)})


def _of_mind(turn: Turn) -> bool:
    """Whether any flag of this session was of the writer's mind, also where the body's tier is the more urgent."""
    if turn.slots.get("of_mind"):
        return True
    return str(turn.slots.get("tier") or "").startswith("C") and not turn.slots.get("of_another")


def _calls_for_body(turn: Turn) -> bool:
    return is_held(turn) and str(turn.slots["tier"]).startswith("E") and not _of_mind(turn)


def _help_is_there(turn: Turn) -> bool:
    return cues.has("help_there", turn.plain) and not cues.has("bad_news", turn.plain)


def past(turn: Turn) -> Plan | None:
    """The reply to news of a danger that is no longer held ("they took him in"); None for other messages."""
    right_after = any(name.startswith("utter_safety_") for name in turn.last_actions)
    short = len(turn.plain.split()) <= _NEWS_WORDS and "?" not in turn.text
    if not turn.slots.get("tier") or turn.payload or not (right_after and short) or turn.intent not in _SAYS_LITTLE:
        return None
    if not (cues.has("relief", turn.plain) or _help_is_there(turn)):
        return None
    return Plan((_CONTROLS["danger_not_now"] if _of_mind(turn) else "utter_safety_relieved",), {"misses": 0})


def held(turn: Turn) -> Plan | None:
    """The reply to an ordinary message while the tier is raised; None when nothing special is to be said."""
    tier = str(turn.slots["tier"])
    mind = tier.startswith("C")
    count = int(turn.slots.get("held") or 0)
    slots: dict[str, Any] = {"held": count + 1}
    plain = turn.plain
    hold = _hold(tier, third=bool(turn.slots.get("of_another")))
    if cues.has("relief", plain) and not cues.has("refusal", plain):
        own = _of_mind(turn)
        still = slots["held"] if tier in _LASTING and (own or mind) else None
        return Plan((_CONTROLS["danger_not_now"] if own else "utter_safety_relieved",), {"held": still, "misses": 0})
    if _help_is_there(turn):
        return _help_called(turn)
    if cues.has("secret", plain):
        return Plan(("utter_safety_secret",), slots)
    if cues.has("refusal", plain) and not is_content(turn.intent):
        return Plan(("utter_safety_refusal_mind" if mind else "utter_safety_refusal",), slots)
    if turn.intent == "ask_human":
        return None
    if mind and not turn.slots.get("of_another") and cues.has("alone", plain) and "?" not in turn.text:
        return Plan(("utter_safety_danger_now", NOTIFY), {"held": 0})
    if turn.country and turn.slots.get("asking") == "resources":
        return Plan((hold, "action_resources"), {**slots, "asking": None})
    if turn.intent in _RIGHTS:
        return Plan((hold, *_RIGHTS[turn.intent]), slots)
    if offers.accepted(turn):
        return None
    if any(name in _ASKED for name in turn.last_actions) and turn.intent in ("affirm", "deny", "cancel"):
        return None
    if turn.slots.get("comment_stage") == "interrupted" and (
        turn.intent == "leave_comment" or cues.has("comment_status", plain)
    ):
        return Plan((hold, "utter_comment_not_published"), slots)
    if is_content(turn.intent):
        if turn.payload or count >= 1:
            # Numbers above, then the answer: never the answer alone, never above the block (safety.md 5.3 rule 6).
            return answer(turn, turn.intent).after(hold).with_slots(**slots)
        return Plan((hold,), {**slots, "pending": turn.intent})
    return Plan((hold,), {**slots, "pending": None})
