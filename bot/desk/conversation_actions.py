"""What staff do with a conversation: claim, release, close, reply, send again, take notes, reveal and hide details."""

from __future__ import annotations

import re
import uuid
from urllib.parse import quote

import structlog
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import roles
from bot.desk.announce import Occasion, announce
from bot.desk.context import Desk, note
from bot.desk.conversation_page import readable
from bot.desk.errors import problem
from bot.desk.rendering import render, wants_fragment
from bot.desk.tokens import Staff
from bot.dialogue.handoff import Outcome
from bot.errors import HandoffError
from bot.settings import get_settings
from bot.store import conversations, handoff, remarks, staff_replies
from bot.store.conversations import log_key
from bot.store.desk_models import StaffReply
from bot.store.sign_ins import Visitor

log = structlog.get_logger(__name__)

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


async def claim(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Take the conversation; of two people at once one wins and the other is told who."""
    conversation_id = request.path_params["id"]

    def work(session: Session) -> bool:
        conversations.get(session, conversation_id)
        won = handoff.claim(session, conversation_id, visitor.id)
        note(session, visitor, "conversation.claimed" if won else "claim.lost", conversation_id)
        return won

    won = await desk.write(work)
    if won:
        await _announce(desk, conversation_id, "claimed")
    return _back(conversation_id, "" if won else "?taken=1")


async def step_in(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Take a conversation that nobody asked a person for; what began to wait meanwhile is claimed like any other."""
    conversation_id = request.path_params["id"]

    def work(session: Session) -> bool | None:
        if not readable(session, visitor, conversation_id):
            note(session, visitor, "access.refused", conversation_id, permission="read")
            return None
        stepped = handoff.step_in(session, conversation_id, visitor.id)
        won = stepped or handoff.claim(session, conversation_id, visitor.id)
        done = "conversation.entered" if stepped else "conversation.claimed"
        note(session, visitor, done if won else "claim.lost", conversation_id)
        return won

    won = await desk.write(work)
    if won is None:
        return problem(request, 403, "not_handed_over")
    if won:
        await _announce(desk, conversation_id, "claimed")
    return _back(conversation_id, "" if won else "?taken=1")


async def release(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Give the conversation back to the bot."""
    conversation_id = request.path_params["id"]

    def work(session: Session) -> None:
        handoff.release(session, conversation_id, visitor.id)
        note(session, visitor, "conversation.released", conversation_id)

    async with desk.replies.turn(conversation_id):
        await desk.write(work)
    await _announce(desk, conversation_id, "released")
    return _back(conversation_id)


async def close(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """End the conversation with an outcome."""
    conversation_id = request.path_params["id"]
    form = await request.form(max_files=0, max_fields=10)
    outcome = Outcome(str(form.get("outcome", "")))

    def work(session: Session) -> None:
        handoff.close(session, conversation_id, visitor.id, outcome)
        note(session, visitor, "conversation.closed", conversation_id, outcome=outcome.value)

    async with desk.replies.turn(conversation_id):
        await desk.write(work)
    await _announce(desk, conversation_id, "closed")
    return _back(conversation_id)


async def reply(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Say something to the patient. Kept before it is sent; a doubled click sends once."""
    conversation_id = request.path_params["id"]
    form = await request.form(max_files=0, max_fields=10)
    text, key = str(form.get("text", "")).strip(), str(form.get("key", "")) or uuid.uuid4().hex
    if not text or len(text) > get_settings().max_message_length or not _KEY.fullmatch(key):
        return problem(request, 422, "bad_reply")

    def begin(session: Session) -> tuple[StaffReply, bool]:
        _own(session, visitor, conversation_id)
        handoff.acknowledge(session, conversation_id, visitor.id)
        return staff_replies.begin(session, key=key, conversation_id=conversation_id, staff_id=visitor.id, text=text)

    async with desk.replies.turn(conversation_id):
        kept, new = await desk.write(begin)
        if new:
            await _send(desk, visitor, kept, text)
    return _done(request, desk, conversation_id)


async def send_again(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Try a line again that did not get through, unless it did after all."""
    conversation_id, reply_id = request.path_params["id"], request.path_params["reply"]

    def begin(session: Session) -> StaffReply | None:
        _own(session, visitor, conversation_id)
        kept = staff_replies.get(session, reply_id)
        if kept.conversation_id != conversation_id or kept.staff_id != visitor.id or kept.text is None:
            return None
        arrived = staff_replies.in_transcript(session, kept)
        if arrived is not None:
            staff_replies.finish(session, reply_id, "delivered", arrived)
            return None
        kept.attempts += 1
        return kept

    async with desk.replies.turn(conversation_id):
        kept = await desk.write(begin)
        if kept is not None and kept.text is not None:
            await _send(desk, visitor, kept, kept.text)
    return _done(request, desk, conversation_id)


async def discard(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Give up a line that did not get through."""
    conversation_id, reply_id = request.path_params["id"], request.path_params["reply"]

    def work(session: Session) -> None:
        _own(session, visitor, conversation_id)
        kept = staff_replies.get(session, reply_id)
        if kept.conversation_id == conversation_id:
            session.delete(kept)

    await desk.write(work)
    return _done(request, desk, conversation_id)


async def add_note(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Add a private note."""
    conversation_id = request.path_params["id"]
    form = await request.form(max_files=0, max_fields=10)
    text = str(form.get("text", ""))

    def work(session: Session) -> bool:
        if not readable(session, visitor, conversation_id):
            return False
        remarks.add_note(session, conversation_id, staff_id=visitor.id, staff_name=visitor.name, text=text)
        note(session, visitor, "note.added", conversation_id)
        return True

    if not await desk.write(work):
        return problem(request, 403, "not_handed_over")
    if not wants_fragment(request):
        return _back(conversation_id)
    notes = await desk.read(lambda session: remarks.notes(session, conversation_id))
    return render(request, "_notes.html", notes=notes, conversation_id=conversation_id)


async def reveal(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Show personal details here, in this browser, for a quarter of an hour."""
    conversation_id = request.path_params["id"]

    def work(session: Session) -> bool:
        if not roles.may_reveal(visitor, conversations.get(session, conversation_id)):
            note(session, visitor, "access.refused", conversation_id, permission="reveal")
            return False
        remarks.reveal(session, conversation_id, visitor.session_id)
        note(session, visitor, "details.revealed", conversation_id)
        return True

    return _back(conversation_id) if await desk.write(work) else problem(request, 403, "may_not_reveal")


async def hide(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Mask again."""
    conversation_id = request.path_params["id"]
    await desk.write(lambda session: remarks.hide(session, conversation_id, visitor.session_id))
    return _back(conversation_id)


async def _send(desk: Desk, visitor: Visitor, kept: StaffReply, text: str) -> None:
    sent = await desk.replies.send(
        kept.conversation_id,
        Staff(visitor.id, visitor.name, visitor.role),  # type: ignore[arg-type]
        text,
    )
    await desk.write(lambda session: staff_replies.finish(session, kept.id, sent.state, sent.at))


async def _announce(desk: Desk, conversation_id: str, occasion: Occasion) -> None:
    async with desk.replies.turn(conversation_id):
        await announce(conversation_id, occasion, base_url=desk.rasa_url)


def _own(session: Session, visitor: Visitor, conversation_id: str) -> None:
    if not roles.owns(visitor, conversations.get(session, conversation_id)):
        log.info("desk.reply_refused", conversation=log_key(conversation_id), staff_id=visitor.id)
        raise HandoffError("Only the person who owns a conversation can write in it.")


def _done(request: Request, desk: Desk, conversation_id: str) -> Response:
    desk.live.poke(conversation_id)
    # The page fetches the new lines itself when the news reaches it.
    return Response(status_code=204) if wants_fragment(request) else _back(conversation_id)


def _back(conversation_id: str, query: str = "") -> Response:
    return RedirectResponse(f"/conversations/{quote(conversation_id, safe='')}{query}", status_code=303)
