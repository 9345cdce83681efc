"""The one product of these tests. It is shared, since a dialogue server takes long to start; each test finds it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.survival.scene import TRACES, Scene


@pytest.fixture(scope="package")
def _shared(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("survival"))
    try:
        made.work()
        yield made
    finally:
        made.stop()


@pytest.fixture
def scene(_shared: Scene) -> Iterator[Scene]:
    """Everything works at the start. At the end no log holds a traceback."""
    _shared.work()
    before = {log: log.stat().st_size for log in _shared.logs}
    yield _shared
    printed = "\n".join(log.read_bytes()[start:].decode(errors="replace") for log, start in before.items())
    assert not [trace for trace in TRACES if trace in printed], printed[-4000:]
