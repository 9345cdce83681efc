"""The whole engine in one process: model, policies, texts and a real action server, without network channels."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.utils.endpoints import EndpointConfig

from bot.agent import load_agent
from bot.channels.rest import MessageCollector
from bot.errors import ModelError, ProcessError
from bot.logs import configure_logs
from bot.settings import ROOT, get_settings
from bot.store.outcomes import Outcome, outcome_of
from bot.training import MODEL


@dataclass(frozen=True)
class Reply:
    """What one message led to. ``ms``: from message in to last line out. ``actions``: in order, housekeeping left out."""

    outcome: Outcome
    actions: tuple[str, ...]
    messages: tuple[dict[str, Any], ...]
    confidence: float
    language: str
    ms: float
    slots: dict[str, Any] = field(default_factory=dict)


class Engine:
    """Talks to a loaded agent; one conversation per ``sender``."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def say(self, sender: str, text: str, metadata: dict[str, Any] | None = None) -> Reply:
        """Send one message and tell what the patient then saw."""
        output = MessageCollector()
        started = time.perf_counter()
        message = UserMessage(text, output, sender, input_channel="evaluation", metadata=metadata or {})
        await self._agent.handle_message(message)
        elapsed = (time.perf_counter() - started) * 1000
        assert self._agent.tracker_store is not None
        tracker = await self._agent.tracker_store.retrieve(sender)
        if tracker is None:
            raise ModelError("The conversation was not stored.")
        actions: list[str] = []
        parsed: dict[str, Any] = {}
        for event in reversed(tracker.events):
            if isinstance(event, UserUttered):
                parsed = event.parse_data or {}
                break
            if isinstance(event, ActionExecuted) and event.action_name not in ("action_listen", "action_extract_slots"):
                actions.append(event.action_name)
        slots = tracker.current_slot_values()
        gate = parsed.get("outcome_gate") or {}
        return Reply(
            outcome_of(actions[::-1], parsed, slots),
            tuple(actions[::-1]),
            tuple(output.messages),
            float(gate.get("confidence") or (parsed.get("intent") or {}).get("confidence") or 0.0),
            str(slots.get("language") or ""),
            round(elapsed, 2),
            slots,
        )


def free_port() -> int:
    """A port on loopback that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def engine(model: Path = MODEL) -> AsyncIterator[Engine]:
    """An engine with its own empty database and action server. Raises ModelError, ProcessError."""
    if not model.is_file():
        raise ModelError("There is no trained model: run `make train` first.")
    # Unconfigured, Rasa's structured logs would print every message.
    configure_logs(get_settings().copy(update={"log_level": "error"}))
    with tempfile.TemporaryDirectory(prefix="repere-") as folder:
        port = free_port()
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/evaluation.db", "REPERE_VAR_DIR": folder}
        from bot.store.database import upgrade

        upgrade(environment["DATABASE_URL"])
        # A file and no pipe: nobody would read the pipe, and a full one stops the server.
        log = Path(folder, "actions.log")
        with log.open("wb") as heard:
            server = subprocess.Popen(
                [sys.executable, "-m", "bot.action_server", "--port", str(port)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=heard,
            )
        try:
            await _until_ready(server, port, log)
            endpoints = AvailableEndpoints(
                action=EndpointConfig(f"http://127.0.0.1:{port}/webhook"),
                nlg=EndpointConfig(type="bot.dialogue.nlg.ResponseGenerator"),
            )
            agent = await load_agent(model, endpoints)
            if not agent.is_ready():
                raise ModelError("The trained model could not be loaded: run `make train` again.")
            yield Engine(agent)
        finally:
            server.terminate()
            server.wait(timeout=10)


async def _until_ready(server: subprocess.Popen[bytes], port: int, log: Path, limit: float = 60.0) -> None:
    import asyncio

    deadline = time.monotonic() + limit
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            if server.poll() is not None:
                reason = log.read_text(encoding="utf-8", errors="replace").strip()[-400:]
                raise ProcessError(f"The action server stopped at once: {reason}")
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/health", timeout=2)).status_code == 200:
                    return
            await asyncio.sleep(0.2)
    raise ProcessError("The action server did not become ready within a minute.")


def new_senders(rows: Sequence[Any]) -> list[str]:
    """A fresh conversation id for each row."""
    return [uuid.uuid4().hex for _ in rows]
