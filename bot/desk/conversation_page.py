"""One conversation: live transcript, what is known of it, notes, tags; the forms lead to the actions' modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.content.topics import load_topics
from bot.desk import roles, transcript
from bot.desk.alerts_page import duty
from bot.desk.context import Desk, note
from bot.desk.errors import problem
from bot.desk.rendering import render
from bot.desk.texts import Texts, texts
from bot.dialogue.handoff import Outcome
from bot.settings import get_settings
from bot.store import (
    audit,
    canned,
    conversations,
    presence,
    remarks,
    staff,
    staff_replies,
    widget_receipts,
)
from bot.store.conversations import log_key
from bot.store.desk_models import CannedReply, Note, StaffReply, Tag
from bot.store.judgements import VERDICTS
from bot.store.models import Alert, Conversation
from bot.store.sign_ins import Visitor

# Slots that help a person who takes over; the others are the dialogue's own bookkeeping.
SHOWN_SLOTS = ("topic", "tier", "country", "language")
OUTCOMES = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.BACK_TO_BOT)


@dataclass(frozen=True)
class Status:
    """The changing facts of a conversation. ``evidence``: masked unless revealed."""

    conversation: Conversation
    owner: str | None
    mine: bool
    alerts: tuple[Alert, ...]
    evidence: tuple[str, ...]
    typing: bool
    unsent: tuple[StaffReply, ...]
    revealed_until: Any
    may_reveal: bool

    @property
    def form(self) -> str:
        """Which form stands under the thread: ``mine`` (to write), else the state, which decides what is offered."""
        return "mine" if self.mine else str(self.conversation.state)


@dataclass(frozen=True)
class Sheet:
    """Everything on the page."""

    key: str
    status: Status
    thread: transcript.Thread
    notes: tuple[Note, ...]
    tags: tuple[Tag, ...]
    all_tags: tuple[Tag, ...]
    canned: tuple[CannedReply, ...]


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The page; every opening is in the audit."""
    conversation_id, t = request.path_params["id"], texts(visitor.language)

    def work(session: Session) -> Sheet | None:
        if not readable(session, visitor, conversation_id):
            return None
        return _sheet(session, visitor, conversation_id, t)

    sheet = await desk.read(work)
    if sheet is None:
        await desk.write(lambda session: note(session, visitor, "access.refused", conversation_id, permission="read"))
        return problem(request, 403, "not_handed_over")
    revealed = sheet.status.revealed_until is not None
    await desk.write(lambda session: note(session, visitor, "transcript.read", conversation_id, revealed=revealed))
    taken = "taken" in request.query_params and sheet.status.conversation.state == "human" and not sheet.status.mine
    return render(
        request,
        "conversation.html",
        sheet=sheet,
        status=sheet.status,
        thread=sheet.thread,
        taken=taken,
        duty=duty(),
        **choices(),
    )


