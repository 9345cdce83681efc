"""What holds for every request, signed in or not: strict headers, a limit on bodies, no foreign page behind a form."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

import structlog
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import MessageRefused
from bot.settings import get_settings

log = structlog.get_logger(__name__)

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
MAX_BODY: Final = 64 * 1024
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_TOKEN_AGE: Final = 3600


class Shield:
    """Outermost layer of the desk."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too big or comes from another site; put the headers on every answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Pages hold what patients wrote: no cache, no "back" after signing out.
                headers.setdefault("Cache-Control", "no-store")
                if get_settings().desk_secure_cookies:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        refused = _refusal(scope)
        if refused is not None:
            await PlainTextResponse(*refused)(scope, receive, send_with_headers)
            return
        await self.app(scope, _limited(receive), send_with_headers)


class OversizeError(MessageRefused):
    """More came than was announced."""


def same_origin(headers: Headers, host: str) -> bool:
    """Whether a browser says that the request comes from one of the desk's own pages."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def form_token() -> str:
    """A token for the sign-in form, where no session holds one yet. Good for an hour."""
    return str(_serializer().dumps(secrets.token_urlsafe(12)))


def is_form_token(token: str, cookie: str) -> bool:
    """Whether the form's token is ours, fresh, and the one given to this browser."""
    try:
        _serializer().loads(token, max_age=_FORM_TOKEN_AGE)
    except BadData:
        return False
    return secrets.compare_digest(token.encode(), cookie.encode())


def address_of(request: Request) -> str:
    """Where the request comes from, as the server (or the proxy it trusts) says."""
    return request.client.host if request.client else ""


def _refusal(scope: Scope) -> tuple[str, int] | None:
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY:
        return "Too large.", 413
    if scope["method"] not in _SAFE and not same_origin(headers, headers.get("host", "")):
        log.warning("desk.foreign_request", path=scope["path"].split("/")[1][:20])
        return "Foreign request refused.", 403
    return None


def _limited(receive: Receive) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise OversizeError
        return message

    return limited


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_settings().secret, salt="repere.desk.form")
