"""axe-core in every state, and what axe cannot see: size, zoom, contrast modes, order of focus."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import Opened
from tests.widget.panel import Panel
from tests.widget_server import WidgetServer

pytestmark = [pytest.mark.browser, pytest.mark.server]
BOTH = pytest.mark.parametrize("language", ["fr", "en"])
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def closed(panel: Panel) -> None:
    pass


def consent(panel: Panel) -> None:
    panel.open()


def start(panel: Panel) -> None:
    panel.begin()


def answered(panel: Panel) -> None:
    panel.begin().ask()


def rated(panel: Panel) -> None:
    panel.begin().ask().button("yes").click()
    expect(panel.find(".useful:visible")).to_have_text(panel.t("usefulDone"))


def emergency(panel: Panel) -> None:
    panel.begin().danger()


def numbers(panel: Panel) -> None:
    panel.begin().find(".strip button").click()


def menu(panel: Panel) -> None:
    panel.begin().find(f"header button[aria-label='{panel.t('menu')}']").click()


def erase(panel: Panel) -> None:
    panel.begin().menu("erase")


def ended(panel: Panel) -> None:
    erase(panel)
    panel.button("eraseYes").click()
    expect(panel.find(".page:visible h3")).to_have_text(panel.t("erased"))


def offline(panel: Panel) -> None:
    panel.begin().ask()
    panel.page.context.set_offline(True)
    expect(panel.find(".down")).to_be_visible()


def too_long(panel: Panel) -> None:
    panel.begin().field.fill("x" * 5000)


def expired(panel: Panel) -> None:
    panel.begin()
    panel.settled()
    panel.page.evaluate("localStorage.setItem('repere.pass', JSON.stringify({token: 'old', conversation: 'w-1'}))")
    panel.visit()
    expect(panel.status).to_have_text(panel.t("expired"))


def commenting(panel: Panel) -> None:
    panel.page.locator("#comment-form button").click()
    expect(panel.page.locator("#form-state")).not_to_be_empty()


STATES = [
    closed,
    consent,
    start,
    answered,
    rated,
    emergency,
    numbers,
    menu,
    erase,
    ended,
    offline,
    too_long,
    expired,
    commenting,
]


def violations(panel: Panel, axe: str) -> list[str]:
    panel.page.wait_for_timeout(300)
    panel.page.evaluate(axe)
    run = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
    found: dict[str, Any] = panel.page.evaluate(run, RULES)
    return [
        f"{violation['id']} ({violation['impact']}): {[node['target'] for node in violation['nodes']][:3]}"
        for violation in found["violations"]
    ]


@BOTH
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(opened: Opened, axe: str, state: Callable[[Panel], None], language: str) -> None:
    panel = opened(language)
    state(panel)
    assert violations(panel, axe) == []


@BOTH
def test_axe_finds_nothing_with_staff(opened: Opened, axe: str, server: WidgetServer, language: str) -> None:
    panel = opened(language, width=1280, height=860).begin().ask()
    server.speak(panel.conversation, "Bonjour, appelez le 01 23 45 67 89.", "Camille")
    expect(panel.find(".line.person")).to_be_visible()
    assert violations(panel, axe) == []


@pytest.mark.parametrize("state", [closed, consent, answered, emergency, offline], ids=lambda state: state.__name__)
def test_axe_finds_nothing_in_the_dark(opened: Opened, axe: str, state: Callable[[Panel], None]) -> None:
    panel = opened("fr", color_scheme="dark")
    state(panel)
    assert panel.find(".panel").evaluate("element => getComputedStyle(element).colorScheme") == "dark"
    assert violations(panel, axe) == []


def overflow(panel: Panel) -> list[str]:
    """What is wider than the window, or cut off sideways."""
    script = """() => {
      const found = [];
      const look = root => root.querySelectorAll('*').forEach(element => {
        if (element.shadowRoot) look(element.shadowRoot);
        const box = element.getBoundingClientRect();
        if (box.width <= 1 || !element.checkVisibility()) return; // hidden, or for screen readers only
        const name = element.tagName + '.' + element.className;
        if (box.right > innerWidth + 1 || box.left < -1) found.push(name + ' ' + box.left + '–' + box.right);
        if (getComputedStyle(element).overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1) found.push(name + ' cut');
      });
      look(document);
      if (document.documentElement.scrollWidth > innerWidth) found.push('page ' + document.documentElement.scrollWidth);
      return found;
    }"""
    found: list[str] = panel.page.evaluate(script)
    return found


# 640 × 360 is a window of 1280 × 720 at 200 % zoom; 320 wide is 1280 at 400 %.
SIZES = [(320, 568), (360, 740), (640, 360), (1280, 860)]


@BOTH
@pytest.mark.parametrize(
    "state", [closed, consent, answered, emergency, numbers, menu, offline], ids=lambda state: state.__name__
)
def test_in_every_window_nothing_is_cut_and_one_can_read_and_write(
    opened: Opened, state: Callable[[Panel], None], language: str
) -> None:
    panel = opened(language)
    state(panel)
    for width, height in SIZES:
        panel.page.set_viewport_size({"width": width, "height": height})
        assert overflow(panel) == [], (width, height)
        if state in (answered, emergency, offline):
            log, field = panel.find(".log").bounding_box(), panel.field.bounding_box()
            assert log is not None
            assert field is not None
            assert log["height"] >= 60, (width, height)
            assert field["y"] + field["height"] <= height + 1, (width, height)


@BOTH
@pytest.mark.parametrize("height", [600, 860])
def test_beside_the_article_nothing_covers_anything(opened: Opened, language: str, height: int) -> None:
    page = opened(language, width=1280, height=height).page
    for share in (0, 0.5, 1):
        where = "{top: share * document.documentElement.scrollHeight, behavior: 'instant'}"
        page.evaluate(f"share => scrollTo({where})", share)
        boxes = [page.locator(part).bounding_box() for part in (".contents", ".urgent", "footer")]
        edges = [(box["y"], box["y"] + box["height"]) for box in boxes if box]
        assert len(edges) == 3
        assert edges == sorted(edges)
        assert all(upper[1] <= lower[0] for upper, lower in pairwise(edges))


@BOTH
def test_targets_are_large_enough_for_a_thumb(opened: Opened, language: str) -> None:
    panel = opened(language).begin().danger()
    panel.ask()
    small = []
    for control in panel.find("button:visible, a.call:visible, .strip a:visible, textarea:visible").all():
        box = control.bounding_box()
        if box and (box["height"] < 44 or box["width"] < 44):
            small.append((control.inner_text(), box["width"], box["height"]))
    assert small == []
    strip = panel.find(".strip").bounding_box()
    assert strip is not None
    assert strip["height"] < 60  # the numbers take one row, whatever the language
    send = panel.find(".send").bounding_box()
    assert send is not None
    assert send["x"] > 260  # where the right thumb is


def test_forced_colours_keep_every_border(opened: Opened) -> None:
    panel = opened("fr", forced_colors="active").begin().danger()
    for selector in (".me .body", ".log .safety", ".log .safety a.call", "textarea", ".send"):
        width = panel.find(selector).first.evaluate("element => parseFloat(getComputedStyle(element).borderTopWidth)")
        assert width >= 1, selector


def test_reduced_motion_moves_nothing(opened: Opened) -> None:
    behaviour = "element => getComputedStyle(element).scrollBehavior"
    assert opened("fr", reduced_motion="reduce").begin().find(".log").evaluate(behaviour) == "auto"
    assert opened("fr", reduced_motion="no-preference").begin().find(".log").evaluate(behaviour) == "smooth"


def test_colours_can_be_the_sites_own(opened: Opened) -> None:
    panel = opened("fr")
    panel.page.evaluate("document.documentElement.style.setProperty('--repere-accent', 'rgb(90, 20, 80)')")
    assert panel.find(".launcher").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(90, 20, 80)"


def test_on_a_phone_the_page_behind_cannot_be_reached(opened: Opened) -> None:
    panel = opened("fr").begin()
    for _ in range(30):
        panel.page.keyboard.press("Tab")
        inside = panel.page.evaluate("['REPERE-CHAT', 'BODY'].includes(document.activeElement.tagName)")
        assert inside


def test_escape_closes_the_innermost_thing_first(opened: Opened) -> None:
    panel = opened("fr").begin()
    menu_button = panel.find(f"header button[aria-label='{panel.t('menu')}']")
    menu_button.click()
    expect(panel.find(".menu button").first).to_be_focused()
    panel.page.keyboard.press("Escape")
    expect(panel.find(".menu")).to_be_hidden()
    expect(menu_button).to_be_focused()
    panel.page.keyboard.press("Escape")
    expect(panel.find(".panel")).to_be_hidden()


@BOTH
def test_history_is_not_read_aloud_and_what_is_new_is(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.visit()
    log = panel.find(".log")
    expect(panel.lines).to_have_count(3)
    assert log.get_attribute("role") == "log"
    panel.page.wait_for_timeout(700)
    assert log.get_attribute("aria-live") is None  # polite again, as a log is
    panel.ask()
    assert panel.find(".me .state").first.get_attribute("aria-live") == "off"
