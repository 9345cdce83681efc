"""Fixtures shared by all tests: the one trained model, and real server processes on loopback.

Nothing is trained here: `make test` trains before it starts pytest, so that a run shares one model.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.evaluation.engine import free_port
from bot.settings import ROOT, get_settings
from bot.training import MODEL, is_current

IN_CI = os.environ.get("CI", "").lower() == "true"
SHARED = ROOT.parent / "shared"
READY_WITHIN = 120.0


def missing(what: str) -> None:
    """Skip a test for want of something on this machine; in CI that is a failure."""
    if IN_CI:
        pytest.fail(f"{what} (in CI this is a failure)")
    pytest.skip(what)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has its own folder for what the product writes, and the environment of nobody else."""
    monkeypatch.setenv("REPERE_VAR_DIR", str(tmp_path / "var"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model; it must match the tree."""
    if not is_current():
        pytest.fail("The model is missing or older than data and configuration: run `make train`, or `make test`.")
    return MODEL


@dataclass
class Server:
    """One process of the product. ``base``: its address. ``log``: what it printed."""

    module: str
    port: int
    environment: dict[str, str]
    log: Path
    health: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def base(self) -> str:
        """Address without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        """Start the process and wait until it is ready."""
        arguments = [] if self.module == "bot.desk" else ["--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", self.module, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.module} stopped:\n{self.log.read_text(errors='replace')[-3000:]}")
            try:
                if httpx.get(self.base + self.health, timeout=2).status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        self.kill()
        raise RuntimeError(f"{self.module} was not ready in time:\n{self.log.read_text(errors='replace')[-3000:]}")

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process, by default without warning."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        self.process = None


@dataclass
class Product:
    """The dialogue server and the action server over one database."""

    bot: Server
    actions: Server
    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the product's database."""
        return self.environment["DATABASE_URL"]

    def say(self, sender: str, text: str, timeout: float = 30.0, **more: Any) -> list[dict[str, Any]]:
        """One message over REST; returns the bot's messages."""
        reply = httpx.post(
            f"{self.bot.base}/webhooks/rest/webhook", json={"sender": sender, "message": text, **more}, timeout=timeout
        )
        reply.raise_for_status()
        return list(reply.json())

    def spoken(self, sender: str, text: str, **more: Any) -> str:
        """The texts of the reply, joined by blank lines."""
        return "\n\n".join(str(message.get("text") or "") for message in self.say(sender, text, **more))

    def stop(self) -> None:
        """End both servers."""
        for server in (self.bot, self.actions):
            server.kill(signal.SIGTERM)


def make_product(folder: Path, **settings: str) -> Product:
    """A product in ``folder``, not started. ``settings``: environment variables beside the defaults of tests."""
    folder.mkdir(parents=True, exist_ok=True)
    bot_port, action_port, desk_port = free_port(), free_port(), free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("REPERE_", "DATABASE_"))},
        "REPERE_ENVIRONMENT": "test",
        "REPERE_VAR_DIR": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{folder / 'repere.db'}",
        "REPERE_PORT": str(bot_port),
        "REPERE_ACTION_PORT": str(action_port),
        "REPERE_DESK_PORT": str(desk_port),
        "REPERE_PUBLIC_URL": f"http://127.0.0.1:{bot_port}",
        "REPERE_WIDGET_ORIGINS": f"http://127.0.0.1:{bot_port},http://localhost:{bot_port}",
        "REPERE_RASA_TOKEN": "token-of-the-tests",
        "REPERE_SECRET": "secret-of-the-tests-0123456789abcdef",
        "REPERE_MESSAGES_PER_MINUTE": "600",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    from bot.store.database import upgrade

    upgrade(environment["DATABASE_URL"])
    bot = Server("bot.dialogue_server", bot_port, environment, folder / "bot.log", "/webhooks/rest/")
    actions = Server("bot.action_server", action_port, environment, folder / "actions.log", "/health")
    return Product(bot, actions, environment)


@pytest.fixture(scope="session")
def product(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running product shared by the tests that don't break it."""
    made = make_product(tmp_path_factory.mktemp("product"))
    try:
        made.actions.start()
        made.bot.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def bot_server(product: Product) -> str:
    """Base address of the shared running dialogue server with the widget channel."""
    return product.bot.base


def texts(messages: Sequence[dict[str, Any]]) -> str:
    """The texts of REST messages, joined."""
    return "\n".join(str(message.get("text") or "") for message in messages)
