"""Review of one conversation: its state, its tags, and the judgement of single answers."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.content.topics import load_topics
from bot.desk.context import Desk, note
from bot.desk.conversation_page import choices
from bot.desk.rendering import render, wants_fragment
from bot.errors import NotFound
from bot.store import conversations, judgements, remarks
from bot.store.models import Turn
from bot.store.sign_ins import Visitor


async def set_state(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Unread, to do, reviewed or flagged."""
    conversation_id = request.path_params["id"]
    form = await request.form(max_files=0, max_fields=10)
    state = str(form.get("state", ""))

    def work(session: Session) -> None:
        remarks.set_review(session, conversation_id, state)
        note(session, visitor, "review.marked", conversation_id, state=state)

    await desk.write(work)
    if not wants_fragment(request):
        return _back(conversation_id)
    row = await desk.read(lambda session: conversations.get(session, conversation_id))
    return render(request, "_review_state.html", conversation=row, **choices())


async def add_tag(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Put a tag on the conversation."""
    conversation_id = request.path_params["id"]
    form = await request.form(max_files=0, max_fields=10)
    word = str(form.get("tag", ""))

    def work(session: Session) -> None:
        conversations.get(session, conversation_id)
        remarks.tag(session, conversation_id, word, staff_id=visitor.id)
        note(session, visitor, "tag.added", conversation_id)

    await desk.write(work)
    return await _tags(request, desk, conversation_id)


async def remove_tag(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Take a tag off the conversation."""
    conversation_id, tag_id = request.path_params["id"], request.path_params["tag"]

    def work(session: Session) -> None:
        remarks.untag(session, conversation_id, tag_id)
        note(session, visitor, "tag.removed", conversation_id)

    await desk.write(work)
    return await _tags(request, desk, conversation_id)


async def judge(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Judge one answer; a wrong topic goes to the next export."""
    turn_id = request.path_params["turn"]
    form = await request.form(max_files=0, max_fields=10)
    verdict, expected = str(form.get("verdict", "")), str(form.get("expected", ""))
    if expected and expected not in load_topics().intents:
        raise ValueError("There is no such topic.")

    def work(session: Session) -> str:
        turn = session.get(Turn, turn_id)
        if turn is None:
            raise NotFound("There is no such message.")
        if verdict == "none":
            judgements.withdraw(session, turn_id)
        else:
            judgements.judge(
                session,
                turn_id,
                verdict,
                staff_id=visitor.id,
                expected=expected or None,
                comment=str(form.get("comment", "")),
            )
        note(session, visitor, "answer.judged", turn.conversation_id, turn=turn_id, verdict=verdict, expected=expected)
        return str(turn.conversation_id)

    conversation_id = await desk.write(work)
    if not wants_fragment(request):
        return _back(conversation_id)
    found = await desk.read(lambda session: judgements.of(session, [turn_id]))
    return render(request, "_judgement.html", turn_id=turn_id, judgement=found.get(turn_id), **choices())


async def _tags(request: Request, desk: Desk, conversation_id: str) -> Response:
    if not wants_fragment(request):
        return _back(conversation_id)
    tags = await desk.read(lambda session: remarks.tags_of(session, [conversation_id]).get(conversation_id, []))
    every = await desk.read(remarks.tags)
    return render(request, "_tags.html", tags=tags, all_tags=every, conversation_id=conversation_id)


def _back(conversation_id: str) -> Response:
    return RedirectResponse(f"/conversations/{quote(conversation_id, safe='')}", status_code=303)
