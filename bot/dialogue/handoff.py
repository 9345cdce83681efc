"""The handoff between bot and people, as pure rules: states, moves, and who waits before whom.

bot → waiting → human → closed. :mod:`bot.store.handoff` applies these rules to the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, Literal, cast

from bot.errors import HandoffError
from bot.safety.tiers import URGENCY, Tier, most_urgent

HandoffState = Literal["bot", "waiting", "human", "closed"]
Reason = Literal["red_flag", "asked", "end_of_life", "staff"]
Move = Literal["message", "raise", "cancel", "claim", "step_in", "release", "close"]

# message: the patient writes; raise: a red flag, or the patient asks for a person; cancel: the patient takes
# it back; step_in: staff take a conversation that nobody asked them to take; the rest is done by staff too.
TRANSITIONS: Final[dict[tuple[HandoffState, Move], HandoffState]] = {
    ("bot", "message"): "bot",
    ("bot", "raise"): "waiting",
    ("bot", "cancel"): "bot",
    ("bot", "step_in"): "human",
    ("waiting", "message"): "waiting",
    ("waiting", "raise"): "waiting",
    ("waiting", "cancel"): "bot",
    ("waiting", "claim"): "human",
    ("human", "message"): "human",
    ("human", "raise"): "human",
    ("human", "release"): "bot",
    ("human", "close"): "closed",
    ("closed", "message"): "bot",
    ("closed", "raise"): "waiting",
    ("closed", "cancel"): "closed",
    ("closed", "step_in"): "human",
}

# The patient alone cannot take these out of the queue (safety.md 5.3 rules 8 and 9).
HELD: Final[frozenset[str]] = frozenset({"C1", "C2", "E0"})

# Ten places a tier, so that a request without a tier fits between E2 and C6.
_REQUEST_URGENCY: Final = URGENCY["E2"] * 10 + 5


class Outcome(str, Enum):
    """How staff end their part of a conversation."""

    CALLED_EMERGENCY = "called_emergency"
    REFERRED_TO_TEAM = "referred_to_team"
    REFERRED_TO_HELPLINE = "referred_to_helpline"
    ANSWERED = "answered"
    FALSE_ALARM = "false_alarm"
    NO_REPLY = "no_reply"
    BACK_TO_BOT = "back_to_bot"
    OTHER = "other"


def next_state(state: HandoffState, move: Move) -> HandoffState:
    """The state after ``move``. Raises HandoffError when ``state`` does not allow it."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise HandoffError(f"A conversation in state '{state}' does not allow '{move}'.") from None


def may_cancel(open_tiers: Iterable[str]) -> bool:
    """Whether the patient may leave the queue, given the tiers of the conversation's unresolved alerts."""
    return HELD.isdisjoint(open_tiers)


def queue_urgency(tier: str | None) -> int:
    """Place in the queue, lower first: C1 and E0 (0) … E2 (40), a request without tier (45), C6 (50).

    Raises KeyError on an unknown tier.
    """
    return _REQUEST_URGENCY if tier is None else URGENCY[cast(Tier, tier)] * 10


def highest(tiers: Iterable[str | None]) -> str | None:
    """The most urgent of tiers as the database holds them; None when there is none."""
    return most_urgent(cast("Iterable[Tier | None]", tiers))


def reason_for(tier: str | None) -> Reason:
    """Why a conversation waits, from what put it there."""
    if tier is None:
        return "asked"
    return "end_of_life" if tier == "C6" else "red_flag"
