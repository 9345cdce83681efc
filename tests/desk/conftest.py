"""A database and a stand-in for the dialogue server, for the desk's tests."""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from httpx import Response
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient

from bot.desk import passwords
from bot.desk.app import create_app
from bot.desk.guard import cookie_name
from bot.settings import get_settings
from bot.store import database, sign_ins, staff
from tests.conftest import missing
from tests.desk.conversations import write_conversation
from tests.widget.conftest import ARGUMENTS, CHROMIUM


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("REPERE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REPERE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("REPERE_ENVIRONMENT", "test")
    monkeypatch.setenv("REPERE_RASA_TOKEN", "rasa-token")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Gone after each module: while it runs, no test of this process can have an event loop."""
    if not Path(CHROMIUM).exists():
        missing("Chromium is not installed (Debian package: chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def store_url(tmp_path: Path) -> Iterator[str]:
    """A migrated SQLite file of this test."""
    url = f"sqlite:///{tmp_path / 'repere.db'}"
    database.upgrade(url)
    yield url
    database.dispose(url)


@dataclass
class Dialogue:
    """What the dialogue server was asked, and how it answers. ``delay``: seconds for a given text."""

    url: str = ""
    requests: list[tuple[str, dict[str, list[str]], dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    body: bytes = json.dumps({"latest_event_time": 12.5}).encode()
    delay: Callable[[str], float] = lambda _: 0.0

    @property
    def texts(self) -> list[str]:
        """Lines in the order in which they were finished."""
        return [event["text"] for _, _, event in self.requests if "text" in event]


@pytest.fixture
def dialogue() -> Iterator[Dialogue]:
    """A real HTTP server in place of the dialogue server."""
    state = Dialogue()
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(state.delay(event.get("text", "")))
            target = urlsplit(self.path)
            with guard:
                state.requests.append((unquote(target.path), parse_qs(target.query), event))
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


PASSWORD = "une phrase assez longue"
HASH = passwords.hash_password(PASSWORD)
ROLES = {"amelie": "agent", "marc": "agent", "lea": "reviewer", "chef": "admin"}


@dataclass
class Person:
    """Somebody signed in at the desk, in one browser."""

    name: str
    id: int
    client: TestClient
    cookie: str
    csrf: str

    def get(self, path: str, **headers: str) -> Response:
        """A page; redirects are not followed."""
        return self.client.get(path, headers={**self._headers, **headers}, follow_redirects=False)

    def post(self, path: str, data: dict[str, str] | None = None, **headers: str) -> Response:
        """A form with its token; redirects are not followed."""
        return self.client.post(
            path, data={"csrf": self.csrf, **(data or {})}, headers={**self._headers, **headers}, follow_redirects=False
        )

    def htmx(self, path: str, data: dict[str, str] | None = None) -> Response:
        """A form sent by htmx."""
        return self.post(path, data, **{"HX-Request": "true"})

    @property
    def _headers(self) -> dict[str, str]:
        return {"cookie": f"{cookie_name()}={self.cookie}", "accept": "text/html", "sec-fetch-site": "same-origin"}


@dataclass
class Team:
    """The desk in this process, with somebody of each role."""

    url: str
    client: TestClient

    def __getattr__(self, name: str) -> Person:
        return self.sign_in(name)

    def sign_in(self, name: str, language: str = "fr") -> Person:
        """A new session of somebody."""
        with database.session_scope(self.url) as session:
            member = staff.by_name(session, name)
            assert member is not None
            member.language = language
            token = sign_ins.start(session, member, timedelta(hours=1))
            visitor = sign_ins.visitor(session, token)
            assert visitor is not None
            return Person(name, member.id, self.client, token, visitor.csrf)


@pytest.fixture
def team(store_url: str, dialogue: Dialogue) -> Iterator[Team]:
    """amelie and marc (agents), lea (reviewer), chef (admin) before a desk on this test's database."""
    with database.session_scope(store_url) as session:
        for name, role in ROLES.items():
            staff.add(session, name=name, role=role, password_hash=HASH, display_name=name.capitalize())
    with TestClient(create_app(url=store_url, rasa_url=dialogue.url, period=0.05)) as client:
        yield Team(store_url, client)


@pytest.fixture
def talk(store_url: str) -> Callable[..., str]:
    """Writes a conversation as Rasa would: a list of (sender, text) pairs; returns its id."""
    return functools.partial(write_conversation, store_url)
