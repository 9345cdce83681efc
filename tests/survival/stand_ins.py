"""Who stands around the product: the receiver of its pages, an action server that hangs, the watchdog's process."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.settings import ROOT


class Receiver:
    """A webhook's receiver on a port of its own. ``answer``: a status, or ``hang``."""

    def __init__(self) -> None:
        self.answer: int | str = 200
        self.requests: list[tuple[float, dict[str, Any], str]] = []
        self._let_go = threading.Event()
        self._server: http.server.ThreadingHTTPServer | None = None
        self.port = 0

    def start(self) -> None:
        """Listen, on the same port as before."""
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                receiver.requests.append((time.monotonic(), json.loads(body), self.headers.get("idempotency-key", "")))
                if receiver.answer == "hang":
                    receiver._let_go.wait(60)
                    return
                self.send_response(int(receiver.answer))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._let_go.clear()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be gone: connections are refused."""
        self._let_go.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def work(self) -> None:
        """Answer 200 from now on, and let go of who hangs."""
        self.answer = 200
        self._let_go.set()
        self._let_go = threading.Event()
        if self._server is None:
            self.start()

    def attempts_of(self, alert_id: int) -> list[float]:
        """When each attempt for this alert came."""
        return [at for at, body, _ in list(self.requests) if body["alert_id"] == alert_id]

    def pages_of(self, alert_id: int) -> set[str]:
        """The keys by which a receiver knows the pages of this alert, however often one was tried."""
        return {key for _, body, key in list(self.requests) if body["alert_id"] == alert_id}


@contextlib.contextmanager
def hanging(port: int) -> Iterator[None]:
    """A server on ``port`` that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
        listening.settimeout(0.1)
        held: list[socket.socket] = []
        stop = threading.Event()

        def hold() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    held.append(listening.accept()[0])

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            for connection in held:
                connection.close()


@dataclass
class Watchdog:
    """``python -m bot.safety.watchdog`` with the product's settings."""

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, unless it runs."""
        if is_up(self.process):
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "bot.safety.watchdog"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)
        self.process = None


def is_up(process: subprocess.Popen[bytes] | None) -> bool:
    return process is not None and process.poll() is None
