"""The widget's HTTP routes: tokens, health, comments, files and the demo page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels import widget_files
from bot.channels.limits import RateLimit
from bot.channels.widget_comments import Comments, comment_in
from bot.channels.widget_health import Health
from bot.channels.widget_origins import Origins, address_of
from bot.channels.widget_tokens import TokenRefused, Tokens
from bot.errors import MessageRefused, StoreError
from bot.settings import Settings

log = structlog.get_logger(__name__)

GET = ["GET", "HEAD"]
POST = ["POST"]
Answer = Callable[..., Awaitable[HTTPResponse]]


class WidgetHttp:
    """Adds its routes to a blueprint that stands under ``/webhooks/widget``."""

    def __init__(
        self, settings: Settings, tokens: Tokens, origins: Origins, health: Health, comments: Comments
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._origins = origins
        self._health = health
        self._comments = comments
        self._token_limit = RateLimit(settings.widget_tokens_per_minute)
        self._comment_limit = RateLimit(settings.widget_comments_per_minute)

    def add_to(self, blueprint: Blueprint) -> None:
        """Register every route."""
        routes: tuple[tuple[str, list[str], Answer], ...] = (
            ("/", GET, self.health),
            ("/health", GET, self.health),
            ("/token", POST, self.token),
            ("/comments", POST, self.comment),
            ("/comments.json", GET, self.comment_list),
            ("/demo/<language:str>", GET, self.demo),
            ("/<name:[a-z]+[.](?:js|css|svg)>", GET, self.file),
        )
        for path, methods, answer in routes:
            name = f"widget_{path.strip('/').split('/')[0]}"
            blueprint.add_route(_function(answer), path, methods=methods, name=name)

    async def token(self, request: Request) -> HTTPResponse:
        """A new conversation, or with {"token"} a fresh token for the one that it opens."""
        refused = self._door(request, self._token_limit)
        if refused is not None:
            return refused
        given = _object(request).get("token")
        try:
            opened = self._tokens.issue(self._tokens.read(given).conversation) if given else self._tokens.begin()
        except TokenRefused as refusal:
            return self._json(request, {"error": refusal.reason}, 401)
        return self._json(request, {**opened.as_dict(), "limit": self._settings.max_message_length})

    async def health(self, request: Request) -> HTTPResponse:
        """200 when patients can be answered, 503 otherwise; the body says what is missing."""
        parts = await self._health.parts(request.app)
        ready = all(parts.values())
        body = {"status": "ready" if ready else "not ready", "parts": parts}
        return response.json(
            body, 200 if ready else 503, headers={**widget_files.SAFE_HEADERS, "Cache-Control": "no-store"}
        )

    async def comment(self, request: Request) -> HTTPResponse:
        """Take in a comment {text, name?, lang, country?, token?}; one that speaks of danger opens a conversation."""
        refused = self._door(request, self._comment_limit)
        if refused is not None:
            return refused
        try:
            comment = comment_in(_object(request))
            outcome = await self._comments.take(comment, self._address(request))
        except MessageRefused:
            return self._json(request, {"status": "refused"}, 400)
        except StoreError as error:
            log.error("comment.not_stored", error=type(error).__name__)
            return self._json(request, {"status": "failed"}, 503)
        return self._json(request, outcome)

    async def comment_list(self, request: Request) -> HTTPResponse:
        """Approved comments, newest first: [{text, name, language, at}]."""
        try:
            found = await self._comments.approved()
        except StoreError:
            return self._json(request, {"status": "failed"}, 503)
        return self._json(request, {"comments": found})

    async def file(self, request: Request, name: str) -> HTTPResponse:
        """One of the files on the list."""
        found = widget_files.file(name)
        if found is None:
            return response.empty(404)
        return _send(request, found, found.headers(shared=name == "repere.js"))

    async def demo(self, request: Request, language: str) -> HTTPResponse:
        """The demo page in one language."""
        if language not in ("fr", "en"):
            return response.empty(404)
        page = widget_files.demo_page("fr" if language == "fr" else "en", self._settings)
        return _send(request, page, widget_files.page_headers(page))

    async def front(self, request: Request) -> HTTPResponse | None:
        """Middleware: a browser that asks for the root of the server gets the demo page in its language."""
        if request.path != "/" or request.method not in GET or "text/html" not in request.headers.get("accept", ""):
            return None
        language = widget_files.preferred_language(
            request.headers.get("accept-language"), self._settings.default_language
        )
        return response.redirect(f"/webhooks/widget/demo/{language}", headers={"Vary": "Accept-Language"})

    def _door(self, request: Request, limit: RateLimit) -> HTTPResponse | None:
        if self._origins.refuses(request.headers):
            # Readable by anyone, so that the widget on a page that is not listed can say why it stays closed.
            return response.json({"error": "origin"}, 403, headers={"Access-Control-Allow-Origin": "*"})
        if not limit.allows(self._address(request)):
            return self._json(request, {"error": "too_many"}, 429)
        return None

    def _address(self, request: Request) -> str:
        return address_of(request.ip or "", request.headers.get("x-forwarded-for"), self._settings.trusted_proxies)

    def _cors(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("origin")
        headers = {**widget_files.SAFE_HEADERS, "Vary": "Origin", "Cache-Control": "no-store"}
        if origin:
            # The widget posts plain text, which needs no preflight: Rasa's server answers every OPTIONS itself.
            headers["Access-Control-Allow-Origin"] = origin
        return headers

    def _json(self, request: Request, body: Any, status: int = 200) -> HTTPResponse:
        return response.json(body, status, headers=self._cors(request))


def _function(method: Answer) -> Answer:
    """Sanic writes on its handlers, which a bound method does not allow."""

    async def answer(request: Request, **parts: str) -> HTTPResponse:
        return await method(request, **parts)

    return answer


def _object(request: Request) -> dict[str, Any]:
    try:
        body = request.json
    except Exception:  # Sanic raises its own kinds for what is no JSON
        return {}
    return body if isinstance(body, dict) else {}


def _send(request: Request, found: widget_files.Served, headers: dict[str, str]) -> HTTPResponse:
    if request.headers.get("if-none-match") == found.tag:
        return response.empty(304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return response.raw(found.zipped, headers={**headers, "Content-Encoding": "gzip"}, content_type=found.kind)
    return response.raw(found.body, headers=headers, content_type=found.kind)
