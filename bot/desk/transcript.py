"""A conversation as staff see it: lines with what the bot understood, details masked, what became of staff lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.topics import load_topics
from bot.desk.masking import Kind, Masker
from bot.desk.texts import Texts
from bot.store import conversations, judgements
from bot.store.conversations import Line
from bot.store.desk_models import Judgement
from bot.store.models import Turn
from bot.store.widget_receipts import Receipts

Cover = Callable[[str | None, bool], str]
# The tracker's slots in which a person may have left a name.
_NAME_SLOTS = ("comment_name", "display_name", "name")


@dataclass(frozen=True)
class Understood:
    """What became of a patient message. ``confidence``: share 0..1. ``seconds``: until the last reply."""

    turn_id: int
    intent: str | None
    confidence: float | None
    outcome: str
    topic: str | None
    options: tuple[str, ...]
    tier: str | None
    seconds: float | None
    judgement: Judgement | None


@dataclass(frozen=True)
class LineView:
    """One line. ``text`` is masked unless revealed; ``choice``: the patient tapped a button with that title.

    ``buttons``: titles the bot offered. ``delivery``: of staff lines: sent, delivered or seen.
    """

    id: int
    at: float
    sender: str
    name: str
    text: str
    choice: str | None
    buttons: tuple[str, ...]
    safety: bool
    understood: Understood | None
    delivery: str | None


@dataclass(frozen=True)
class Thread:
    """Lines, oldest first. ``first_id``, ``last_id``: event rows, for the lines before and after."""

    lines: tuple[LineView, ...]
    first_id: int
    last_id: int
    earlier: bool


def load(
    session: Session,
    conversation_id: str,
    t: Texts,
    *,
    revealed: bool,
    receipts: Receipts | None = None,
    limit: int = 200,
    before_id: int | None = None,
) -> Thread:
    """The newest ``limit`` lines (before an event row). Reads only."""
    lines = conversations.transcript(session, conversation_id, limit=limit + 1, before_id=before_id)
    earlier = len(lines) > limit
    lines = lines[-limit:]
    hide = cover(lines, _slots(session, conversation_id), t, revealed=revealed)
    understood = _understood(session, conversation_id, lines)
    views = tuple(_view(conversation_id, line, hide, understood, t, receipts) for line in lines)
    first = lines[0].id if lines else before_id or 0
    return Thread(views, first, lines[-1].id if lines else 0, earlier)


def previews(session: Session, conversation_id: str, t: Texts, *, limit: int = 6) -> tuple[LineView, ...]:
    """The last few lines, masked, without what the bot understood."""
    lines = conversations.transcript(session, conversation_id, limit=limit)
    hide = cover(lines, {}, t, revealed=False)
    return tuple(_view(conversation_id, line, hide, {}, t, None) for line in lines)


def cover(lines: Sequence[Line], slots: Mapping[str, Any], t: Texts, *, revealed: bool) -> Cover:
    """A function that masks texts of this conversation; when revealed, one that leaves them as they are.

    Its second argument: whether names after a cue ("my name is") are covered as well.
    """
    if revealed:
        return lambda text, _: text or ""
    names = [str(slots[name]) for name in _NAME_SLOTS if slots.get(name)]
    masker = Masker((line.text for line in lines if line.sender == "patient"), names)
    # Staff say their own names, and those are no secret.
    return lambda text, cues: masker.mask(text, lambda kind: stand_in(t, kind), cues=cues)


def stand_in(t: Texts, kind: Kind) -> str:
    """What stands where a detail was."""
    return t(f"mask.{kind}")


def title_of_payload(text: str | None, language: str) -> str | None:
    """The title of the button behind ``/intent``; None for ordinary text."""
    if not text or not text.startswith("/"):
        return None
    name = text[1:].split("{")[0]
    topics = load_topics()
    if name in topics.intents:
        return topics.intents[name].title.in_("fr" if language == "fr" else "en")
    if name in topics.controls:
        return topics.controls[name].in_("fr" if language == "fr" else "en")
    return name.replace("_", " ")


def _slots(session: Session, conversation_id: str) -> Mapping[str, Any]:
    return conversations.get(session, conversation_id).slots or {}


def _understood(session: Session, conversation_id: str, lines: Sequence[Line]) -> dict[str, Understood]:
    """By message id."""
    ids = [_message_id(conversation_id, line) for line in lines if line.sender == "patient"]
    query = select(Turn).where(Turn.message_id.in_(ids), Turn.conversation_id == conversation_id)
    turns = list(session.execute(query).scalars())
    judged = judgements.of(session, (turn.id for turn in turns))
    return {turn.message_id: _of_turn(turn, judged.get(turn.id)) for turn in turns}


def _message_id(conversation_id: str, line: Line) -> str:
    # The same stand-in as in bot.store.saves, for messages of channels that give no id.
    return str(line.data.get("message_id") or f"{conversation_id}:{line.at:.6f}")


def _of_turn(turn: Turn, judgement: Judgement | None) -> Understood:
    return Understood(
        turn_id=turn.id,
        intent=turn.intent,
        confidence=turn.confidence,
        outcome=turn.outcome,
        topic=turn.topic,
        options=tuple(turn.options or ()),
        tier=turn.tier,
        seconds=None if turn.ms is None else turn.ms / 1000,
        judgement=judgement,
    )


def _view(
    conversation_id: str,
    line: Line,
    hide: Cover,
    understood: Mapping[str, Understood],
    t: Texts,
    receipts: Receipts | None,
) -> LineView:
    metadata = line.data.get("metadata") or {}
    data = line.data.get("data") or {}
    choice = title_of_payload(line.text, t.language) if line.sender == "patient" else None
    delivery = None
    if line.sender == "staff":
        said = datetime.fromtimestamp(line.at, timezone.utc)
        delivery = receipts.state(said) if receipts is not None else "sent"
    return LineView(
        id=line.id,
        at=line.at,
        sender=line.sender,
        name=str(metadata.get("staff_name") or ""),
        text="" if choice else hide(line.text, line.sender == "patient"),
        choice=choice,
        buttons=tuple(str(button.get("title") or "") for button in data.get("buttons") or ()),
        safety=str(metadata.get("utter_action") or "").startswith("utter_safety_"),
        understood=understood.get(_message_id(conversation_id, line)) if line.sender == "patient" else None,
        delivery=delivery,
    )
