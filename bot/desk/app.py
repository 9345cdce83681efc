"""The desk: every address with what it needs, and the services behind the pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.desk import (
    alerts_page,
    audit_page,
    canned_page,
    comments_page,
    conversation_actions,
    conversation_page,
    figures_page,
    judge_page,
    live_page,
    privacy_page,
    review_page,
    sign_in_page,
    staff_page,
    static_files,
)
from bot.desk.api import create_api
from bot.desk.api_guard import ApiGuard
from bot.desk.context import PATIENCE, Desk, desk_of
from bot.desk.errors import HANDLERS
from bot.desk.guard import page
from bot.desk.live import Live
from bot.desk.replies import Replies
from bot.desk.security import Shield
from bot.errors import StoreUnavailable
from bot.store import desk_rows  # noqa: F401 - registers the desk's rows with the privacy module
from bot.store.runner import StoreRunner

POST: Final = ("POST",)


async def health(request: Request) -> Response:
    """Whether the desk and its database answer."""
    try:
        await desk_of(request).read(lambda session: session.execute(text("SELECT 1")).scalar())
    except StoreUnavailable:
        return JSONResponse({"status": "no database"}, 503)
    return JSONResponse({"status": "ok"})


def routes() -> list[Route]:
    """Every address. What does not go through :func:`bot.desk.guard.page` is open to all."""
    one = "/conversations/{id}"
    return [
        # --- open to all ---
        Route("/health", health, methods=["GET"]),
        Route("/sign-in", sign_in_page.show, methods=["GET"]),
        Route("/sign-in", sign_in_page.sign_in, methods=["POST"]),
        Route("/language/{language}", sign_in_page.language, methods=["POST"]),
        Route("/comments.json", comments_page.public, methods=["GET"]),
        Route("/static/{name}", static_files.serve, methods=["GET"]),
        # --- oneself ---
        page("/", sign_in_page.home, "account"),
        page("/sign-out", sign_in_page.sign_out, "account", methods=POST),
        page("/account", sign_in_page.account, "account"),
        page("/account/password", sign_in_page.change_password, "account", methods=POST),
        page("/live", live_page.stream, "read"),
        # --- alerts and talking ---
        page("/alerts", alerts_page.show, "alerts"),
        page("/alerts/queue", alerts_page.queue, "alerts"),
        page(one, conversation_page.show, "read"),
        page(f"{one}/lines", conversation_page.lines, "read"),
        page(f"{one}/earlier", conversation_page.earlier, "read"),
        page(f"{one}/claim", conversation_actions.claim, "talk", methods=POST),
        page(f"{one}/step-in", conversation_actions.step_in, "talk", methods=POST),
        page(f"{one}/release", conversation_actions.release, "talk", methods=POST),
        page(f"{one}/close", conversation_actions.close, "talk", methods=POST),
        page(f"{one}/reply", conversation_actions.reply, "talk", methods=POST),
        page(one + "/replies/{reply:int}/again", conversation_actions.send_again, "talk", methods=POST),
        page(one + "/replies/{reply:int}/discard", conversation_actions.discard, "talk", methods=POST),
        page(f"{one}/notes", conversation_actions.add_note, "read", methods=POST),
        page(f"{one}/reveal", conversation_actions.reveal, "reveal", methods=POST),
        page(f"{one}/hide", conversation_actions.hide, "reveal", methods=POST),
        # --- review ---
        page("/review", review_page.show, "review"),
        page("/review", review_page.search, "review", methods=POST),
        page("/review/views", review_page.save_view, "review", methods=POST),
        page("/review/views/{view:int}/remove", review_page.remove_view, "review", methods=POST),
        page(f"{one}/state", judge_page.set_state, "review", methods=POST),
        page(f"{one}/tags", judge_page.add_tag, "review", methods=POST),
        page(one + "/tags/{tag:int}/remove", judge_page.remove_tag, "review", methods=POST),
        page("/turns/{turn:int}/judgement", judge_page.judge, "review", methods=POST),
        # --- comments and figures ---
        page("/comments", comments_page.show, "comments"),
        page("/comments/{comment:int}/decide", comments_page.decide, "comments", methods=POST),
        page("/comments/{comment:int}/correct", comments_page.correct, "comments", methods=POST),
        page("/figures", figures_page.show, "figures"),
        page("/figures.csv", figures_page.download, "figures"),
        # --- for admins ---
        page("/privacy", privacy_page.show, "privacy"),
        page("/privacy/find", privacy_page.find, "privacy", methods=POST),
        page("/privacy/export", privacy_page.export, "privacy", methods=POST),
        page("/privacy/erase", privacy_page.erase, "privacy", methods=POST),
        page("/privacy/purge", privacy_page.purge, "privacy", methods=POST),
        page("/replies", canned_page.show, "canned"),
        page("/replies/{reply:int}", canned_page.save, "canned", methods=POST),
        page("/replies/{reply:int}/remove", canned_page.remove, "canned", methods=POST),
        page("/staff", staff_page.show, "staff"),
        page("/staff", staff_page.add, "staff", methods=POST),
        page("/staff/{member:int}", staff_page.change, "staff", methods=POST),
        page("/staff/{member:int}/password", staff_page.new_password, "staff", methods=POST),
        page("/audit", audit_page.show, "audit"),
    ]


class ApiAside:
    """Sends ``/api/…`` to the staff API, everything else on."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch by path."""
        aside = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self._api if aside else self.app)(scope, receive, send)


def create_app(*, url: str | None = None, rasa_url: str | None = None, period: float | None = None) -> Starlette:
    """The application. ``url``: database; ``rasa_url``: dialogue server; ``period``: seconds between looks for news."""
    runner = StoreRunner(url, limit=PATIENCE)
    replies = Replies(base_url=rasa_url)
    live = Live(runner, **({} if period is None else {"period": period}))
    api = create_api(url=url, rasa_url=rasa_url)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with api.router.lifespan_context(api):
            # One line after the other, whether it comes from the page or from a program.
            await api.state.replies.close()
            api.state.replies = replies
            await runner.write(canned_page.plant)
            yield
        await live.close()
        runner.close()

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(Shield), Middleware(ApiAside, api=ApiGuard(api, runner))],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.desk = Desk(runner, replies, live, rasa_url)
    return app
