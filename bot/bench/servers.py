"""A side's servers on free loopback ports, each side on its own SQLite file."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from bot.bench.processes import Memory, Process
from bot.bench.sides import OURS, Side
from bot.errors import ProcessError
from bot.evaluation.engine import free_port

READY_WITHIN = 300.0
_EVERY = 0.05
# Limits that protect patients from each other would only hold the bench back.
_UNLIMITED = "1000000"


class Servers:
    """The dialogue server of a side, with the action server it needs. ``base``: address of the dialogue server."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.database = side.folder / ("repere.db" if side.name == OURS else "tracker.db")
        self._actions: Process | None = None
        self._bot: Process | None = None
        self._environment = self._settings() if side.name == OURS else dict(os.environ)

    def start(self) -> float:
        """Start the dialogue server; returns seconds until it has answered its first message.

        Raises ProcessError when it ends by itself or is not ready in time.
        """
        if self.side.name == OURS:
            self._start_actions()
        started = time.perf_counter()
        self._bot = Process(self.side.title, self._command(), self.side.folder / "server.log", self._environment)
        with httpx.Client(base_url=self.base, timeout=60.0) as client:
            _until_ready(self._bot, client, "/webhooks/rest/")
            say(client, f"first-{secrets.token_hex(4)}", "bonjour")
        return time.perf_counter() - started

    def memory(self) -> Memory:
        """Of the dialogue server."""
        return _running(self._bot).memory()

    def processor_seconds(self) -> float:
        """Processor time of the dialogue server since its start."""
        return _running(self._bot).processor_seconds()

    def actions_memory(self) -> Memory | None:
        """Of the action server; Rasa's default has none."""
        return self._actions.memory() if self._actions is not None else None

    def stop(self) -> None:
        """End all of them."""
        for process in (self._bot, self._actions):
            if process is not None:
                process.stop()
        self._bot = self._actions = None

    def _command(self) -> list[str]:
        if self.side.name == OURS:
            return [
                *(sys.executable, "-m", "bot.dialogue_server"),
                *("--port", str(self.port), "--model", str(self.side.model)),
            ]
        folder = self.side.folder
        return [
            *(sys.executable, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1"),
            *("--port", str(self.port), "--model", str(self.side.model)),
            *("--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")),
        ]

    def _settings(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("REPERE_", "DATABASE_"))}
        folder = self.side.folder
        return {
            **kept,
            "REPERE_VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REPERE_PORT": str(self.port),
            "REPERE_PUBLIC_URL": self.base,
            "REPERE_WIDGET_ORIGINS": self.base,
            "REPERE_MESSAGES_PER_MINUTE": _UNLIMITED,
            "REPERE_WIDGET_TOKENS_PER_MINUTE": _UNLIMITED,
            "REPERE_LOG_LEVEL": "warning",
        }

    def _start_actions(self) -> None:
        from bot.store.database import upgrade

        Path(self._environment["REPERE_VAR_DIR"]).mkdir(parents=True, exist_ok=True)
        upgrade(self._environment["DATABASE_URL"])
        self._actions, address = action_server(self._environment, self.side.folder / "actions.log")
        self._environment = {**self._environment, "REPERE_ACTION_URL": address}


def action_server(environment: Mapping[str, str], log: Path) -> tuple[Process, str]:
    """A running action server and the address of its webhook. Raises ProcessError."""
    port = free_port()
    process = Process(
        "The action server", [sys.executable, "-m", "bot.action_server", "--port", str(port)], log, environment
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5.0) as client:
            _until_ready(process, client, "/health")
    except BaseException:
        process.stop()
        raise
    return process, f"http://127.0.0.1:{port}/webhook"


@contextlib.contextmanager
def running(*sides: Side) -> Iterator[list[Servers]]:
    """The servers of these sides, all ready; ended whatever happens. Raises ProcessError."""
    started: list[Servers] = []
    try:
        for side in sides:
            servers = Servers(side)
            started.append(servers)
            servers.start()
        yield started
    finally:
        for servers in started:
            servers.stop()


def say(client: httpx.Client, sender: str, text: str) -> float:
    """One message over REST; returns milliseconds to the whole reply. Raises ProcessError when nothing comes back."""
    started = time.perf_counter()
    try:
        reply = client.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
    except httpx.HTTPError as error:
        raise ProcessError(f"The server at {client.base_url} did not answer: {type(error).__name__}.") from error
    elapsed = (time.perf_counter() - started) * 1000
    if reply.status_code != 200 or not reply.json():
        raise ProcessError(f"The server at {client.base_url} gave no reply (status {reply.status_code}).")
    return elapsed


def _until_ready(process: Process, client: httpx.Client, path: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise process.ended()
        with contextlib.suppress(httpx.HTTPError):
            if client.get(path, timeout=5.0).status_code == 200:
                return
        time.sleep(_EVERY)
    raise ProcessError(f"{process.name} was not ready within {READY_WITHIN:.0f} s: {process.last_line()}")


def _running(process: Process | None) -> Process:
    if process is None:
        raise ProcessError("The server has not been started.")
    return process
