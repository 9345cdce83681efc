"""How the dialogue server reaches the action server."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.dialogue_server import ActionEndpoint, endpoints
from bot.settings import load_settings
from tests.receivers import HttpServer


async def test_an_action_server_that_hangs_holds_nobody_up() -> None:
    server = HttpServer("hang")
    async with server.up():
        started = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            # Rasa itself gives each call a timeout of five minutes.
            await ActionEndpoint(server.url, 0.3).request(json={}, method="post", timeout=300)
        assert time.monotonic() - started < 5
    assert len(server.requests) == 1


async def test_one_that_answers_is_heard() -> None:
    server = HttpServer(lambda request: (200, {"events": [], "responses": []}))
    server.headers = "Content-Type: application/json\r\n"
    async with server.up():
        answer = await ActionEndpoint(server.url, 5.0).request(json={"next_action": "action_x"}, method="post")
    assert answer == {"events": [], "responses": []}
    assert server.requests[0].json == {"next_action": "action_x"}


# Raised by importlib for how Rasa's validator of YAML files loads its extensions.
@pytest.mark.filterwarnings("ignore:the load_module:DeprecationWarning")
def test_address_and_timeout_are_settings() -> None:
    found = endpoints(load_settings(action_url="http://127.0.0.1:9/webhook", action_timeout=1.5)).action
    assert isinstance(found, ActionEndpoint)
    assert found.url == "http://127.0.0.1:9/webhook"
