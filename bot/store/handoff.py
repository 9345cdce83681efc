"""The handoff applied to the database: every move is one atomic change of the conversation's row.

All functions work inside the caller's session and leave the commit to it. Staff are known by their row id.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.dialogue.handoff import (
    HandoffState,
    Outcome,
    Reason,
    highest,
    may_cancel,
    next_state,
    queue_urgency,
    reason_for,
)
from bot.errors import HandoffError, NotFound
from bot.store import conversations
from bot.store.columns import now
from bot.store.models import Alert, Conversation

log = structlog.get_logger(__name__)


def state(session: Session, conversation_id: str) -> HandoffState:
    """State of the conversation; ``bot`` for one the store does not know."""
    found = session.execute(select(Conversation.state).where(Conversation.id == conversation_id))
    return cast(HandoffState, found.scalar() or "bot")


def request(
    session: Session,
    conversation_id: str,
    reason: Reason,
    tier: str | None = None,
    at: datetime | None = None,
) -> HandoffState:
    """Put the conversation into the queue, or keep its place there; returns the state it is in afterwards.

    A conversation a person already owns stays with that person. A more urgent tier moves it up, never down.
    """
    conversation = conversations.ensure(session, conversation_id, at=at)
    return raise_hand(conversation, reason, tier, at or now())


def raise_hand(conversation: Conversation, reason: Reason, tier: str | None, at: datetime) -> HandoffState:
    """:func:`request` on a row the caller has already locked."""
    before = cast(HandoffState, conversation.state)
    after = next_state(before, "raise")
    if before in ("bot", "closed"):
        _forget_handling(conversation)
        conversation.waiting_since_at = at
    conversation.state = after
    conversation.tier = highest([conversation.tier, tier])
    if reason == "asked":
        conversation.asked_at = conversation.asked_at or at
    _place(conversation)
    if before != after:
        log.info("handoff.waiting", conversation=conversations.log_key(conversation.id), reason=reason, tier=tier)
    return after


def cancel(session: Session, conversation_id: str) -> HandoffState:
    """The patient takes the request back. Stays ``waiting`` while an unresolved C1, C2 or E0 alert holds it.

    Raises HandoffError when a person owns the conversation.
    """
    conversation = conversations.lock(session, conversation_id)
    if conversation is None:
        return "bot"
    after = next_state(cast(HandoffState, conversation.state), "cancel")
    conversation.asked_at = None
    tiers = open_tiers(session, conversation_id)
    if conversation.state == "waiting" and not may_cancel(tiers):
        conversation.tier = highest(tiers)
        _place(conversation)
        return "waiting"
    if conversation.state == "waiting":
        _forget_handling(conversation)
    conversation.state = after
    return after


def withdraw(session: Session, conversation: Conversation) -> HandoffState:
    """The patient said "not what I meant" of red flags: leave the queue unless something else holds.

    The caller has locked the row and marked the alerts. A request for a person stands; C1, C2 and E0 stand.
    """
    if conversation.state != "waiting":
        return cast(HandoffState, conversation.state)
    tiers = open_tiers(session, conversation.id)
    standing = open_tiers(session, conversation.id, withdrawn=False)
    if not may_cancel(tiers) or standing:
        conversation.tier = highest(tiers)
        _place(conversation)
    elif conversation.asked_at is not None:
        conversation.tier = None
        _place(conversation)
    else:
        _forget_handling(conversation)
        conversation.state = "bot"
    return cast(HandoffState, conversation.state)


def claim(session: Session, conversation_id: str, staff_id: int, at: datetime | None = None) -> bool:
    """One person takes the conversation out of the queue; of several at once exactly one gets True."""
    moment = at or now()
    won = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.state == "waiting")
        .values(state="human", owner_id=staff_id, claimed_at=moment, closed_at=None, outcome=None)
        .execution_options(synchronize_session=False)
    )
    if not won.rowcount:
        return False
    acknowledge(session, conversation_id, staff_id, moment)
    session.expire_all()
    log.info("handoff.claimed", conversation=conversations.log_key(conversation_id), staff_id=staff_id)
    return True


def step_in(session: Session, conversation_id: str, staff_id: int, at: datetime | None = None) -> bool:
    """One person takes a conversation the bot leads, or one that was closed, though nobody asked for a person.

    False when it waits for a person or has one: :func:`claim` is for those. Raises NotFound.
    """
    conversation = conversations.lock(session, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation '{conversation_id}'.")
    before = cast(HandoffState, conversation.state)
    if before not in ("bot", "closed"):
        return False
    moment = at or now()
    _forget_handling(conversation)
    conversation.state = next_state(before, "step_in")
    conversation.owner_id, conversation.claimed_at = staff_id, moment
    conversation.closed_at = conversation.outcome = None
    conversation.reason, conversation.urgency = "staff", queue_urgency(None)
    session.flush()
    acknowledge(session, conversation_id, staff_id, moment)
    log.info("handoff.stepped_in", conversation=conversations.log_key(conversation_id), staff_id=staff_id)
    return True


def acknowledge(session: Session, conversation_id: str, staff_id: int, at: datetime | None = None) -> int:
    """Mark every open, unclaimed alert of the conversation as seen by ``staff_id``; returns how many."""
    done = session.execute(
        update(Alert)
        .where(Alert.conversation_id == conversation_id, Alert.claimed_at.is_(None), Alert.resolved_at.is_(None))
        .values(claimed_at=at or now(), claimed_by=staff_id)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def release(session: Session, conversation_id: str, staff_id: int, at: datetime | None = None) -> None:
    """The person gives the conversation back to the bot; its alerts are resolved as ``back_to_bot``.

    Raises NotFound, or HandoffError when ``staff_id`` does not own it.
    """
    conversation = _owned(session, conversation_id, staff_id)
    conversation.state = next_state("human", "release")
    _resolve(session, conversation_id, staff_id, Outcome.BACK_TO_BOT, at or now())
    _forget_handling(conversation)
    log.info("handoff.released", conversation=conversations.log_key(conversation_id), staff_id=staff_id)


def close(session: Session, conversation_id: str, staff_id: int, outcome: Outcome, at: datetime | None = None) -> None:
    """The person ends the conversation with ``outcome``, which its alerts take over.

    Raises NotFound, or HandoffError when ``staff_id`` does not own it.
    """
    moment = at or now()
    conversation = _owned(session, conversation_id, staff_id)
    conversation.state = next_state("human", "close")
    conversation.closed_at = moment
    conversation.outcome = outcome.value
    _resolve(session, conversation_id, staff_id, outcome, moment)
    log.info(
        "handoff.closed",
        conversation=conversations.log_key(conversation_id),
        staff_id=staff_id,
        outcome=outcome.value,
    )


def reopen(conversation: Conversation) -> None:
    """A new message arrived: a closed conversation goes back to the bot. The caller has locked the row."""
    if conversation.state == "closed":
        conversation.state = next_state("closed", "message")
        _forget_handling(conversation)


def open_tiers(session: Session, conversation_id: str, *, withdrawn: bool = True) -> list[str]:
    """Tiers of the conversation's unresolved alerts, those withdrawn by the patient only on demand."""
    query = select(Alert.tier).where(Alert.conversation_id == conversation_id, Alert.resolved_at.is_(None))
    if not withdrawn:
        query = query.where(Alert.withdrawn_at.is_(None))
    return list(session.execute(query).scalars())


