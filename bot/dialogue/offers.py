"""What a plain yes or no means after a text that ends by offering something: most of all, a person to talk to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogue import cues
from bot.dialogue.state import Turn

# The intent that a yes stands for, by the text that asked.
_BY_YES: Final[Mapping[str, str]] = {
    "utter_distress": "ask_human",
    "utter_causes_again": "ask_human",
    "utter_cure_prognosis_again": "ask_human",
    "utter_clinical_trials_again": "ask_human",
    "utter_palliative_care_again": "ask_human",
    "utter_safety_danger_not_now": "ask_human",
    "utter_end_of_life": "distress",
}
# Ends by asking whether there is anything else: a yes says too little, a no is no misunderstanding.
_ANYTHING_ELSE: Final = frozenset(
    {"utter_not_useful", "utter_trials_registry_skipped", "action_trial_registries", "action_resources"}
)
_UNSURE: Final = frozenset({"clarify", "no_answer"})
# "Yes, but what does it mean for my son who ..." says more than yes.
_YES_WORDS: Final = 5


def accepted(turn: Turn) -> str | None:
    """The intent that a yes ("ok" is one) to the bot's last words stands for; None where nothing was offered."""
    # A question kept from before was asked about last.
    if "utter_safety_pending_question" in turn.last_actions:
        return None
    wish = next((_BY_YES[name] for name in turn.last_actions if name in _BY_YES), None)
    plain = turn.plain
    short = len(plain.split()) <= _YES_WORDS
    yes = turn.intent == "affirm" or (short and turn.intent in _UNSURE | {"thanks"} and cues.has("yes", plain))
    plainly = yes and not cues.has("negation", plain) and not turn.payload
    return wish if wish and plainly else None


def wants_nobody(turn: Turn) -> bool:
    """Whether the whole message says no to a person who was asked for or offered.

    To the classifier such words sound like those of somebody who gives up; what the rules of the first layer find in
    them counts all the same, and so does everything where no person was spoken of before.
    """
    flags = turn.flags or {}
    # "I don't want anyone any more" may mean more than a person here: plain words only where the classifier is alarmed.
    said = cues.match("no_person", turn.plain)
    meant = said is not None and (not flags or (flags.get("layer") == 2 and cues.has("person_here", turn.plain)))
    spoken_of = turn.slots.get("handoff") == "waiting" or any(
        name.startswith(("action_handoff", "utter_handoff")) or name in _BY_YES or name in _ANYTHING_ELSE
        for name in turn.last_actions
    )
    return spoken_of and not turn.payload and meant


def refused(turn: Turn) -> bool:
    """Whether the message says no to what the bot offered, and to nothing else."""
    slots = turn.slots
    if turn.payload or slots.get("options") or slots.get("handoff") == "waiting":
        return False
    if "utter_safety_pending_question" in turn.last_actions:
        return False
    no = turn.intent in ("deny", "cancel") or (
        turn.intent in _UNSURE | {"thanks"} and cues.has("no_thanks", turn.plain)
    )
    return no and any(name in _BY_YES or name in _ANYTHING_ELSE for name in turn.last_actions)
