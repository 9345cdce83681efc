"""Under the strictest policy, without a third party, and fast."""

from __future__ import annotations

import gzip
import time

import pytest
from playwright.sync_api import Browser, Route, expect

from bot.channels.widget_files import FILES
from tests.widget.conftest import Opened
from tests.widget.panel import Panel
from tests.widget_server import WidgetServer

pytestmark = [pytest.mark.browser, pytest.mark.server]

STRICTEST = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"


def strictly(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": STRICTEST})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_runs_under_the_strictest_policy(browser: Browser, server: WidgetServer, language: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=language)
    panel = Panel(context.new_page(), language, server.url)
    panel.page.route("**/demo/*", strictly)
    panel.visit().begin().ask().danger()
    panel.find(".strip button").click()
    panel.button("back").click()
    panel.menu("erase")
    panel.button("eraseYes").click()
    expect(panel.find(".page:visible h3")).to_have_text(panel.t("erased"))
    # The policy forbids the demo page's own style sheet and pictures, which the widget does without.
    own = [text for text in panel.problems if "page.css" not in text and ".svg" not in text]
    assert own == []
    assert panel.find(".panel").evaluate("e => getComputedStyle(e).display") == "flex"
    context.close()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_asks_nobody_else_for_anything(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask().danger()
    host = panel.url.removeprefix("http://")
    foreign = [url for url in panel.requests if host not in url]
    assert foreign == []
    assert panel.problems == []
    assert panel.page.context.cookies() == []


def test_it_weighs_at_most_25_kilobytes() -> None:
    assert len(gzip.compress(FILES["repere.js"][0].read_bytes(), 9)) <= 25_000


def test_the_panel_is_usable_within_a_second_of_the_click(opened: Opened) -> None:
    panel = opened("fr")
    before = time.monotonic()
    panel.find(".launcher").click()
    expect(panel.button("consentYes")).to_be_visible()
    assert time.monotonic() - before < 1.0
    before = time.monotonic()
    panel.button("consentYes").click()
    expect(panel.field).to_be_focused()
    assert time.monotonic() - before < 1.0
    panel.ask()
    panel.page.keyboard.press("Escape")
    before = time.monotonic()
    panel.find(".launcher").click()
    expect(panel.field).to_be_focused()
    assert time.monotonic() - before < 1.0
