"""Starts, kills and restarts a server with the widget's channel on a free port.

By default it is the program of :mod:`tests.widget_program`, with a scripted bot; ``bot.dialogue_server`` is the real one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.settings import ROOT
from bot.store import database

READY_WITHIN = 120.0  # seconds; importing Rasa alone takes three, on a machine with nothing else to do
SCRIPTED = "tests.widget_program"
REAL = "bot.dialogue_server"
RASA_TOKEN = "token-of-the-tests"


def free_port() -> int:
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class WidgetServer:
    """One server process with its own database. ``settings``: REPERE_… variables without the prefix."""

    def __init__(self, folder: Path, port: int | None = None, program: str = SCRIPTED, **settings: str) -> None:
        self.folder = folder
        self.program = program
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = f"sqlite:///{folder / 'repere.db'}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WidgetServer:
        """Start it, unless it runs, and wait until it answers, ready or not."""
        if not self.is_running():
            self._begin()
        self._wait_until_up()
        return self

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _begin(self) -> None:
        own = {
            "ENVIRONMENT": "test",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "VAR_DIR": str(self.folder),
            "SECRET": "a secret of the tests, long enough to sign",
            "RASA_TOKEN": RASA_TOKEN,
            "DEFAULT_COUNTRY": "fr",
            "MESSAGES_PER_MINUTE": "600",
            "WIDGET_TOKENS_PER_MINUTE": "600",
            "WIDGET_COMMENTS_PER_MINUTE": "600",
            **self._settings,
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("REPERE_") and k != "DATABASE_URL"}
        environment |= {f"REPERE_{name}": value for name, value in own.items()}
        environment |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": self.database, "PYTHONWARNINGS": "ignore"}
        environment |= {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
        database.upgrade(self.database)
        database.dispose(self.database)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_up(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", self.port))):
                return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """The hard way: nothing is finished, nothing is said goodbye to."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def ended(self, within: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        self.kill()
        database.dispose(self.database)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/webhooks/widget/{path}", timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer; path from the channel's root, or from the server's with a slash."""
        address = self.url + (path if path.startswith("/") else f"/webhooks/widget/{path}")
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def speak(self, conversation: str, text: str, name: str | None = None) -> None:
        """A line of staff, the way the desk sends it."""
        metadata = {"sender": "staff", "staff_id": 1, "staff_name": name}
        body = {"event": "bot", "text": text, "data": {"custom": None}, "metadata": metadata}
        query = f"token={RASA_TOKEN}&output_channel=latest&execute_side_effects=true&include_events=NONE"
        assert self.post(f"/conversations/{conversation}/tracker/events?{query}", body)[0] == 200


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[WidgetServer]:
    """A server for as long as the block lasts."""
    server = WidgetServer(folder, **settings)
    try:
        yield server.start()
    finally:
        server.stop()
