"""A database and a stand-in for the dialogue server, for the desk's tests."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.settings import get_settings
from bot.store import database


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
        return [event["text"] for _, _, event in self.requests]


@pytest.fixture
def dialogue() -> Iterator[Dialogue]:
    """A real HTTP server in place of the dialogue server."""
    state = Dialogue()
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(state.delay(event["text"]))
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
