"""What the desk adds to the staff API: tokens of people who are still there, the audit, and no unmasked transcript for
those who may not reveal it on the page either."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.desk import roles, tokens
from bot.desk.context import note
from bot.errors import NotAuthorised, NotFound, StoreUnavailable
from bot.store import conversations, staff
from bot.store.runner import StoreRunner
from bot.store.sign_ins import Visitor

_REFUSED: Final = {"error": "forbidden", "message": "This person may not do that."}


class ApiGuard:
    """Stands before :func:`bot.desk.api.create_api`. Requests without a valid token go through to its own 401."""

    def __init__(self, app: ASGIApp, runner: StoreRunner) -> None:
        self.app = app
        self._runner = runner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer 403 or 503."""
        kind, _, token = Request(scope).headers.get("authorization", "").partition(" ")
        try:
            named = tokens.verify(token.strip() if kind.lower() == "bearer" else "")
        except NotAuthorised:
            await self.app(scope, receive, send)
            return
        parts = [unquote(part) for part in scope["path"].split("/")]
        conversation_id = parts[3] if len(parts) > 3 and parts[2] == "conversations" else None
        reads = scope["method"] in ("GET", "HEAD")

        def work(session: Session) -> bool:
            visitor = _visitor(session, named)
            allowed = visitor is not None and _allowed(session, visitor, conversation_id if reads else None)
            if visitor is not None:
                action = "api.used" if allowed else "access.refused"
                note(session, visitor, action, conversation_id, method=scope["method"], what=parts[-1][:20])
            return allowed

        try:
            allowed = await self._runner.write(work)
        except StoreUnavailable as error:
            await _answer({"error": "store_unavailable", "message": str(error)}, 503)(scope, receive, send)
            return
        if allowed:
            await self.app(scope, receive, send)
        else:
            await _answer(_REFUSED, 403)(scope, receive, send)


def _visitor(session: Session, named: tokens.Staff) -> Visitor | None:
    """The member a token names, with today's role; None when shut out since."""
    try:
        member = staff.get(session, named.id)
    except NotFound:
        return None
    if member.disabled_at is not None or member.role != named.role:
        return None
    return Visitor(member.id, member.display_name, member.name, member.role, member.language, 0, "")


def _allowed(session: Session, visitor: Visitor, conversation_id: str | None) -> bool:
    if not roles.may(visitor, "alerts"):
        return False
    if conversation_id is None:
        return True
    try:
        return roles.may_reveal(visitor, conversations.get(session, conversation_id))
    except NotFound:
        return visitor.role == "admin"


def _answer(body: dict[str, str], status: int) -> JSONResponse:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})
