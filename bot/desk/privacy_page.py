"""One person's data: everything stored about a conversation to hand over, or to erase; and what has grown old."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.desk.context import Desk, note
from bot.desk.errors import problem
from bot.desk.rendering import render
from bot.settings import Settings, get_settings
from bot.store import conversations, desk_rows, privacy
from bot.store.conversations import log_key
from bot.store.privacy import Counts
from bot.store.sign_ins import Visitor


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The page."""
    return _page(request)


async def find(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """What is stored about one conversation, in numbers."""
    conversation_id = await _asked(request)
    found = await desk.read(lambda session: _summary(session, conversation_id))
    await desk.write(lambda session: note(session, visitor, "person.looked_up", conversation_id))
    return _page(request, found=found, conversation_id=conversation_id)


async def export(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Everything stored about one conversation, as a file."""
    conversation_id = await _asked(request)

    def work(session: Session) -> dict[str, Any]:
        exported = desk_rows.export(session, conversation_id)
        note(session, visitor, "person.exported", conversation_id)
        return exported

    exported = await desk.write(work)
    return Response(
        json.dumps(exported, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="repere-{log_key(conversation_id)}.json"'},
    )


async def erase(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Forget one conversation everywhere; asked for twice, by button and by word."""
    form = await request.form(max_files=0, max_fields=10)
    conversation_id = await _asked(request)
    if form.get("sure") != "on":
        return problem(request, 422, "not_confirmed")
    with_comments = form.get("comments") == "on"

    def work(session: Session) -> Counts:
        row = conversations.get(session, conversation_id)
        if row.state in ("waiting", "human"):
            raise ValueError("Somebody waits or is being talked to.")
        counts = privacy.erase(session, conversation_id, comments="delete" if with_comments else "unlink")
        note(session, visitor, "person.erased", conversation_id, events=counts.events, comments=with_comments)
        return counts

    return _page(request, erased=await desk.write(work))


async def purge(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Retention: first what would go, then, after that was seen, let it go."""
    form = await request.form(max_files=0, max_fields=10)
    dry = form.get("sure") != "on"

    counts = await asyncio.to_thread(purge_by, get_settings(), dry_run=dry, url=desk.runner.url)
    action = "purge.tried" if dry else "purge.done"
    await desk.write(lambda session: note(session, visitor, action, conversations=counts.conversations))
    return _page(request, **({"would_go": counts} if dry else {"gone": counts}))


def purge_by(
    settings: Settings, *, dry_run: bool, older_than: timedelta | None = None, url: str | None = None
) -> Counts:
    """The retention that the settings say, or another one for conversations nobody flagged."""
    return privacy.purge(
        older_than or timedelta(days=settings.retention_days),
        dry_run=dry_run,
        flagged_older_than=timedelta(days=settings.retention_flagged_days),
        url=url,
    )


def _page(request: Request, **context: Any) -> Response:
    empty: dict[str, Any] = dict.fromkeys(("found", "conversation_id", "erased", "would_go", "gone"))
    settings = get_settings()
    return render(
        request,
        "privacy.html",
        retention=settings.retention_days,
        retention_flagged=settings.retention_flagged_days,
        **{**empty, **context},
    )


async def _asked(request: Request) -> str:
    form = await request.form(max_files=0, max_fields=10)
    return str(form.get("conversation", "")).strip()[:128]


def _summary(session: Session, conversation_id: str) -> dict[str, Any]:
    exported = desk_rows.export(session, conversation_id)
    row = conversations.get(session, conversation_id)
    counts = {name: len(value) for name, value in exported.items() if isinstance(value, list)}
    return {"row": row, "counts": counts, "busy": row.state in ("waiting", "human")}
