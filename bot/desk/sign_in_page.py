"""Signing in and out, and the account page: one's own password and language."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import structlog
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import passwords, roles
from bot.desk.context import Desk, desk_of, note
from bot.desk.guard import cookie_name, idle, visitor_of
from bot.desk.rendering import LANGUAGE_COOKIE, render
from bot.desk.security import address_of, form_token, is_form_token
from bot.desk.texts import LANGUAGES
from bot.settings import get_settings
from bot.store import audit, sign_ins, staff
from bot.store.sign_ins import LONGEST, Visitor

log = structlog.get_logger(__name__)

_FORM_COOKIE: Final = "repere_form"
_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\\\r\n]*")


async def show(request: Request) -> Response:
    """The form; whoever is signed in goes on."""
    if await visitor_of(request, desk_of(request)) is not None:
        return RedirectResponse("/", status_code=303)
    return _form(request)


async def sign_in(request: Request) -> Response:
    """Check name and password. Every failure looks the same, whether the name exists or not."""
    desk = desk_of(request)
    form = await request.form(max_files=0, max_fields=10)
    if not is_form_token(str(form.get("csrf", "")), request.cookies.get(_FORM_COOKIE, "-")):
        return _form(request, 403, "form_expired")
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    address = address_of(request)

    def begin(session: Session) -> tuple[bool, str | None]:
        # The failure is counted before the slow check and taken back after it: a hundred guesses at the same
        # moment are a hundred failures.
        if sign_ins.locked(session, name, address):
            return True, None
        sign_ins.note_failure(session, name, address)
        member = staff.by_name(session, name)
        return False, member.password_hash if member is not None and member.disabled_at is None else None

    locked, stored = await desk.write(begin)
    right = not locked and await asyncio.to_thread(passwords.verify, stored, password)

    def finish(session: Session) -> str | None:
        member = staff.by_name(session, name)
        if not right or member is None or member.disabled_at is not None:
            audit.write(
                session, "sign_in.locked" if locked else "sign_in.failed", staff_id=member.id if member else None
            )
            return None
        sign_ins.unlock(session, name)
        audit.write(session, "sign_in.done", staff_id=member.id, staff_name=member.display_name)
        return sign_ins.start(session, member, idle())

    token = await desk.write(finish)
    if token is None:
        log.warning("desk.sign_in_refused", locked=locked)
        return _form(request, 429 if locked else 401, "locked" if locked else "wrong")
    wanted = str(form.get("next", ""))
    response = RedirectResponse(wanted if _OWN_PATH.fullmatch(wanted) else "/", status_code=303)
    secure = get_settings().desk_secure_cookies
    response.set_cookie(
        cookie_name(), token, max_age=int(LONGEST.total_seconds()), httponly=True, secure=secure, samesite="lax"
    )
    response.delete_cookie(_FORM_COOKIE, path="/sign-in")
    return response


async def sign_out(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """End this browser's session."""

    def work(session: Session) -> None:
        sign_ins.end(session, visitor.session_id)
        note(session, visitor, "sign_out.done")

    await desk.write(work)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(), secure=get_settings().desk_secure_cookies, httponly=True)
    # Also what a browser kept for "back".
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def home(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """The first page of the visitor's role."""
    return RedirectResponse("/alerts" if roles.may(visitor, "alerts") else "/review", status_code=303)


async def language(request: Request) -> Response:
    """Another language, before signing in (a cookie) or after (for good)."""
    desk = desk_of(request)
    chosen = request.path_params["language"]
    visitor = await visitor_of(request, desk)
    if visitor is not None and chosen in LANGUAGES:
        await desk.write(lambda session: sign_ins.change_language(session, visitor.id, chosen))
    form = await request.form(max_files=0, max_fields=5)
    back = str(form.get("back", ""))
    response = RedirectResponse(back if _OWN_PATH.fullmatch(back) else "/", status_code=303)
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=31536000,
            samesite="lax",
            httponly=True,
            secure=get_settings().desk_secure_cookies,
        )
    return response


async def account(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """One's own account."""
    return render(request, "account.html", done=None, wrong=None)


async def change_password(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Set another password; other browsers of this person are signed out."""
    form = await request.form(max_files=0, max_fields=10)
    old, new = str(form.get("old", "")), str(form.get("new", ""))
    address = address_of(request)

    def begin(session: Session) -> str | None:
        if sign_ins.locked(session, visitor.login, address):
            return None
        sign_ins.note_failure(session, visitor.login, address)
        return str(staff.get(session, visitor.id).password_hash)

    stored = await desk.write(begin)
    if not await asyncio.to_thread(passwords.verify, stored, old):
        return render(request, "account.html", code=422, done=None, wrong="account.wrong_old")
    try:
        hashed = await asyncio.to_thread(passwords.hash_password, new)
    except ValueError:
        return render(request, "account.html", code=422, done=None, wrong="account.wrong_new")

    def finish(session: Session) -> None:
        staff.get(session, visitor.id).password_hash = hashed
        staff.sign_out_everywhere(session, visitor.id, but=visitor.session_id)
        sign_ins.unlock(session, visitor.login)
        note(session, visitor, "password.changed")

    await desk.write(finish)
    return render(request, "account.html", done="account.changed", wrong=None)


def _form(request: Request, status: int = 200, wrong: str | None = None) -> Response:
    token = form_token()
    response = render(
        request,
        "sign_in.html",
        code=status,
        wrong=wrong,
        token=token,
        next=request.query_params.get("next", ""),
    )
    response.set_cookie(
        _FORM_COOKIE,
        token,
        max_age=3600,
        path="/sign-in",
        httponly=True,
        samesite="strict",
        secure=get_settings().desk_secure_cookies,
    )
    return response