def _owned(session: Session, conversation_id: str, staff_id: int) -> Conversation:
    conversation = conversations.lock(session, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation '{conversation_id}'.")
    if conversation.state != "human" or conversation.owner_id != staff_id:
        raise HandoffError("Only the person who owns a conversation can release or close it.")
    return conversation


def _resolve(session: Session, conversation_id: str, staff_id: int, outcome: Outcome, at: datetime) -> None:
    acknowledge(session, conversation_id, staff_id, at)
    session.execute(
        update(Alert)
        .where(Alert.conversation_id == conversation_id, Alert.resolved_at.is_(None))
        .values(resolved_at=at, outcome=outcome.value)
        .execution_options(synchronize_session=False)
    )


def _place(conversation: Conversation) -> None:
    conversation.reason = (
        "asked" if conversation.tier == "C6" and conversation.asked_at else reason_for(conversation.tier)
    )
    # Whoever asked for a person waits with the requests even when the only flag is the less urgent C6.
    urgencies = [queue_urgency(conversation.tier)]
    if conversation.asked_at is not None:
        urgencies.append(queue_urgency(None))
    conversation.urgency = min(urgencies)


def _forget_handling(conversation: Conversation) -> None:
    # claimed_at stays: who once had a conversation may still read how it went on.
    conversation.owner_id = None
    conversation.reason = None
    conversation.tier = None
    conversation.urgency = None
    conversation.asked_at = None
    conversation.waiting_since_at = None
