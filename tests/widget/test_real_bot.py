"""The same things with the trained model and Rasa's own server behind the widget."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from bot.store import handoff
from bot.store.database import session_scope
from tests.conftest import Product
from tests.widget.keyboard import press_until
from tests.widget.panel import ASKS, FEVER, Panel

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.engine]
STAFF = 1


@pytest.fixture
def panels(browser: Browser, product: Product) -> Iterator[list[Panel]]:
    """The demo page of the running product, in each language."""
    contexts = [browser.new_context(viewport={"width": 1280, "height": 860}, locale=code) for code in ("fr", "en")]
    yield [Panel(context.new_page(), code, product.bot.base).visit() for context, code in zip(contexts, ("fr", "en"))]
    for context in contexts:
        context.close()


def speak(product: Product, conversation: str, text: str) -> None:
    """A line of staff, the way the desk sends it."""
    sent = httpx.post(
        f"{product.bot.base}/conversations/{conversation}/tracker/events",
        params={
            "token": product.environment["REPERE_RASA_TOKEN"],
            "output_channel": "latest",
            "execute_side_effects": "true",
            "include_events": "NONE",
        },
        json={
            "event": "bot",
            "text": text,
            "data": {"custom": None},
            "metadata": {"sender": "staff", "staff_id": STAFF, "staff_name": "Camille"},
        },
        timeout=30,
    )
    sent.raise_for_status()


def test_a_whole_conversation_by_keyboard_alone(panels: list[Panel]) -> None:
    for panel in panels:
        keyboard = panel.page.keyboard
        press_until(panel, ".launcher")
        keyboard.press("Enter")
        press_until(panel, ".page:not([hidden]) .main")
        keyboard.press("Enter")
        expect(panel.field).to_be_focused()
        keyboard.type(ASKS[panel.language])
        keyboard.press("Enter")
        expect(panel.find(".line.answer")).to_be_visible()
        panel.settled()
        press_until(panel, ".line.answer .quick button:first-child", "Shift+Tab")
        title = panel.find(".line.answer .quick button").first.inner_text()
        keyboard.press("Enter")
        expect(panel.find(".line.answer")).to_have_count(2)
        panel.settled()
        expect(panel.field).to_be_focused()
        keyboard.type(FEVER[panel.language])
        keyboard.press("Enter")
        expect(panel.find(".log .safety")).to_be_visible()
        panel.settled()
        press_until(panel, ".log .safety .calls a:first-child", "Shift+Tab")
        assert panel.said(".me") == [ASKS[panel.language], title.replace("\u00a0", " "), FEVER[panel.language]]
        before = panel.said()
        panel.visit()
        expect(panel.lines).to_have_count(len(before))
        assert panel.said() == before
        assert panel.problems == []


def test_killed_and_restarted_it_loses_no_line_and_doubles_none(panels: list[Panel], product: Product) -> None:
    before = [panel.begin().ask().said() for panel in panels]
    product.bot.kill()
    for panel in panels:
        panel.send(ASKS[panel.language])
        expect(panel.find(".me .state").last).to_have_text(panel.t("waiting"))
        expect(panel.find(".down")).to_contain_text(panel.t("downTitle"))
    product.bot.start()
    for panel, earlier in zip(panels, before):
        expect(panel.find(".line.answer")).to_have_count(2)
        panel.settled()
        after = panel.said()
        assert after[: len(earlier)] == earlier
        assert panel.said(".me") == [ASKS[panel.language]] * 2
        panel.visit()
        expect(panel.lines).to_have_count(len(after))
        assert panel.said() == after


def test_a_line_of_staff_arrives_within_a_second_while_the_bot_is_silent(panels: list[Panel], product: Product) -> None:
    thanks = {"fr": "Merci à vous", "en": "Thank you"}
    for panel in panels:
        panel.begin().ask()
        with session_scope(product.database_url) as session:
            assert handoff.step_in(session, panel.conversation, STAFF)
        speak(product, panel.conversation, "Camille.")
        expect(panel.find(".line.person")).to_be_visible(timeout=1_000)
        bot_said = panel.said(".bot")
        panel.send(thanks[panel.language])
        # Danger alone makes it speak; its reply shows that the message before was passed over, not still on its way.
        panel.danger()
        said = panel.said()
        assert said[said.index(thanks[panel.language]) + 1] == FEVER[panel.language]
        assert panel.said(".bot")[: len(bot_said)] == bot_said
