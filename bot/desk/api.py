"""JSON endpoints for staff programs: alerts, transcripts, claim, release, close, reply. Nothing without a token.

Errors are ``{"error": code, "message": sentence}`` with the fitting status.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import structlog
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.desk import payloads, tokens
from bot.desk.replies import Replies
from bot.desk.tokens import Staff
from bot.dialogue.handoff import Outcome
from bot.errors import HandoffError, MessageRefused, NotAuthorised, NotFound, StoreUnavailable
from bot.settings import get_settings
from bot.store import alerts, conversations, handoff
from bot.store.models import Conversation
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

_STATUS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    HandoffError: (409, "not_allowed_now"),
    MessageRefused: (422, "refused"),
    NotAuthorised: (403, "forbidden"),
    StoreUnavailable: (503, "store_unavailable"),
}


def create_api(*, url: str | None = None, rasa_url: str | None = None) -> Starlette:
    """The application, to be mounted by the desk. ``url``: database; ``rasa_url``: dialogue server's base address."""
    runner = StoreRunner(url)
    replies = Replies(base_url=rasa_url)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await replies.close()
        runner.close()

    app = Starlette(
        routes=[
            Route("/api/alerts", _alerts, methods=["GET"]),
            Route("/api/conversations/{id}", _conversation, methods=["GET"]),
            Route("/api/conversations/{id}/claim", _claim, methods=["POST"]),
            Route("/api/conversations/{id}/release", _release, methods=["POST"]),
            Route("/api/conversations/{id}/close", _close, methods=["POST"]),
            Route("/api/conversations/{id}/reply", _reply, methods=["POST"]),
        ],
        middleware=[Middleware(BearerOnly)],
        exception_handlers={
            HTTPException: _http_error,
            Exception: _unexpected,
            **{kind: _known_error for kind in _STATUS},
        },
        lifespan=lifespan,
    )
    app.state.runner = runner
    app.state.replies = replies
    return app


