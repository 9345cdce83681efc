"""Starting the whole product under one process manager, and saying what happens in plain sentences."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from honcho.manager import Manager
from honcho.printer import Printer
from rich.console import Console

from bot.errors import ProcessError
from bot.settings import ROOT, Settings, get_settings
from bot.store.database import upgrade
from bot.training import train_apart

READY_WITHIN = 180.0


@dataclass(frozen=True)
class Part:
    """One process: ``health`` is the address that answers 200 once it is ready, None for one that serves nobody."""

    name: str
    module: str
    port: int | None
    health: str | None


def parts_of(settings: Settings) -> tuple[Part, ...]:
    """The processes of the product."""
    base = f"http://{settings.host}"
    return (
        Part("bot", "bot.dialogue_server", settings.port, f"{base}:{settings.port}/webhooks/widget/health"),
        Part("actions", "bot.action_server", settings.action_port, f"{base}:{settings.action_port}/health"),
        Part("watchdog", "bot.safety.watchdog", None, None),
        Part("desk", "bot.desk", settings.desk_port, f"{base}:{settings.desk_port}/health"),
    )


class _Parts(Manager):
    """``ended``: the processes that stopped before anybody asked them to."""

    ended: tuple[str, ...] = ()

    def terminate(self) -> None:
        """Ask all to stop. Ctrl-C may come before every process has told its number: then a moment later."""
        if not self._all_started():
            threading.Timer(0.2, self.terminate).start()
            return
        if not self._terminating:
            self.ended = tuple(name for name, held in self._processes.items() if "returncode" in held)
        super().terminate()


def run_all() -> int:
    """Train if needed, start everything, wait until it is ready; returns the exit status when all has stopped.

    Raises ProcessError for a busy port, ModelError for failed training, StoreUnavailable without a database.
    """
    settings = get_settings()
    console = Console(stderr=True, highlight=False)
    parts = parts_of(settings)
    _refuse_busy_ports(parts, settings.host)
    upgrade()
    _train(console)
    _first_user(console)
    manager = _Parts(Printer(sys.stderr))
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    for part in parts:
        manager.add_process(part.name, f"exec {sys.executable} -m {part.module}", env=environment, cwd=str(ROOT))
    stop = threading.Event()
    watcher = threading.Thread(target=_announce, args=(console, parts, settings, stop), daemon=True)
    watcher.start()
    manager.loop()
    stop.set()
    if manager.ended:
        console.print(f"repere: {', '.join(manager.ended)} stopped by itself, so everything was stopped.")
        return int(manager.returncode or 1)
    return int(manager.returncode or 0)


def _refuse_busy_ports(parts: tuple[Part, ...], host: str) -> None:
    for part in parts:
        if part.port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, part.port))
            except OSError as error:
                setting = {"bot": "REPERE_PORT", "actions": "REPERE_ACTION_PORT", "desk": "REPERE_DESK_PORT"}[part.name]
                raise ProcessError(
                    f"Port {part.port} ({part.name}) is in use: stop what uses it, or set {setting}."
                ) from error


def _train(console: Console) -> None:
    with console.status("Training the model (a minute or two, only when something changed)…"):
        seconds = train_apart()
    console.print(f"Model trained in {seconds:.0f} s." if seconds else "Model is up to date.")


def _first_user(console: Console) -> None:
    from bot.desk.commands import first_user

    made = first_user()
    if made is not None:
        name, password = made
        console.print(f"First user of the desk: {name}, password {password} (shown only now).", markup=False)


def _announce(console: Console, parts: tuple[Part, ...], settings: Settings, stop: threading.Event) -> None:
    waiting = {part.name: part.health for part in parts if part.health}
    deadline = time.monotonic() + READY_WITHIN
    while waiting and not stop.is_set() and time.monotonic() < deadline:
        for name, address in list(waiting.items()):
            if _answers(str(address)):
                del waiting[name]
                console.print(f"{name} is ready." + (f" Waiting for {', '.join(waiting)}…" if waiting else ""))
        stop.wait(0.5)
    if stop.is_set():
        return
    if waiting:
        console.print(
            f"repere: {', '.join(waiting)} did not become ready within {READY_WITHIN:.0f} s; see the lines above."
        )
        return
    base = f"http://{settings.host}"
    console.print(
        f"\nRepère is running (Ctrl-C stops it).\n"
        f"  demo page  {base}:{settings.port}/\n"
        f"  desk       {base}:{settings.desk_port}/\n"
        f"  REST       {base}:{settings.port}/webhooks/rest/webhook\n",
        markup=False,
    )


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:  # noqa: S310  (our own http addresses)
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
