"""The inbox: a message is acknowledged to its sender once it stands here, and handled once.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from bot.safety.tiers import Assessment
from bot.store import alerts, conversations, handoff
from bot.store.columns import Moment, now
from bot.store.models import MESSAGE_ID, Alert, InboxMessage, Turn
from bot.store.statements import Statement, insert_or_ignore, write_changes

_TURN: Final = Statement(select(Turn.__table__.c.id).where(Turn.__table__.c.message_id == bindparam("of_message")))
_HANDLED: Final = Statement(
    sql(
        "UPDATE inbox SET handled_at = :moment, text = NULL, metadata = NULL"
        " WHERE message_id = :of_message AND handled_at IS NULL"
    ).bindparams(bindparam("moment", type_=Moment), bindparam("of_message", type_=MESSAGE_ID))
)


@dataclass(frozen=True)
class Receipt:
    """``new``: the message was not known before. ``alert_id``: the alert it raised, now or earlier.

    ``handled``: the bot has dealt with it already, or its words were erased. ``version``, ``state``: of the
    conversation's row, as it is once this is committed.
    """

    new: bool
    alert_id: int | None
    handled: bool = False
    version: int = 0
    state: str = "bot"


def receive(
    session: Session,
    *,
    message_id: str,
    conversation_id: str,
    channel: str,
    text: str,
    metadata: Mapping[str, Any] | None,
    received_at: datetime,
    assessment: Assessment | None,
    language: str | None,
    country: str | None,
) -> Receipt:
    """Take in one message with all that hangs on it: conversation, inbox row, alert and its first pages.

    Idempotent by ``message_id``: taken in again, nothing changes. A closed conversation goes back to the bot.
    A message that was answered while the database was away may come in after its turn: it is not open then.
    """
    conversation = conversations.ensure(
        session,
        conversation_id,
        channel=channel,
        language=language,
        country=country,
        at=received_at,
        read=conversations.row,
    )
    erased = conversation.erased_at is not None and received_at <= conversation.erased_at
    done = erased or _has_turn(session, message_id)
    new = insert_or_ignore(
        session,
        InboxMessage,
        message_id=message_id,
        conversation_id=conversation_id,
        channel=channel,
        text=None if done else text,
        meta=None if done else dict(metadata or {}),
        received_at=received_at,
        handled_at=now() if done else None,
        attempts=0,
        layer1=assessment.tier if assessment else None,
    )
    if new:
        conversation.last_at = max(conversation.last_at, received_at)
        handoff.reopen(conversation)
    write_changes(session, conversation)
    state: str = conversation.state
    alert_id: int | None = None
    if assessment is not None and assessment.tier in alerts.ALERTED:
        alert, _ = alerts.record(
            session,
            message_id=message_id,
            conversation_id=conversation_id,
            tier=assessment.tier,
            layer=1,
            evidence=alerts.evidence_of(assessment.findings),
            language=language,
            country=country,
            channel=channel,
            at=received_at,
        )
        alert_id = alert.id
        state = handoff.state(session, conversation_id)
    elif not new:
        alert_id = session.execute(select(Alert.id).where(Alert.message_id == message_id)).scalar()
    handled = done if new else _is_handled(session, message_id)
    return Receipt(new, alert_id, handled, conversation.version, state)


def mark_handled(session: Session, message_id: str, at: datetime | None = None) -> bool:
    """The bot has dealt with the message: its text leaves the inbox. True when it was still open."""
    return mark_all_handled(session, [message_id], at) == 1


def mark_all_handled(session: Session, message_ids: Iterable[str], at: datetime | None = None) -> int:
    """:func:`mark_handled` for several messages; returns how many were still open."""
    moment = at or now()
    return sum(
        _HANDLED.run(session, {"of_message": message_id, "moment": moment}).rowcount for message_id in message_ids
    )


def count_attempt(session: Session, message_id: str) -> int:
    """Note one more attempt at handling; returns how many there were so far, 0 for an unknown message."""
    row = session.get(InboxMessage, message_id, with_for_update=True)
    if row is None:
        return 0
    row.attempts += 1
    return int(row.attempts)


def unhandled(session: Session, older_than_s: float = 0.0, *, limit: int = 500) -> list[InboxMessage]:
    """Messages not dealt with for ``older_than_s`` seconds, oldest first."""
    before = now() - timedelta(seconds=older_than_s)
    query = (
        select(InboxMessage)
        .where(InboxMessage.handled_at.is_(None), InboxMessage.received_at <= before)
        .order_by(InboxMessage.received_at, InboxMessage.message_id)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def _has_turn(session: Session, message_id: str) -> bool:
    return _TURN.run(session, {"of_message": message_id}).first() is not None


def _is_handled(session: Session, message_id: str) -> bool:
    query = select(InboxMessage.handled_at).where(InboxMessage.message_id == message_id)
    return session.execute(query).scalar() is not None
