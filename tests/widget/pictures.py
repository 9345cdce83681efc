"""Takes the pictures of docs/images: ``python -m tests.widget.pictures``. Look at every one before committing them."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from bot.settings import ROOT
from tests.widget.conftest import ARGUMENTS, CHROMIUM
from tests.widget.panel import Panel
from tests.widget.test_accessibility import STATES
from tests.widget_server import WidgetServer, running

SIZES = {"phone": (360, 740), "desktop": (1280, 860)}
TARGET = ROOT / "docs" / "images"
LARGEST = 150_000  # bytes of one picture


def staff(panel: Panel, server: WidgetServer) -> None:
    panel.begin().ask()
    spoken = {
        "fr": "Bonjour, je vous lis. Que puis-je faire pour vous ?",
        "en": "Hello, I can read you. How can I help?",
    }
    server.speak(panel.conversation, spoken[panel.language], "Camille")
    expect(panel.find(".line.person")).to_be_visible()


def down(panel: Panel, server: WidgetServer) -> None:
    panel.begin().ask()
    server.kill()
    expect(panel.find(".down")).to_be_visible()
    expect(panel.status).to_have_text(panel.t("down"))
    panel.send({"fr": "Et les essais cliniques ?", "en": "What about clinical trials?"}[panel.language])


def dark(panel: Panel, server: WidgetServer) -> None:
    panel.page.emulate_media(color_scheme="dark")
    panel.begin().ask()


def forced(panel: Panel, server: WidgetServer) -> None:
    panel.page.emulate_media(forced_colors="active")
    panel.begin().danger()


def quick(panel: Panel, server: WidgetServer) -> None:
    """The foot of an answer: what may be asked next, and whether it helped."""
    panel.begin().ask()
    to_end(panel)


def page_whole(panel: Panel, server: WidgetServer) -> None:
    """The demo page from top to bottom."""


def page_dark(panel: Panel, server: WidgetServer) -> None:
    panel.page.emulate_media(color_scheme="dark")


def to_end(panel: Panel) -> None:
    panel.find(".log").evaluate("log => { log.scrollTop = log.scrollHeight }")


EXTRA: list[Callable[[Panel, WidgetServer], None]] = [quick, staff, dark, forced, page_whole, page_dark, down]


def take(browser: Browser, server: WidgetServer, size: str, language: str, wanted: set[str]) -> None:
    width, height = SIZES[size]

    def panel() -> Panel:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Europe/Paris",
            has_touch=size == "phone",
        )
        return Panel(context.new_page(), language, server.url).visit()

    for state in STATES:
        if not wanted or state.__name__ in wanted:
            shown = panel()
            state(shown)
            save(shown, f"widget-{state.__name__}-{size}-{language}", whole=False)
    for extra in EXTRA:
        if not wanted or extra.__name__ in wanted:
            shown = panel()
            extra(shown, server)
            save(shown, f"widget-{extra.__name__}-{size}-{language}", whole=extra in (page_whole, page_dark))


def save(panel: Panel, name: str, *, whole: bool) -> None:
    if whole:  # as a window that is high enough: what is fixed to its corner then stands at the end
        height = panel.page.evaluate("document.documentElement.scrollHeight")
        panel.page.set_viewport_size({"width": panel.page.viewport_size["width"], "height": height})
    panel.page.wait_for_timeout(1_500)  # until nothing scrolls any more
    taken = Image.open(io.BytesIO(panel.page.screenshot(animations="disabled"))).convert("RGB")
    (TARGET / f"{name}.png").write_bytes(fitting(taken))
    panel.page.context.close()


def fitting(picture: Image.Image) -> bytes:
    """The picture as PNG within the limit: with fewer colours first, smaller if need be."""
    while True:
        for colours in (256, 128):
            held = io.BytesIO()
            picture.quantize(colours, kmeans=2, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
            if held.tell() <= LARGEST:
                return held.getvalue()
        picture = picture.resize((picture.width * 5 // 6, picture.height * 5 // 6), Image.Resampling.LANCZOS)


def main(wanted: set[str]) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size in SIZES:
            for language in ("fr", "en"):
                with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
                    take(browser, server, size, language, wanted)
        browser.close()


if __name__ == "__main__":
    main(set(sys.argv[1:]))
