"""How one attempt to deliver a page ended, and which failures are worth another attempt."""

from __future__ import annotations

import functools
import logging
import ssl
from dataclasses import dataclass
from typing import Final

import httpx

# Client errors that say "not now" rather than "never".
_RETRIED_CLIENT_ERRORS: Final = frozenset({408, 425, 429})
# A receiver may ask for a pause, yet not for one that makes a page worthless. Seconds.
_LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended. ``retry``: worth another one. ``pause``: seconds the receiver asked for.

    ``error`` is empty on delivery; it names the kind of failure, never an address or a person.
    """

    delivered: bool
    retry: bool = False
    error: str = ""
    pause: float | None = None


DELIVERED: Final = Attempt(True)
TIMED_OUT: Final = Attempt(False, retry=True, error="timeout")


def of_response(response: httpx.Response) -> Attempt:
    """2xx: delivered. 5xx, 408, 425 and 429: another attempt. Any other answer will not get better: none."""
    if response.is_success:
        return DELIVERED
    retry = response.is_server_error or response.status_code in _RETRIED_CLIENT_ERRORS
    asked = response.headers.get("retry-after", "")
    pause = min(float(asked), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else None
    return Attempt(False, retry=retry, error=f"HTTP {response.status_code}", pause=pause if retry else None)


def of_error(error: Exception) -> Attempt:
    """Nothing is ever at an address that cannot be one; any other failure is worth another attempt."""
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return TIMED_OUT
    malformed = isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol))
    return Attempt(False, retry=not malformed, error=type(error).__name__)


def http_client(timeout: float, *, proxies: bool = False) -> httpx.AsyncClient:
    """An HTTP client: each step ends after ``timeout`` seconds, follows no redirect, logs no address.

    ``proxies``: whether the environment's proxy settings hold, as they should for addresses out of the house.
    """
    # httpx logs whole addresses, and these hold tokens and conversation ids.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=proxies, verify=_certificates())


@functools.lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    # Reading them takes tens of milliseconds, in which nothing else of the process would run.
    return httpx.create_ssl_context()
