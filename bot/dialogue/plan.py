"""What the bot does with one message: the order in which everything is considered."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from bot.dialogue import answers, comment_flow, cues, danger, followups, offers, titles
from bot.dialogue.state import ASKS_CANCER, ASKS_COUNTRY, CONTENT, TREATMENTS, Plan, Turn
from bot.nlu.language import Language, choose_language

# Rules and stories (data/stories) decide these, once nothing of the conversation before speaks against it.
_BY_RULE = frozenset({"bot_challenge", "help", "ask_source", "goodbye", "erase_data", "ask_human"})
# What "yes", "no" and "never mind" mean is in the stories when one of these came before; else nothing was asked.
_TO_ERASING = {
    "affirm": "action_forget_me",
    "deny": "utter_erase_cancelled",
    "cancel": "utter_erase_cancelled",
}
_REPLIES = {
    "utter_erase_confirm": _TO_ERASING,
    "utter_erase_comment": _TO_ERASING,
    "action_handoff_request": {
        "affirm": "utter_handoff_waiting",
        "deny": "action_handoff_cancel",
        "cancel": "action_handoff_cancel",
    },
}
_UNASKED = {"affirm": "utter_affirm", "deny": "utter_deny", "cancel": "utter_nothing_to_cancel"}
_OUT_OF_SCOPE = frozenset({"out_of_scope_medical", "out_of_scope_general"})
_CONTEXT = frozenset({"tell_more", "simplify", "ask_why", "repeat", "affirm", "deny"})
_TALK = frozenset({"greet", "thanks", "distress", "useful", "not_useful"})
_UNSURE = frozenset({"clarify", "no_answer", "out_of_scope_general"})
# A country told after one of these topics asks for that country's part of it.
_OF_COUNTRY = {"clinical_trials": "action_trial_registries", "patient_resources": "action_resources"}
_READABLE = re.compile(r"[a-zA-ZÀ-ÿ0-9]")
_ONE_SHOT = {"treatment_questions": "utter_treatment_questions", "something_else": "utter_clarify_other"}


def plan_turn(turn: Turn, default_language: Language) -> Plan:
    """Decide one turn.

    Danger comes first and silence under a person's care second; then what is under way (safety, comment,
    country), then the message itself.
    """
    written, turn = turn, titles.tapped(turn)
    before = turn.slots.get("language")
    language = choose_language(
        turn.text if not turn.payload else "",
        turn.detection,
        current=before,
        page=turn.page_language,
        default=default_language,
    )
    if turn.payload and before:
        language = before
    slots: dict[str, Any] = {"language": language}
    if turn.country:
        slots["country"] = turn.country
    plan = _decide(turn, changed=bool(before) and before != language)
    if plan.actions is None:
        as_rasa_reads_it = written is turn and turn.slots.get("welcomed")
        plan = plan if as_rasa_reads_it else Plan((_response(turn, turn.intent),), plan.slots)
    if plan.actions and not turn.slots.get("welcomed") and not plan.actions[0].startswith("utter_safety_"):
        plan = plan.after("utter_welcome").with_slots(welcomed=True)
    return plan.with_slots(**{**slots, **plan.slots})


def _decide(turn: Turn, changed: bool) -> Plan:
    if turn.flags and turn.flags.get("escalate") and not (offers.wants_nobody(turn) and not danger.is_held(turn)):
        return danger.flagged(turn)
    if turn.slots.get("handoff") == "human":
        return Plan((), {})
    controlled = danger.control(turn)
    if controlled:
        return controlled
    if danger.is_held(turn):
        held = danger.held(turn)
        if held:
            return held
    elif not comment_flow.is_open(turn) and (past := danger.past(turn)):
        return past
    writing = comment_flow.step(turn) if comment_flow.is_open(turn) else comment_flow.retry(turn)
    return writing or _ordinary(turn, changed)


def _ordinary(turn: Turn, changed: bool) -> Plan:
    if not turn.payload and not _READABLE.search(turn.text):
        return _unreadable(turn)
    asking = turn.slots.get("asking")
    if turn.country and asking in ASKS_COUNTRY:
        return _country_told(turn)
    if asking == ASKS_CANCER:
        plan = followups.cancer_told(turn) or _in_general(turn, changed)
        return plan.with_slots(**{"asking": None, **plan.slots})
    return _in_general(turn, changed)


def _in_general(turn: Turn, changed: bool) -> Plan:
    if not turn.payload and turn.country and turn.topic in _OF_COUNTRY and turn.intent in _UNSURE:
        return Plan((_OF_COUNTRY[turn.topic],), {"misses": 0, "options": None})
    if turn.flags and turn.flags.get("tier") == "C6" and turn.intent not in CONTENT:
        return Plan(("utter_end_of_life",), {"misses": 0})
    pointed = None if turn.payload else followups.pointed_at(turn)
    if pointed is not None:
        return _pointed(turn, pointed)
    if offers.wants_nobody(turn):
        # Where the classifier is alarmed the staff are told: a request would not be withdrawn in truth.
        waiting = not turn.flags and (
            turn.slots.get("handoff") == "waiting" or "action_handoff_request" in turn.last_actions
        )
        return Plan(("action_handoff_cancel" if waiting else "utter_deny_offer",), {"misses": 0})
    if not turn.payload and followups.withdraws_comment(turn):
        return Plan((followups.erase_comment(turn),), {"misses": 0, "options": None, "pending": None})
    if wish := offers.accepted(turn):
        return _instead(turn, wish)
    if offers.refused(turn):
        return Plan(("utter_deny_offer",), {"misses": 0})
    elliptic = None if turn.payload else followups.elliptic(turn)
    if elliptic:
        return elliptic
    if not turn.payload and (meant := _meant(turn)):
        return _instead(turn, meant)
    if turn.intent == "change_language" or (
        changed and turn.intent in ("clarify", "no_answer") and _only_language(turn)
    ):
        return followups.in_language(turn, changed)
    return _by_intent(turn, turn.intent)


def _meant(turn: Turn) -> str | None:
    """The intent that plain words tell where the classifier leans elsewhere or is unsure; None: as classified."""
    plain, intent = turn.plain, turn.intent
    unsure = intent in ("clarify", "no_answer")
    if cues.has("acknowledged", plain) and (unsure or intent in ("thanks", "affirm")) and not _asked(turn):
        return "thanks"
    if cues.has("no_thanks", plain) and (unsure or intent in ("thanks", "deny", "cancel")) and not _open(turn):
        return "thanks"
    if cues.has("asks_help", plain) and (unsure or intent == "bot_challenge"):
        return "help"
    if cues.has("who_to_talk", plain) and (unsure or intent in ("bot_challenge", "distress")):
        return "patient_resources"
    if cues.has("none_works", plain) and unsure and turn.topic in TREATMENTS:
        return "treatment_options"
    if cues.has("hurts_body", plain) and intent == "distress":
        return "out_of_scope_medical"
    if cues.has("no_need_person", plain) and turn.slots.get("handoff") == "waiting":
        return "cancel"
    return None


def _asked(turn: Turn) -> bool:
    """Whether the bot's last words wait for a yes or no."""
    return any(name in _REPLIES for name in turn.last_actions) or turn.slots.get("pending") is not None


