"""Processes of the bench: started with their output in a file, measured through /proc, always ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ProcessError
from bot.settings import ROOT

STOP_WITHIN = 20.0
_MEGABYTE = 1024 * 1024
# What Rasa and TensorFlow would say to a terminal or to their makers.
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True)
class Memory:
    """Of a process and its children, MB (2^20 bytes): resident now, and the sum of their peaks (VmHWM)."""

    resident: float
    peak: float


class Process:
    """One process. ``log``: the file that keeps what it prints."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as heard:
            self._process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env={**environment, **QUIET},
                stdin=subprocess.DEVNULL,
                stdout=heard,
                stderr=subprocess.STDOUT,
                # Its own group, so that whatever it starts ends with it.
                start_new_session=True,
            )

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def memory(self) -> Memory:
        """What it takes now. Raises ProcessError when it has ended."""
        resident = peak = 0.0
        for pid in _with_children(self._process.pid):
            status = _status(pid)
            resident += status.get("VmRSS", 0.0)
            peak += status.get("VmHWM", 0.0)
        if not resident:
            raise self.ended()
        return Memory(resident, peak)

    def processor_seconds(self) -> float:
        """Processor time that it and its children have used so far; what else the machine does hardly changes it."""
        return sum(_processor(pid) for pid in _with_children(self._process.pid))

    def ended(self) -> ProcessError:
        """The error that says how it ended, with the last line it printed."""
        return ProcessError(f"{self.name} stopped by itself (status {self.returncode}): {self.last_line() or 'silent'}")

    def last_line(self) -> str:
        """The last line it printed; a progress bar counts as many lines."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4000))
            text = log.read().decode("utf-8", errors="replace").replace("\r", "\n")
        return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")

    def stop(self) -> None:
        """End it and what it started; does nothing when it has ended."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait(timeout=STOP_WITHIN)
        self._signal(signal.SIGKILL)

    def _signal(self, what: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, what)
        except ProcessLookupError:
            return


def megabytes(path: Path) -> float:
    """Size of a file, MB (2^20 bytes)."""
    return path.stat().st_size / _MEGABYTE


def _status(pid: int) -> dict[str, float]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    # "VmRSS:    12345 kB"
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}


def _processor(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    # After the name in brackets: user and system time are the 12th and 13th of what follows.
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            listed = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue
        found.extend(int(child) for child in listed.split())
    return found
