"""Processes of the bench: measured, and gone at the end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from bot.bench.processes import Process
from bot.errors import ProcessError

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


def start(code: str, tmp_path: Path) -> Process:
    return Process("The helper", [sys.executable, "-c", code], tmp_path / "log", os.environ)


def until_it_speaks(process: Process) -> None:
    deadline = time.monotonic() + 20
    while not process.last_line() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_memory_now_and_at_its_peak(tmp_path: Path) -> None:
    process = start("b = bytearray(80 << 20); del b; print('ready'); import time; time.sleep(60)", tmp_path)
    try:
        until_it_speaks(process)
        memory = process.memory()
        assert memory.resident < 60
        assert 80 < memory.peak < 140
    finally:
        process.stop()


def test_processor_time_is_not_time_gone_by(tmp_path: Path) -> None:
    code = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass\nprint('x'); time.sleep(60)"
    process = start(code, tmp_path)
    try:
        until_it_speaks(process)
        first = process.processor_seconds()
        time.sleep(0.3)
        assert 0.5 <= first < 2
        assert process.processor_seconds() - first < 0.1
    finally:
        process.stop()


def test_ends_with_what_it_started(tmp_path: Path) -> None:
    process = start(f"{CHILD}", tmp_path)
    deadline = time.monotonic() + 20
    children: list[str] = []
    pid = process._process.pid
    while not children and time.monotonic() < deadline:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        time.sleep(0.02)
    assert children
    process.stop()
    assert process.returncode is not None
    deadline = time.monotonic() + 5
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{children[0]}/exe").exists()


def test_one_that_died_is_named_with_its_last_words(tmp_path: Path) -> None:
    process = start("print('no model'); raise SystemExit(3)", tmp_path)
    while process.returncode is None:
        time.sleep(0.02)
    with pytest.raises(ProcessError, match=r"The helper stopped by itself \(status 3\): no model"):
        process.memory()
    process.stop()
