"""Ready-made lines, edited by admins. The first ones come from ``canned.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.context import Desk, note
from bot.desk.rendering import render
from bot.store import canned
from bot.store.sign_ins import Visitor

FIRST: Final = Path(__file__).parent / "canned.yml"


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """All of them."""
    return render(request, "canned.html", replies=await desk.read(canned.listing))


async def save(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Change one, or add one (``0``)."""
    reply_id = request.path_params["reply"] or None
    form = await request.form(max_files=0, max_fields=10)
    values = {name: str(form.get(name, "")) for name in canned.FIELDS}

    def work(session: Session) -> None:
        row = canned.save(session, reply_id, values, staff_id=visitor.id)
        note(session, visitor, "canned.saved", reply=row.id)

    await desk.write(work)
    return RedirectResponse("/replies", status_code=303)


async def remove(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Delete one."""
    reply_id = request.path_params["reply"]

    def work(session: Session) -> None:
        canned.remove(session, reply_id)
        note(session, visitor, "canned.removed", reply=reply_id)

    await desk.write(work)
    return RedirectResponse("/replies", status_code=303)


def plant(session: Session) -> int:
    """Put the first lines into an empty table; returns how many."""
    if canned.listing(session):
        return 0
    entries = yaml.safe_load(FIRST.read_text(encoding="utf-8"))["replies"]
    for entry in entries:
        values = {
            f"{part}_{language}": entry[part][language] for part in ("title", "text") for language in ("fr", "en")
        }
        canned.save(session, None, values, staff_id=None)
    return len(entries)
