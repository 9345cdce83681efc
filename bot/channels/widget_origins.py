"""Which websites may talk to the widget's channel, and from where a request comes."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from bot.settings import Settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origins:
    """The allow-list of origins (``scheme://host[:port]``). Anything that is no such address is refused."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(found for address in allowed if (found := _normal(address)))

    @classmethod
    def from_settings(cls, settings: Settings) -> Origins:
        """Those of ``widget_origins``, the public address and, outside production, the server's own."""
        allowed = [*settings.widget_origins.split(","), settings.public_url]
        if settings.environment != "production":
            allowed += [f"http://{host}:{settings.port}" for host in (settings.host, "127.0.0.1", "localhost")]
        return cls(allowed)

    def allows(self, origin: str | None) -> bool:
        """Whether a browser page of ``origin`` may talk to us."""
        return _normal(origin or "") in self._allowed

    def refuses(self, headers: Any) -> bool:
        """Whether a request is a foreign page's. Without Origin it is our own page's, or no browser's."""
        origin = headers.get("origin")
        if origin is not None:
            return not self.allows(origin)
        return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _normal(address: str) -> str | None:
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port is None:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"


def address_of(peer: str, forwarded_for: str | None, trusted_proxies: int) -> str:
    """The client's address: the peer's, or the one that the outermost of our own proxies saw.

    ``trusted_proxies``: how many proxies of ours add to X-Forwarded-For; what stands further left is the
    client's own word. An IPv6 address is cut to its /64, which is what one household has.
    """
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    found = hops[-min(trusted_proxies, len(hops))] if trusted_proxies and hops else peer
    try:
        address = ip_address(found)
    except ValueError:
        return peer
    return str(address) if address.version == 4 else address.exploded[:19]
