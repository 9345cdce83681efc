"""One save of a tracker, free of Rasa: events, snapshot, turn rows, alerts and counters in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from bot.safety.routing import flags_of_tap
from bot.store import alerts, conversations, handoff, inbox
from bot.store.columns import clean, dumps
from bot.store.models import Conversation, EventRow, Turn
from bot.store.outcomes import outcome_of
from bot.store.statements import Statement, insert_or_ignore, write_changes

_EVENT_COLUMNS = ("conversation_id", "timestamp", "type_name", "intent_name", "action_name", "data")
_EVENTS = Statement(insert(EventRow.__table__).values({name: bindparam(name) for name in _EVENT_COLUMNS}))
# After "forget me" only the language stays, so that the next reply is readable.
_KEPT_AFTER_ERASURE = ("language",)


@dataclass(frozen=True)
class Batch:
    """The part of a tracker that is not in the database yet.

    ``events``: as Rasa serialises them, oldest first. ``slots``: every value that differs from its initial one.
    ``since``: epoch seconds when the tracker was read. ``after_id``: newest event row at that time, None if unknown.
    ``foreign``: the tracker was not read from this store, so ``events`` may hold stored ones. ``blind``: it was
    begun while the database was away, so it may lack slots that the database knows. ``events`` is never empty.
    """

    conversation_id: str
    events: tuple[dict[str, Any], ...]
    slots: Mapping[str, Any]
    active_loop: str | None
    paused: bool
    since: float
    after_id: int | None = None
    foreign: bool = False
    blind: bool = False


@dataclass(frozen=True)
class Saved:
    """``version``: the conversation's after the save. ``erased``: it was forgotten since the tracker was read."""

    version: int
    erased: bool


@dataclass
class TurnDraft:
    """One patient message and the names of all that was done after it."""

    user: dict[str, Any]
    actions: list[str] = field(default_factory=list)
    replied_at: float | None = None


def write(session: Session, batch: Batch, *, again: bool = False) -> Saved:
    """Store ``batch``.

    ``again``: an earlier attempt may have been committed unnoticed; nothing is written twice then.
    """
    conversation = conversations.ensure(
        session, batch.conversation_id, channel=_channel(batch), at=_moment(batch.since), read=conversations.row
    )
    erased = conversation.erased_at.timestamp() if conversation.erased_at else 0.0
    if again and _is_stored(session, batch):
        return Saved(conversation.version, batch.since <= erased)
    events = [event for event in batch.events if event.get("timestamp", 0.0) > erased]
    if batch.foreign:
        events = _unknown(session, batch.conversation_id, events)
    if events:
        _EVENTS.run_each(session, [_row(batch.conversation_id, event) for event in events])
    for draft in turns_of(events):
        _write_turn(session, conversation, draft, batch.slots)
    _summarise(conversation, batch, forget=batch.since <= erased)
    handled = [event["message_id"] for event in batch.events if _is_message(event) and event.get("message_id")]
    conversation.version += 1
    write_changes(session, conversation)
    # After the row is written, which alerts read and change by themselves.
    _write_alerts(session, conversation, batch)
    inbox.mark_all_handled(session, handled)
    return Saved(conversation.version, batch.since <= erased)


def turns_of(events: list[dict[str, Any]]) -> Iterator[TurnDraft]:
    """Cut serialised events into turns; events before the first message belong to none."""
    draft: TurnDraft | None = None
    for event in events:
        kind = event.get("event")
        if kind == "user":
            if draft is not None:
                yield draft
            draft = TurnDraft(event) if _is_message(event) else None
        elif draft is not None and kind == "action" and event.get("name"):
            draft.actions.append(event["name"])
        elif draft is not None and kind == "bot":
            metadata = event.get("metadata") or {}
            if metadata.get("sender") == "staff":
                continue
            if metadata.get("utter_action"):
                draft.actions.append(metadata["utter_action"])
            draft.replied_at = event.get("timestamp")
    if draft is not None:
        yield draft


