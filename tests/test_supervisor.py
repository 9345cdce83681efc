"""`repere run`: everything starts together, stops together, and says in plain words what happened."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import supervisor
from bot.errors import ModelError, ProcessError
from bot.settings import ROOT, load_settings
from bot.supervisor import Part, parts_of
from tests.receivers import free_port

# The parts under the supervisor's real process manager, as small programs. `stays` serves its health address.
PROGRAMS = {
    "stays": """
import http.server, os, pathlib, sys
pathlib.Path(os.environ["PIDS"], "stays").write_text(str(os.getpid()))
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["HEALTH"])), Health).serve_forever()
""",
    "works": """
import os, pathlib, time
pathlib.Path(os.environ["PIDS"], "works").write_text(str(os.getpid()))
time.sleep(120)
""",
    "dies": "import sys, time; time.sleep(0.5); sys.exit(3)",
    "leaves": "import time; time.sleep(0.5)",
}
MAIN = """
import sys
from bot import supervisor
from bot.cli import app
from bot.supervisor import Part
names, port = sys.argv[1].split(","), int(sys.argv[2])
def parts(settings):
    health = {"stays": f"http://127.0.0.1:{port}/"}
    return tuple(Part(name, f"part_{name}", None, health.get(name)) for name in names)
supervisor.parts_of = parts
supervisor.train_apart = lambda: 0.0
supervisor._first_user = lambda console: None
app(["run"])
"""


@dataclass
class Running:
    """The command under test and the folder in which its parts leave their process numbers."""

    process: subprocess.Popen[str]
    pids: Path

    def alive(self) -> list[str]:
        """Names of the parts that are still there."""
        found = []
        for path in self.pids.iterdir():
            try:
                os.kill(int(path.read_text()), 0)
            except (ProcessLookupError, ValueError):
                continue
            found.append(path.name)
        return sorted(found)

    def started(self, *names: str) -> None:
        """Wait until these parts run."""
        deadline = time.monotonic() + 20
        while self.alive() != sorted(names):
            assert time.monotonic() < deadline, self.process.communicate(timeout=5)
            time.sleep(0.05)

    def ended(self) -> tuple[int, str]:
        """Exit status and what was printed; nothing of it is left running."""
        _, printed = self.process.communicate(timeout=20)
        assert self.alive() == []
        return self.process.returncode, printed


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    """Starts the command with some parts."""
    for name, program in PROGRAMS.items():
        (tmp_path / f"part_{name}.py").write_text(program, encoding="utf-8")
    (tmp_path / "main.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "pids").mkdir()
    begun: list[subprocess.Popen[str]] = []

    def begin(*names: str) -> Running:
        port = free_port()
        environment = {
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
            "PIDS": str(tmp_path / "pids"),
            "HEALTH": str(port),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'run.db'}",
            "COLUMNS": "200",
        }
        process = subprocess.Popen(
            [sys.executable, str(tmp_path / "main.py"), ",".join(names), str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return Running(process, tmp_path / "pids")

    yield begin
    for process in begun:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=20)
        if process.stderr is not None:
            process.stderr.close()


@pytest.mark.parametrize(("name", "status"), [("dies", 3), ("leaves", 1)])
def test_one_that_stops_by_itself_is_named_and_ends_all(start: object, name: str, status: int) -> None:
    running = start("works", name)  # type: ignore[operator]
    code, printed = running.ended()
    assert code == status
    assert f"repere: {name} stopped by itself, so everything was stopped." in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_stops_all(start: object, how: signal.Signals, status: int) -> None:
    running = start("works", "stays")  # type: ignore[operator]
    running.started("works", "stays")
    time.sleep(1.2)
    running.process.send_signal(how)
    code, printed = running.ended()
    assert code == status
    assert "stopped by itself" not in printed
    assert "Traceback" not in printed
    # The address of the demo page is printed once all that can be asked are ready.
    assert "stays is ready." in printed
    assert "Repère is running (Ctrl-C stops it)." in printed
    assert "/webhooks/rest/webhook" in printed


def test_ctrl_c_in_the_very_beginning(start: object) -> None:
    running = start("works", "works2")  # type: ignore[operator]
    deadline = time.monotonic() + 20
    while not running.alive() and running.process.poll() is None:
        assert time.monotonic() < deadline
    running.process.send_signal(signal.SIGINT)
    _, printed = running.ended()
    assert "Traceback" not in printed.replace("No module named", "")


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("setting", "name"), [("REPERE_PORT", "bot"), ("REPERE_ACTION_PORT", "actions"), ("REPERE_DESK_PORT", "desk")]
)
def test_a_busy_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch, busy: int, setting: str, name: str) -> None:
    from bot.cli import app

    for other in ("REPERE_PORT", "REPERE_ACTION_PORT", "REPERE_DESK_PORT"):
        monkeypatch.setenv(other, str(busy if other == setting else free_port()))
    monkeypatch.setattr(supervisor, "upgrade", lambda: pytest.fail("nothing is done while a port is busy"))
    done = CliRunner(mix_stderr=False).invoke(app, ["run"])
    assert done.exit_code == 1
    assert done.stderr == f"repere: Port {busy} ({name}) is in use: stop what uses it, or set {setting}.\n"
    assert done.stdout == ""


def test_failed_training_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.cli import app

    def fail() -> float:
        raise ModelError("Training failed: no reason")

    monkeypatch.setattr(supervisor, "_refuse_busy_ports", lambda *_: None)
    monkeypatch.setattr(supervisor, "upgrade", lambda: None)
    monkeypatch.setattr(supervisor, "train_apart", fail)
    done = CliRunner(mix_stderr=False).invoke(app, ["run"])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "repere: Training failed: no reason"


def test_the_parts_of_the_product() -> None:
    parts = parts_of(load_settings(port=1, action_port=2, desk_port=3, host="127.0.0.9"))
    assert {part.name: part.port for part in parts} == {"bot": 1, "actions": 2, "watchdog": None, "desk": 3}
    for part in parts:
        assert (part.health is None) is (part.port is None)
        assert part.health is None or part.health.startswith(f"http://127.0.0.9:{part.port}/")
        assert (ROOT / f"{part.module.replace('.', '/')}.py").is_file() or (
            ROOT / part.module.replace(".", "/") / "__main__.py"
        ).is_file()


def test_a_free_port_is_no_problem() -> None:
    supervisor._refuse_busy_ports((Part("bot", "x", free_port(), None), Part("watchdog", "y", None, None)), "127.0.0.1")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ProcessError):
            supervisor._refuse_busy_ports((Part("desk", "x", other.getsockname()[1], None),), "127.0.0.1")
