"""What is said when a message means danger, and in the turns after it (reference: safety.md 1.2, 2.4 and 5.3).

The order of a reply: the block with the number first; then who was told; only then the country, and the question
that came with the flag.
"""

from __future__ import annotations

from typing import Any, cast

from bot.dialogue import cues, offers
from bot.dialogue.answers import answer, is_content
from bot.dialogue.state import Plan, Turn
from bot.safety.tiers import Tier, in_danger_now, most_urgent

# safety.md 5.3 rule 4 keeps a tier raised for the session; the numbers are repeated under every reply for this many
# further messages, fewer for the tiers that can wait until the day's end.
HELD_MESSAGES = 6
_HELD_SHORTER = {"E2": 2, "C5": 3, "C4": 4}
# The patient alone cannot take these back (safety.md 5.3 rule 9).
_LASTING = frozenset({"C1", "C2", "E0"})
_ALONE_IN_DANGER = frozenset({"C1", "C2", "C3"})
# These may be taken back in own words as well as with the button.
_TAKEN_BACK = frozenset({"C3", "C4", "C5"})
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
    # The classifier hears danger in "I called, the ambulance is coming" as well; the staff are told all the same.
    if flags.get("layer") == 2 and _calls_for_body(turn) and cues.has("help_coming", turn.plain):
        return _help_called(turn).then(NOTIFY)
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


def _is_anothers(turn: Turn, flags: Any, tier: Tier) -> bool:
    """Whether the danger is somebody else's, who was spoken of before where this message leaves it open."""
    if _told_of_another(flags) or (tier.startswith("E") and flags.get("third_person")):
        return True
    of_others = not cues.has("of_myself", turn.plain) or cues.has("call_refused", turn.plain)
    only_others = of_others and cues.has("other_person", turn.plain)
    if tier == "C1" and flags.get("third_person"):
        return only_others  # "mum took them all", but not "she will find me"
    return only_others and bool(turn.slots.get("of_another")) and flags.get("layer") == 2


def _block(turn: Turn, flags: Any, tier: Tier, before: Tier | None, *, third: bool) -> str:
    body, mind = flags.get("body"), flags.get("mind")
    if body and mind and mind not in ("C6", "C7"):
        return "utter_safety_body_and_mind"
    # The same block twice in a row would be a wall: other words, the same numbers (safety.md 2.4).
    if third and flags.get("layer") == 2 and _calls_for_body(turn) and cues.has("call_refused", turn.plain):
        return "utter_safety_refusal"  # the classifier takes it for a wish to die; it is about the call
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
        return Plan(
            ("utter_safety_danger_now", NOTIFY),
            {"held": 0, "tier": in_danger_now(cast("Tier | None", turn.slots.get("tier")))},
        )
    corrects = is_held(turn) and not turn.payload
    if corrects and cues.has("not_me", turn.plain) and cues.has("other_person", turn.plain):
        return _another_is_meant(turn)
    if corrects and turn.slots.get("tier") in _TAKEN_BACK and cues.has("not_meant", turn.plain):
        # Without a button nothing is withdrawn: a person still decides, and the numbers stay.
        return Plan(("utter_safety_not_meant",), {"held": int(turn.slots.get("held") or 0) + 1, "pending": None})
    if turn.intent == "not_meant":
        tier = turn.slots.get("tier")
        kept = tier if tier in _LASTING else None
        return Plan(("utter_safety_not_meant", "action_not_meant"), {"held": None, "tier": kept, "pending": None})
    if turn.intent == "called":
        return _help_called(turn)
    if turn.intent == "third_person":
        return _another_is_meant(turn)
    if turn.intent in _CONTROLS:
        return Plan((_CONTROLS[turn.intent],), {"held": int(turn.slots.get("held") or 0)})
    return None


def _another_is_meant(turn: Turn) -> Plan:
    """The reply to "not me, my wife": the text for who worries; a body's danger keeps its own numbers."""
    slots = {"held": int(turn.slots.get("held") or 0), "of_another": True}
    tier = str(turn.slots.get("tier") or "")
    if tier.startswith("E"):
        return Plan(("utter_safety_hold_body",), slots)
    # Nor is an act or a plan of one's own taken back so.
    return Plan((_CONTROLS["third_person"],), slots if tier in _LASTING else {**slots, "of_mind": False})


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


def _good_news(turn: Turn, *names: str) -> bool:
    """Whether a message shows one of the cues and nothing that may turn it round: not, but, tomorrow, a question."""
    bad = cues.has("bad_news", turn.plain) or is_content(turn.intent)
    return not bad and any(cues.has(name, turn.plain) for name in names)


def past(turn: Turn) -> Plan | None:
    """The reply to news of a danger that is no longer held ("they took him in"); None for other messages."""
    right_after = any(name.startswith("utter_safety_") for name in turn.last_actions)
    short = len(turn.plain.split()) <= _NEWS_WORDS and "?" not in turn.text
    if not turn.slots.get("tier") or turn.payload or not (right_after and short) or turn.intent not in _SAYS_LITTLE:
        return None
    if not _good_news(turn, "relief", "in_care", "help_there"):
        return None
    return Plan((_CONTROLS["danger_not_now"] if _of_mind(turn) else "utter_safety_relieved",), {"misses": 0})


def _relieved(turn: Turn, count: int) -> Plan:
    """The reply to "it is better", ``count`` messages after the danger; a body's is over only in others' care."""
    tier = str(turn.slots["tier"])
    in_care = cues.has("in_care", turn.plain) or cues.has("help_there", turn.plain)
    of_body, of_mind = tier.startswith("E"), _of_mind(turn)
    over = in_care if of_body else tier not in _LASTING
    if of_mind:
        over = over and tier not in _LASTING
        text = _CONTROLS["danger_not_now"]
    else:
        text = "utter_safety_refusal" if of_body and not in_care else "utter_safety_relieved"
    return Plan((text,), {"held": None if over else count, "misses": 0})


def held(turn: Turn) -> Plan | None:
    """The reply to an ordinary message while the tier is raised; None when nothing special is to be said."""
    tier = str(turn.slots["tier"])
    mind = tier.startswith("C")
    count = int(turn.slots.get("held") or 0)
    slots: dict[str, Any] = {"held": count + 1}
    plain = turn.plain
    own = _of_mind(turn)
    hold = _hold(tier, third=bool(turn.slots.get("of_another")) and not own)
    refuses = cues.has("refusal", plain) and not is_content(turn.intent)
    if not refuses and _good_news(turn, "relief", "in_care"):
        return _relieved(turn, slots["held"])
    if not refuses and _good_news(turn, "help_there"):
        return _help_called(turn)
    if cues.has("secret", plain):
        return Plan(("utter_safety_secret",), slots)
    if refuses:
        return Plan(("utter_safety_refusal_mind" if mind else "utter_safety_refusal",), slots)
    if turn.intent == "ask_human":
        return None
    if tier in _ALONE_IN_DANGER and own and cues.has("alone", plain) and "?" not in turn.text:
        return Plan(("utter_safety_danger_now",), {"held": 0})
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
