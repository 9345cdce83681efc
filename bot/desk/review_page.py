"""Search in conversations: filters, saved views, results a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.content.topics import load_topics
from bot.desk import review_filters, transcript
from bot.desk.context import Desk, note
from bot.desk.masking import Masker
from bot.desk.rendering import render, wants_fragment
from bot.desk.texts import Texts, texts
from bot.store import judgements, remarks, review, saved_views
from bot.store.desk_models import Tag
from bot.store.models import Conversation, Turn
from bot.store.review import Wanted
from bot.store.sign_ins import Visitor

PAGE: Final = 50


@dataclass(frozen=True)
class Hit:
    """One result. ``snippet``: the message that matters for the filters, masked; ``choice``: it was a button."""

    conversation: Conversation
    snippet: str
    choice: str | None
    outcome: str | None
    confidence: float | None
    tags: tuple[Tag, ...]


@dataclass(frozen=True)
class Results:
    """One page of results; ``after``: where the next page begins, empty when this is the last."""

    hits: tuple[Hit, ...]
    after: str


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The page with the filters of the address, or of a saved view (``?view=3``)."""
    views = await desk.read(lambda session: saved_views.listing(session, visitor.id))
    filters = review_filters.given(request.query_params)
    chosen = next((view for view in views if str(view.id) == request.query_params.get("view")), None)
    if chosen is not None:
        filters = review_filters.given(chosen.filters)
    return await _page(request, desk, visitor, filters, "")


async def search(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Results for the form, whose searched text stays in the body."""
    form = await request.form(max_files=0, max_fields=40)
    filters = review_filters.given(dict(form))
    text = str(form.get("text", ""))[: review_filters.LONGEST_TEXT]
    if not wants_fragment(request):
        return await _page(request, desk, visitor, filters, text)
    after = str(form.get("after", ""))
    results = await _results(desk, visitor, filters, text, after)
    return render(request, "_results.html", results=results, filters=filters, first=not after)


async def save_view(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Keep the filters under a name."""
    form = await request.form(max_files=0, max_fields=40)
    filters = review_filters.given(dict(form))
    name, shared = str(form.get("view_name", "")), form.get("shared") == "on"

    def work(session: Session) -> int:
        view = saved_views.save(session, visitor.id, name, filters, shared=shared)
        note(session, visitor, "view.saved", shared=shared)
        return int(view.id)

    return RedirectResponse(f"/review?view={await desk.write(work)}", status_code=303)


async def remove_view(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Forget one of one's own views."""
    view_id = request.path_params["view"]

    def work(session: Session) -> None:
        saved_views.remove(session, view_id, visitor.id)
        note(session, visitor, "view.removed")

    await desk.write(work)
    return RedirectResponse("/review", status_code=303)


async def _page(request: Request, desk: Desk, visitor: Visitor, filters: dict[str, str], text: str) -> Response:
    results = await _results(desk, visitor, filters, text, "")

    def work(session: Session) -> dict[str, Any]:
        return {
            "views": saved_views.listing(session, visitor.id),
            "all_tags": remarks.tags(session),
            "channels": review.channels(session),
            "to_export": judgements.waiting(session),
        }

    return render(
        request,
        "review.html",
        results=results,
        filters=filters,
        text=text,
        first=True,
        topics=load_topics(),
        choices=review_filters,
        outcomes=review.OUTCOMES,
        review_states=remarks.REVIEW_STATES,
        verdicts=judgements.VERDICTS,
        **await desk.read(work),
    )


async def _results(desk: Desk, visitor: Visitor, filters: Mapping[str, str], text: str, after: str) -> Results:
    t, wanted = texts(visitor.language), review_filters.wanted(filters, text)
    place = review_filters.place(after)

    def work(session: Session) -> Results:
        rows = review.page(session, wanted, limit=PAGE + 1, after=place)
        more, rows = len(rows) > PAGE, rows[:PAGE]
        last = f"{rows[-1].last_at.timestamp()!r} {rows[-1].id}" if more else ""
        return Results(tuple(_hits(session, rows, wanted, t)), last)

    results = await desk.read(work)
    # Which conversations were shown, and that a text was searched; never the text.
    shown = [hit.conversation.id for hit in results.hits]
    await desk.write(
        lambda session: note(session, visitor, "review.listed", filters=filters, text=bool(text), shown=shown)
    )
    return results


def _hits(session: Session, rows: list[Conversation], wanted: Wanted, t: Texts) -> list[Hit]:
    ids = [row.id for row in rows]
    tags = remarks.tags_of(session, ids)
    snippets = _snippets(session, ids, wanted)
    hits = []
    for row in rows:
        turn = snippets.get(row.id)
        text = turn.text if turn is not None else None
        choice = transcript.title_of_payload(text, t.language)
        names = [str((row.slots or {}).get("comment_name") or "")]
        snippet = "" if choice else Masker([text], names).mask(text, lambda kind: transcript.stand_in(t, kind))
        hits.append(
            Hit(
                row,
                snippet,
                choice,
                turn.outcome if turn is not None else None,
                turn.confidence if turn is not None else None,
                tuple(tags.get(row.id, ())),
            )
        )
    return hits


def _snippets(session: Session, ids: list[str], wanted: Wanted) -> dict[str, Turn]:
    """The one message of each conversation that the filters ask about, else its first."""
    # Conversations of a thousand turns are rare, pages of fifty are not: the first forty turns of each will do.
    numbered = (
        select(
            Turn.id,
            func.row_number().over(partition_by=Turn.conversation_id, order_by=Turn.id).label("number"),
        )
        .where(Turn.conversation_id.in_(ids))
        .subquery()
    )
    few = select(Turn).join(numbered, numbered.c.id == Turn.id).where(numbered.c.number <= 40).order_by(Turn.id)
    found: dict[str, Turn] = {}
    for turn in session.execute(few).scalars():
        best = found.get(turn.conversation_id)
        if best is None or _fits(turn, wanted) > _fits(best, wanted):
            found[turn.conversation_id] = turn
    return found


def _fits(turn: Turn, wanted: Wanted) -> float:
    points = 0.0
    if wanted.words_in:
        written = " ".join(review.words_of(turn.text or "", most=10_000))
        points += 4 * all(word in written for word in review.words_of(wanted.words_in))
    if wanted.outcome:
        points += 2 * (turn.outcome == wanted.outcome)
    if wanted.topic:
        points += 2 * (turn.topic == wanted.topic)
    if wanted.tier:
        points += 2 * (turn.tier is not None)
    if wanted.alike is not None:
        points += 2 * (turn.outcome == "fallback")
    if wanted.confidence_below is not None and turn.confidence is not None:
        points += 1 - turn.confidence
    return points
