"""Comments for the article's page: approve, reject with a reason, correct with a history; the public list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import masking
from bot.desk.context import Desk, desk_of, note
from bot.desk.rendering import render
from bot.store import comments, staff
from bot.store.models import Comment, CommentRevision
from bot.store.sign_ins import Visitor

STATUSES: Final = ("pending", "approved", "rejected")
PAGE: Final = 50
PUBLIC: Final = 200
# Comments change rarely; a reader may see a new one five minutes late.
CACHE: Final = "public, max-age=60, stale-while-revalidate=300"


@dataclass(frozen=True)
class CommentView:
    """``details``: kinds of personal details found in it, to be looked at before it is published."""

    comment: Comment
    details: tuple[str, ...]
    revisions: tuple[CommentRevision, ...]
    decided_by: str | None


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Comments of one status."""
    status = request.query_params.get("status", "pending")
    status = status if status in STATUSES else "pending"
    page = request.query_params.get("page", "1")
    number = min(max(int(page), 1), 10_000) if page.isdecimal() and len(page) < 6 else 1

    def work(session: Session) -> dict[str, Any]:
        rows = comments.listing(session, status, limit=PAGE + 1, offset=(number - 1) * PAGE)  # type: ignore[arg-type]
        names = staff.names(session)
        counted = session.execute(select(Comment.status, func.count()).group_by(Comment.status)).all()
        return {
            "views": [_view(session, row, names) for row in rows[:PAGE]],
            "more": len(rows) > PAGE,
            "counts": {name: many for name, many in counted},
        }

    return render(request, "comments.html", status=status, number=number, statuses=STATUSES, **await desk.read(work))


async def decide(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Approve or reject."""
    comment_id = request.path_params["comment"]
    form = await request.form(max_files=0, max_fields=10)
    decision = "approved" if form.get("decision") == "approved" else "rejected"

    def work(session: Session) -> None:
        comments.decide(
            session,
            comment_id,
            decision,  # type: ignore[arg-type]
            staff_id=visitor.id,
            reason=str(form.get("reason", ""))[:500],
        )
        note(session, visitor, f"comment.{decision}", comment=comment_id)

    await desk.write(work)
    return _back(form.get("status"))


async def correct(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Change the text or the name; what it said before is kept."""
    comment_id = request.path_params["comment"]
    form = await request.form(max_files=0, max_fields=10)

    def work(session: Session) -> None:
        comments.correct(
            session,
            comment_id,
            text=str(form.get("text", ""))[:4000],
            display_name=str(form.get("display_name", ""))[:80],
            staff_id=visitor.id,
        )
        note(session, visitor, "comment.corrected", comment=comment_id)

    await desk.write(work)
    return _back(form.get("status"))


async def public(request: Request) -> Response:
    """The approved comments as JSON, newest first, for the article's page on any site. ``?lang=fr`` or ``en``."""
    desk, language = desk_of(request), request.query_params.get("lang", "")

    def work(session: Session) -> list[dict[str, Any]]:
        query = select(Comment).where(Comment.status == "approved")
        if language in ("fr", "en"):
            query = query.where(Comment.language == language)
        rows = session.execute(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(PUBLIC)).scalars()
        return [
            {
                "id": row.id,
                "text": row.text,
                "name": row.display_name,
                "language": row.language,
                "at": row.created_at.date().isoformat(),
            }
            for row in rows
        ]

    body = json.dumps({"comments": await desk.read(work)}, ensure_ascii=False).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "Cache-Control": CACHE,
        "ETag": tag,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _view(session: Session, row: Comment, names: dict[int, str]) -> CommentView:
    details = dict.fromkeys([*masking.kinds(row.text), *masking.kinds(row.display_name or "")])
    return CommentView(
        row,
        tuple(details),
        tuple(comments.revisions(session, row.id)),
        names.get(row.decided_by) if row.decided_by else None,
    )


def _back(status: object) -> Response:
    chosen = status if status in STATUSES else "pending"
    return RedirectResponse(f"/comments?status={chosen}", status_code=303)
