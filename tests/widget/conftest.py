"""Debian's chromium and a running channel for the tests that look at the widget as a patient does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from bot.settings import ROOT
from tests.conftest import missing
from tests.widget.panel import Panel
from tests.widget_server import WidgetServer, free_port, running

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]
SOURCES = ROOT / "bot" / "widget"

Opened = Callable[..., Panel]


@pytest.fixture(scope="package")
def listed_port() -> int:
    """Port of another website whose origin the server allows."""
    return free_port()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, listed_port: int) -> Iterator[WidgetServer]:
    """The one server of these tests, with a scripted bot; nobody kills it."""
    with running(tmp_path_factory.mktemp("widget"), WIDGET_ORIGINS=f"http://localhost:{listed_port}") as started:
        yield started


# Not for the whole session: while Playwright's own event loop lives, no asynchronous test can run.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing("Chromium is not installed (Debian package: chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, server: WidgetServer) -> Iterator[Opened]:
    """``opened("fr", width=360, …)``: the demo page in a fresh browser profile."""
    contexts = []

    def open_page(
        language: str = "fr", *, url: str | None = None, height: int = 740, width: int = 360, **more: Any
    ) -> Panel:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="fr-FR" if language == "fr" else "en-GB", **more
        )
        contexts.append(context)
        return Panel(context.new_page(), language, url or server.url).visit()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def node() -> Path:
    """The widget's folder with its development packages installed from the lock."""
    npm = shutil.which("npm")
    if npm is None:
        missing("Node.js is not installed (Debian packages: nodejs npm)")
    if not (SOURCES / "node_modules" / ".package-lock.json").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=SOURCES, check=True, capture_output=True)
    return SOURCES


@pytest.fixture(scope="session")
def axe(node: Path) -> str:
    """Source of axe-core."""
    return (node / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