def _write_turn(session: Session, conversation: Conversation, draft: TurnDraft, slots: Mapping[str, Any]) -> None:
    user, parse_data = draft.user, draft.user.get("parse_data") or {}
    outcome = outcome_of(draft.actions, parse_data, slots)
    intent = parse_data.get("intent") or {}
    confidence = (parse_data.get("outcome_gate") or {}).get("confidence", intent.get("confidence"))
    at = float(user["timestamp"])
    new = insert_or_ignore(
        session,
        Turn,
        conversation_id=conversation.id,
        message_id=_message_id(conversation.id, user),
        at=_moment(at),
        language=slots.get("language") or (parse_data.get("language") or {}).get("detected"),
        text=user.get("text"),
        intent=intent.get("name"),
        confidence=confidence,
        outcome=outcome.outcome,
        topic=outcome.topic,
        options=list(outcome.options) or None,
        tier=outcome.tier,
        ms=None if draft.replied_at is None else round((draft.replied_at - at) * 1000, 1),
    )
    if not new:
        return
    handoff.reopen(conversation)
    conversation.last_at = max(conversation.last_at, _moment(at))
    conversation.turns += 1
    conversation.answered += outcome.outcome == "answer"
    conversation.clarified += outcome.outcome == "clarify"
    conversation.fallbacks += outcome.outcome == "fallback"
    conversation.escalations += outcome.outcome == "escalate" or outcome.tier in alerts.ALERTED
    conversation.last_topic = outcome.topic or conversation.last_topic
    if confidence is not None:
        lowest = conversation.lowest_confidence
        conversation.lowest_confidence = confidence if lowest is None else min(lowest, confidence)


def _write_alerts(session: Session, conversation: Conversation, batch: Batch) -> None:
    for event in batch.events:
        parsed = (event.get("parse_data") or {}) if _is_message(event) else {}
        tapped = flags_of_tap((parsed.get("intent") or {}).get("name"), batch.slots.get("tier"))
        flags = parsed.get("red_flags") or tapped
        if not flags or flags.get("tier") not in alerts.ALERTED:
            continue
        alerts.record(
            session,
            message_id=_message_id(conversation.id, event),
            conversation_id=conversation.id,
            tier=flags["tier"],
            layer=int(flags.get("layer") or 2),
            evidence=[_evidence(piece) for piece in flags.get("evidence") or ()],
            language=batch.slots.get("language"),
            country=batch.slots.get("country"),
            channel=conversation.channel,
            at=_moment(float(event["timestamp"])),
        )


def _summarise(conversation: Conversation, batch: Batch, *, forget: bool) -> None:
    if forget:
        conversation.slots = {key: batch.slots[key] for key in _KEPT_AFTER_ERASURE if key in batch.slots}
        conversation.active_loop = None
        conversation.paused = False
        return
    conversation.slots = {**(conversation.slots or {} if batch.blind else {}), **batch.slots}
    conversation.active_loop = batch.active_loop
    conversation.paused = batch.paused
    conversation.language = batch.slots.get("language") or conversation.language
    conversation.country = batch.slots.get("country") or conversation.country


def _is_stored(session: Session, batch: Batch) -> bool:
    # A batch is one transaction: its last event stands for all of them.
    last = batch.events[-1]
    query = select(EventRow.id).where(
        EventRow.conversation_id == batch.conversation_id,
        EventRow.id > (batch.after_id or 0),
        EventRow.timestamp == last["timestamp"],
        EventRow.type_name == last["event"],
    )
    return session.execute(query.limit(1)).first() is not None


def _unknown(session: Session, conversation_id: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not events:
        return events
    query = select(EventRow.timestamp, EventRow.type_name).where(
        EventRow.conversation_id == conversation_id, EventRow.timestamp >= min(e["timestamp"] for e in events)
    )
    known = {(stamp, kind) for stamp, kind in session.execute(query)}
    return [event for event in events if (event["timestamp"], event["event"]) not in known]


def _row(conversation_id: str, event: dict[str, Any]) -> dict[str, Any]:
    intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
    name = event.get("name")
    return {
        "conversation_id": conversation_id,
        "timestamp": event["timestamp"],
        "type_name": event["event"],
        "intent_name": clean(str(intent))[:64] if intent else None,
        "action_name": clean(str(name))[:128] if name else None,
        "data": dumps(event),
    }


def _message_id(conversation_id: str, event: dict[str, Any]) -> str:
    return event.get("message_id") or f"{conversation_id}:{event['timestamp']:.6f}"


def _is_message(event: Mapping[str, Any]) -> bool:
    # Rasa writes its own triggers (reminders, callbacks) as messages of the patient.
    return event.get("event") == "user" and not (event.get("metadata") or {}).get("is_external")


def _channel(batch: Batch) -> str:
    return next((event["input_channel"] for event in batch.events if event.get("input_channel")), "")


def _evidence(piece: Any) -> dict[str, str]:
    if not isinstance(piece, Mapping):
        return {"rule": "", "source": "", "text": str(piece)}
    return {key: str(piece.get(key, "")) for key in ("rule", "source", "text")}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
