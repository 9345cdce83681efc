"""What staff read when something does not work, as a page or as a notice in the open page."""

from __future__ import annotations

from typing import Final, cast

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.desk.rendering import render, wants_fragment
from bot.desk.security import OversizeError
from bot.errors import HandoffError, NotFound, StoreUnavailable

log = structlog.get_logger(__name__)

_KNOWN: Final[tuple[tuple[type[Exception], int, str], ...]] = (
    (NotFound, 404, "not_found"),
    (HandoffError, 409, "not_allowed_now"),
    (ValueError, 422, "refused"),
    (StoreUnavailable, 503, "store_unavailable"),
    (OversizeError, 413, "refused"),
)


def problem(request: Request, status: int, key: str) -> Response:
    """A page, or a notice for htmx; ``key`` names the text ``errors.<key>``."""
    template = "_notice.html" if wants_fragment(request) else "error.html"
    return render(request, template, code=status, message_key=f"errors.{key}")


async def known_error(request: Request, error: Exception) -> Response:
    """Answer for the errors that the services raise."""
    status, key = next((status, key) for kind, status, key in _KNOWN if isinstance(error, kind))
    log.info("desk.refused", kind=type(error).__name__, status=status)
    return problem(request, status, key)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer for an unknown address or method."""
    status = cast(HTTPException, error).status_code
    return problem(request, status, {404: "not_found", 405: "not_found"}.get(status, "refused"))


async def unexpected(request: Request, error: Exception) -> Response:
    """Anything else: the kind goes to the log, never its text."""
    log.error("desk.failed", kind=type(error).__name__)
    return problem(request, 500, "internal")


HANDLERS: Final = {
    HTTPException: http_error,
    Exception: unexpected,
    **{kind: known_error for kind, _, _ in _KNOWN},
}