async def lines(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Lines after the newest one shown, with the facts that changed; htmx asks for them after every news."""
    conversation_id, t = request.path_params["id"], texts(visitor.language)
    after = _number(request, "after")
    shown_form = request.query_params.get("form")

    def work(session: Session) -> tuple[Status, transcript.Thread, tuple[CannedReply, ...], bool] | None:
        if not readable(session, visitor, conversation_id):
            return None
        status = _status(session, visitor, conversation_id, t)
        thread = _thread(session, conversation_id, t, revealed=status.revealed_until is not None)
        seen = not audit.unread(session, "transcript.read", visitor.id, [conversation_id])
        return status, thread, tuple(canned.listing(session)), seen

    found = await desk.read(work)
    if found is None:
        return problem(request, 403, "not_handed_over")
    status, thread, ready, seen = found
    if not seen:
        await desk.write(lambda session: note(session, visitor, "transcript.read", conversation_id, live=True))
    fresh = tuple(line for line in thread.lines if line.id > after)
    return render(
        request,
        "_lines.html",
        status=status,
        thread=thread,
        fresh=fresh,
        last_id=max([after, *(line.id for line in fresh)]),
        new_composer=status.form != shown_form,
        sheet_canned=ready,
        # The fresh ones bring their own.
        deliveries={line.id: line.delivery for line in thread.lines[-40:] if line.delivery and line.id <= after},
        **choices(),
    )


async def earlier(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Lines before the oldest one shown."""
    conversation_id, t = request.path_params["id"], texts(visitor.language)
    before = _number(request, "before")

    def work(session: Session) -> transcript.Thread | None:
        if not readable(session, visitor, conversation_id):
            return None
        revealed = remarks.revealed_until(session, conversation_id, visitor.session_id) is not None
        return _thread(session, conversation_id, t, revealed=revealed, before_id=before)

    thread = await desk.read(work)
    if thread is None:
        return problem(request, 403, "not_handed_over")
    await desk.write(lambda session: note(session, visitor, "transcript.read", conversation_id, before=before))
    return render(request, "_earlier.html", thread=thread, conversation_id=conversation_id, **choices())


def readable(session: Session, visitor: Visitor, conversation_id: str) -> bool:
    """Whether the visitor may read this transcript. Raises NotFound."""
    row = conversations.get(session, conversation_id)
    alerted = visitor.role == "agent" and bool(conversations.alerts_of(session, conversation_id))
    return roles.may_read(visitor, row, alerted=alerted)


def choices() -> dict[str, Any]:
    """What the forms offer."""
    return {
        "outcomes": OUTCOMES,
        "verdicts": VERDICTS,
        "topics": load_topics(),
        "review_states": remarks.REVIEW_STATES,
        "longest": get_settings().max_message_length,
    }


def _sheet(session: Session, visitor: Visitor, conversation_id: str, t: Texts) -> Sheet:
    status = _status(session, visitor, conversation_id, t)
    return Sheet(
        key=log_key(conversation_id),
        status=status,
        thread=_thread(session, conversation_id, t, revealed=status.revealed_until is not None),
        notes=tuple(remarks.notes(session, conversation_id)),
        tags=tuple(remarks.tags_of(session, [conversation_id]).get(conversation_id, ())),
        all_tags=tuple(remarks.tags(session)),
        canned=tuple(canned.listing(session)),
    )


def _thread(
    session: Session, conversation_id: str, t: Texts, *, revealed: bool, before_id: int | None = None
) -> transcript.Thread:
    return transcript.load(
        session,
        conversation_id,
        t,
        revealed=revealed,
        receipts=widget_receipts.receipts(session, conversation_id),
        before_id=before_id,
    )


def _status(session: Session, visitor: Visitor, conversation_id: str, t: Texts) -> Status:
    row = conversations.get(session, conversation_id)
    revealed_until = remarks.revealed_until(session, conversation_id, visitor.session_id)
    if not roles.may_reveal(visitor, row):
        revealed_until = None
    alerts = tuple(reversed(conversations.alerts_of(session, conversation_id)))
    hide = transcript.cover((), {}, t, revealed=revealed_until is not None)
    pieces = (hide(piece.get("text"), True) for alert in alerts[:5] for piece in alert.evidence)
    return Status(
        conversation=row,
        owner=staff.names(session).get(row.owner_id) if row.owner_id else None,
        mine=roles.owns(visitor, row),
        alerts=alerts,
        evidence=tuple(dict.fromkeys(piece for piece in pieces if piece)),
        typing=presence.typing(session, conversation_id),
        unsent=tuple(staff_replies.unsent(session, conversation_id)),
        revealed_until=revealed_until,
        may_reveal=roles.may_reveal(visitor, row),
    )


def _number(request: Request, name: str) -> int:
    given = request.query_params.get(name, "0")
    return int(given) if given.isdecimal() and len(given) < 19 else 0