def _open(turn: Turn) -> bool:
    """Whether a "no" answers something: a question, choices, or a person who is on the way."""
    return _asked(turn) or bool(turn.slots.get("options")) or turn.slots.get("handoff") == "waiting"


def _pointed(turn: Turn, payload: str) -> Plan:
    """The reply to "the second one": the choice shown in that place, or a question when there is none."""
    if not payload:
        return Plan(("utter_list_which",), {})
    intent, _, values = payload.partition("{")
    if intent == "set_country" and values:
        country = json.loads("{" + values).get("country")
        return _country_told(replace(turn, country=country)).with_slots(country=country)
    return _instead(turn, intent)


def _instead(turn: Turn, intent: str) -> Plan:
    """The reply to another intent than the classifier's, which is the one that rules and stories would see."""
    plan = _by_intent(replace(turn, intent=intent), intent)
    return plan if plan.actions is not None else Plan((_response(turn, intent),), plan.slots)


def _by_intent(turn: Turn, intent: str) -> Plan:
    # Naming two of them, a comparison is often no sure question about either.
    if (answers.is_content(intent) or intent == "clarify") and (pair := answers.compared(turn)):
        return answers.compare(turn, pair)
    if answers.is_content(intent):
        return answers.answer(turn, intent)
    if intent in _CONTEXT:
        planned = followups.context_intent(turn, intent)
        if planned:
            return planned
    if intent == "clarify":
        return answers.clarify(turn, [str(option) for option in turn.gate.get("options") or []])
    if intent == "no_answer":
        return answers.no_answer(turn)
    if intent in _OUT_OF_SCOPE:
        return answers.out_of_scope(turn, intent)
    if intent in _TALK:
        return answers.talk(turn, intent)
    if intent == "leave_comment":
        return comment_flow.start(turn)
    if intent == "end_of_life":
        return Plan(("utter_end_of_life",), {"misses": 0})
    if intent == "trial_registries":
        return Plan(("action_trial_registries",), {"misses": 0})
    if intent in _ONE_SHOT:
        return Plan((_ONE_SHOT[intent],), {"options": None})
    return _by_rule(turn, intent)


def _by_rule(turn: Turn, intent: str) -> Plan:
    """Hand over to rules and stories, where one of them knows the turn."""
    slots = {"misses": 0, "options": None}
    if intent == "ask_human" and turn.slots.get("handoff") == "waiting":
        return Plan(("utter_handoff_waiting",), slots)
    if intent == "privacy":
        return Plan(("utter_privacy", "action_know_about_me"), slots)
    if intent in _UNASKED:
        if "utter_erase_comment" in turn.last_actions:  # asked after words of many intents: no story holds them all
            return Plan((_response(turn, intent),), slots)
        asked = any(name in _REPLIES for name in turn.last_actions)
        if intent == "cancel" and not asked and turn.slots.get("handoff") == "waiting":
            return Plan(("action_handoff_cancel",), slots)
        return Plan(None if asked else (_UNASKED[intent],), slots)
    return Plan(None, slots) if intent in _BY_RULE else answers.no_answer(turn)


def _response(turn: Turn, intent: str) -> str:
    """What rules and stories do about an intent, where the plan has to name it: after the welcome, or for a pointer."""
    for asked, replies in _REPLIES.items():
        if asked in turn.last_actions and intent in replies:
            return replies[intent]
    return {"ask_human": "action_handoff_request", "erase_data": "utter_erase_confirm"}.get(intent, f"utter_{intent}")


def _unreadable(turn: Turn) -> Plan:
    """Only emoji, signs or another script: thanks and farewells are understood, the rest is asked again."""
    if turn.gate.get("outcome") == "answer" and turn.intent in ("thanks", "goodbye", "useful", "greet"):
        return answers.talk(turn, turn.intent)
    return Plan(("utter_unreadable",), {})


def _country_told(turn: Turn) -> Plan:
    asking = turn.slots.get("asking")
    if asking == "resources":
        return Plan(("action_resources",), {"asking": None, "misses": 0})
    return Plan(("utter_country_set",), {"asking": None})


def _only_language(turn: Turn) -> bool:
    return cues.has("asks_back", turn.plain) or len(turn.plain.split()) <= 12