class BearerOnly:
    """Refuses every request without a valid staff token, before anything else looks at it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the Staff named by the token into the request's state, or answer 401."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        kind, _, token = Request(scope).headers.get("authorization", "").partition(" ")
        try:
            staff = tokens.verify(token.strip() if kind.lower() == "bearer" else "")
        except NotAuthorised as error:
            refused = _error(401, "unauthorised", str(error))
            refused.headers["WWW-Authenticate"] = "Bearer"
            await refused(scope, receive, send)
            return
        scope.setdefault("state", {})["staff"] = staff
        await self.app(scope, receive, send)


async def _alerts(request: Request) -> Response:
    states = [part for part in request.query_params.get("state", "waiting").split(",") if part]
    waiting = await _read(request, lambda session: alerts.queue(session, states=states))
    return _json(
        {
            "waiting": [
                {**payloads.summary(place.conversation), "alerts": [payloads.alert(alert) for alert in place.alerts]}
                for place in waiting
            ]
        }
    )


async def _conversation(request: Request) -> Response:
    conversation_id = request.path_params["id"]
    limit = _whole_number(request, "limit", 200, 1000)
    before = _whole_number(request, "before", 0, 2**62) or None

    def work(session: Session) -> dict[str, Any]:
        found = conversations.get(session, conversation_id)
        lines = conversations.transcript(session, conversation_id, limit=limit, before_id=before)
        return {
            **payloads.summary(found),
            "lines": [payloads.line(line) for line in lines],
            "turns": [payloads.turn(turn) for turn in conversations.turns(session, conversation_id, limit=limit)],
            "alerts": [payloads.alert(alert) for alert in conversations.alerts_of(session, conversation_id)],
        }

    body = await _read(request, work)
    log.info(
        "api.transcript_read",
        staff_id=_staff(request).id,
        conversation=conversations.log_key(conversation_id),
    )
    return _json(body)


async def _claim(request: Request) -> Response:
    staff, conversation_id = _talker(request), request.path_params["id"]

    def work(session: Session) -> tuple[bool, Conversation]:
        won = handoff.claim(session, conversation_id, staff.id)
        return won, conversations.get(session, conversation_id)

    won, found = await _write(request, work)
    if not won and not (found.state == "human" and found.owner_id == staff.id):
        return _json(
            {
                "error": "not_claimed",
                "message": "The conversation does not wait, or somebody else has it.",
                **payloads.summary(found),
            },
            409,
        )
    return _json(payloads.summary(found))


async def _release(request: Request) -> Response:
    staff = _talker(request)
    return await _change(request, lambda session, id_: handoff.release(session, id_, staff.id))


async def _close(request: Request) -> Response:
    staff, body = _talker(request), await _body(request)
    try:
        outcome = Outcome(body.get("outcome"))
    except ValueError:
        known = ", ".join(item.value for item in Outcome)
        raise MessageRefused(f"The outcome has to be one of: {known}.") from None
    return await _change(request, lambda session, id_: handoff.close(session, id_, staff.id, outcome))


async def _reply(request: Request) -> Response:
    staff, conversation_id = _talker(request), request.path_params["id"]
    replies: Replies = request.app.state.replies
    # The turn is taken before anything is awaited: lines go out in the order in which they came in.
    async with replies.turn(conversation_id):
        body = await _body(request)
        text = body.get("text")
        limit = get_settings().max_message_length
        if not isinstance(text, str) or not text.strip() or len(text) > limit:
            raise MessageRefused(f"A reply is a text of 1 to {limit} characters.")

        def work(session: Session) -> None:
            found = conversations.get(session, conversation_id)
            if found.state != "human" or found.owner_id != staff.id:
                raise HandoffError("Only the person who owns a conversation can write in it.")
            handoff.acknowledge(session, conversation_id, staff.id)

        await _write(request, work)
        sent = await replies.send(conversation_id, staff, text.strip())
    status = 200 if sent.state == "delivered" else 502
    answer: dict[str, Any] = {"delivery": sent.state, "at": sent.at}
    if status != 200:
        answer |= {"error": "not_delivered", "message": "The dialogue server did not take the message."}
    return _json(answer, status)


async def _change(request: Request, change: Callable[[Session, str], None]) -> Response:
    conversation_id = request.path_params["id"]

    def work(session: Session) -> Conversation:
        change(session, conversation_id)
        session.flush()
        return conversations.get(session, conversation_id)

    return _json(payloads.summary(await _write(request, work)))


def _staff(request: Request) -> Staff:
    return cast(Staff, request.scope["state"]["staff"])


def _talker(request: Request) -> Staff:
    staff = _staff(request)
    if not staff.talks:
        raise NotAuthorised("This role may read, not take over conversations.")
    return staff


def _read(request: Request, work: Callable[[Session], Any]) -> Awaitable[Any]:
    runner: StoreRunner = request.app.state.runner
    return runner.read(work)


def _write(request: Request, work: Callable[[Session], Any]) -> Awaitable[Any]:
    runner: StoreRunner = request.app.state.runner
    return runner.write(work)


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise MessageRefused("The body has to be a JSON object.") from None
    if not isinstance(body, dict):
        raise MessageRefused("The body has to be a JSON object.")
    return body


def _whole_number(request: Request, name: str, default: int, most: int) -> int:
    given = request.query_params.get(name, str(default))
    if not given.isdecimal() or int(given) > most:
        raise MessageRefused(f"'{name}' has to be a whole number up to {most}.")
    return int(given)


def _json(body: dict[str, Any], status: int = 200) -> JSONResponse:
    # What patients wrote stays in no cache.
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})


def _error(status: int, code: str, message: str) -> JSONResponse:
    return _json({"error": code, "message": message}, status)


async def _http_error(_: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    return _error(status, {404: "not_found", 405: "method_not_allowed"}.get(status, "refused"), "No such endpoint.")


async def _known_error(_: Request, error: Exception) -> Response:
    status, code = next(entry for kind, entry in _STATUS.items() if isinstance(error, kind))
    return _error(status, code, str(error))


async def _unexpected(_: Request, error: Exception) -> Response:
    log.error("api.failed", kind=type(error).__name__)
    return _error(500, "internal", "Something went wrong here.")
