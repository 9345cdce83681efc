"""Who works at the desk: add, change roles, shut out, give a new password. For admins."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import passwords
from bot.desk.context import Desk, note
from bot.desk.errors import problem
from bot.desk.rendering import render
from bot.store import sign_ins, staff
from bot.store.sign_ins import Visitor
from bot.store.staff import ROLES


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Everybody."""
    return await _page(request, desk)


async def add(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Somebody new, with a random password that is shown this once."""
    form = await request.form(max_files=0, max_fields=10)
    password = passwords.random_password()
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    name, role = str(form.get("name", "")), str(form.get("role", ""))

    def work(session: Session) -> str | None:
        try:
            member = staff.add(
                session,
                name=name,
                role=role,
                password_hash=hashed,
                display_name=str(form.get("display_name", "")),
                language=str(form.get("language", "fr")),
            )
        except ValueError:
            return None
        note(session, visitor, "staff.added", member=member.id, role=role)
        return str(member.name)

    added = await desk.write(work)
    if added is None:
        return await _page(request, desk, code=422, wrong="staff.not_added")
    return await _page(request, desk, fresh=(added, password))


async def change(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Another role, shut out, let in again, or unlock after failed sign-ins."""
    staff_id = request.path_params["member"]
    form = await request.form(max_files=0, max_fields=10)
    what = str(form.get("what", ""))
    if staff_id == visitor.id and what in ("disable", "role"):
        return await _page(request, desk, code=422, wrong="staff.not_oneself")

    def work(session: Session) -> bool:
        try:
            if what == "role":
                staff.change_role(session, staff_id, str(form.get("role", "")))
            elif what == "disable":
                staff.disable(session, staff_id)
            elif what == "enable":
                staff.enable(session, staff_id)
            elif what == "unlock":
                sign_ins.unlock(session, staff.get(session, staff_id).name)
            else:
                return False
        except ValueError:
            return False
        note(session, visitor, f"staff.{what}", member=staff_id, role=str(form.get("role", "")) or None)
        return True

    if not await desk.write(work):
        return problem(request, 422, "refused")
    return RedirectResponse("/staff", status_code=303)


async def new_password(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """A new random password, shown this once; the member is signed out everywhere."""
    staff_id = request.path_params["member"]
    password = passwords.random_password()
    hashed = await asyncio.to_thread(passwords.hash_password, password)

    def work(session: Session) -> str:
        member = staff.change_password(session, staff_id, hashed)
        sign_ins.unlock(session, member.name)
        note(session, visitor, "staff.new_password", member=staff_id)
        return str(member.name)

    return await _page(request, desk, fresh=(await desk.write(work), password))


async def _page(request: Request, desk: Desk, code: int = 200, **context: Any) -> Response:
    members = await desk.read(staff.listing)
    shown: dict[str, Any] = {"fresh": None, "wrong": None, **context}
    return render(request, "staff.html", code=code, members=members, roles=ROLES, **shown)
