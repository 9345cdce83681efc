from __future__ import annotations

import pytest

from bot.channels.widget_origins import Origins, address_of
from bot.settings import load_settings


@pytest.mark.parametrize(
    "origin", ["https://league.example", "https://LEAGUE.example:443", "http://clinic.example:8080"]
)
def test_listed_origins_are_allowed(origin: str) -> None:
    assert Origins(["https://league.example/", "http://clinic.example:8080"]).allows(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://league.example",  # not encrypted
        "https://league.example:8443",
        "https://league.example.evil.example",
        "https://evilleague.example",
        "https://league.example@evil.example",
        "null",
        "",
        None,
        "https://",
        "https://league.example:port",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_refused(origin: str | None) -> None:
    assert not Origins(["https://league.example"]).allows(origin)


def test_requests_without_origin_are_our_own_or_no_browsers() -> None:
    origins = Origins(["https://league.example"])
    assert not origins.refuses({})
    assert not origins.refuses({"sec-fetch-site": "same-origin"})
    assert origins.refuses({"sec-fetch-site": "cross-site"})
    assert origins.refuses({"origin": "https://evil.example"})


def test_production_allows_only_what_is_listed() -> None:
    more = {"secret": "s" * 40, "widget_origins": "https://league.example", "public_url": "https://bot.example"}
    production = Origins.from_settings(load_settings(environment="production", **more))
    assert production.allows("https://bot.example")
    assert not production.allows("http://127.0.0.1:5005")
    assert Origins.from_settings(load_settings(environment="development", **more)).allows("http://127.0.0.1:5005")


@pytest.mark.parametrize(
    ("forwarded", "proxies", "found"),
    [
        (None, 0, "10.0.0.1"),
        ("203.0.113.9", 0, "10.0.0.1"),  # nobody of ours wrote that
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", 1, "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.0.0.7", 2, "203.0.113.9"),
        ("203.0.113.9", 3, "203.0.113.9"),
        ("nonsense", 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:0db8:0001:0002"),
    ],
)
def test_the_address_is_the_one_our_own_proxy_saw(forwarded: str | None, proxies: int, found: str) -> None:
    assert address_of("10.0.0.1", forwarded, proxies) == found
