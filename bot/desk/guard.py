"""The door of every page: who is it, may they, does the form come from us. Deny by default."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.desk import roles
from bot.desk.context import Desk, desk_of, note
from bot.desk.errors import problem
from bot.desk.rendering import wants_fragment
from bot.desk.roles import Permission
from bot.settings import get_settings
from bot.store import sign_ins
from bot.store.sign_ins import Visitor

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request, Desk, Visitor], Awaitable[Response]]
_COOKIE: Final = "repere_desk"


def cookie_name() -> str:
    """Name of the session cookie; browsers accept the prefix only over HTTPS and for the whole host."""
    return f"__Host-{_COOKIE}" if get_settings().desk_secure_cookies else _COOKIE


def idle() -> timedelta:
    """How long a session lasts without a request."""
    return timedelta(minutes=get_settings().desk_session_minutes)


def page(path: str, endpoint: Endpoint, permission: Permission, *, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A route for signed-in staff whose role has ``permission``; posts need the session's form token too."""

    async def guarded(request: Request) -> Response:
        desk = desk_of(request)
        visitor = await visitor_of(request, desk)
        if visitor is None:
            return _to_sign_in(request)
        request.state.visitor = visitor
        if not roles.may(visitor, permission):
            await desk.write(lambda session: note(session, visitor, "access.refused", permission=permission))
            return problem(request, 403, "forbidden")
        if request.method == "POST" and not await _has_form_token(request, visitor):
            return problem(request, 403, "form_expired")
        return await endpoint(request, desk, visitor)

    made = Route(path, guarded, methods=list(methods), name=f"{endpoint.__module__}.{endpoint.__name__}")
    made.permission = permission  # type: ignore[attr-defined]
    return made


async def visitor_of(request: Request, desk: Desk, *, touch: bool = True) -> Visitor | None:
    """Who sends the request, None when nobody is signed in; ``touch``: the request keeps the session alive."""
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    visitor = await desk.read(lambda session: sign_ins.visitor(session, token))
    if visitor is None:
        return None
    # An open page asks for news by itself; only what a person does counts as a sign of life.
    live = not touch or request.headers.get("x-repere-live") == "1" or request.url.path == "/live"
    if not live and await desk.read(lambda session: sign_ins.needs_touch(session, visitor.session_id)):
        await desk.write(lambda session: sign_ins.touch(session, visitor.session_id, idle()))
    return visitor


async def _has_form_token(request: Request, visitor: Visitor) -> bool:
    given = request.headers.get("x-csrf-token")
    if given is None:
        form = await request.form(max_files=0, max_fields=100)
        given = str(form.get("csrf", ""))
    return secrets.compare_digest(given.encode(), visitor.csrf.encode())


def _to_sign_in(request: Request) -> Response:
    if wants_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if request.method != "GET" or "text/html" not in request.headers.get("accept", "text/html"):
        return Response("Sign in first.", status_code=401)
    wanted = request.url.path
    suffix = "" if wanted == "/" else f"?next={quote(wanted, safe='')}"
    return RedirectResponse(f"/sign-in{suffix}", status_code=303)
