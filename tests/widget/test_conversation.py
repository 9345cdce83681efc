"""Whole conversations in the browser, against the real channel with a scripted bot."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import Opened
from tests.widget.keyboard import press_until
from tests.widget.panel import ASKS, FEVER, Panel
from tests.widget_server import WidgetServer

pytestmark = [pytest.mark.browser, pytest.mark.server]
BOTH = pytest.mark.parametrize("language", ["fr", "en"])


@BOTH
def test_a_whole_conversation_by_keyboard_alone(opened: Opened, language: str) -> None:
    panel = opened(language, width=1280, height=860)
    keyboard = panel.page.keyboard
    press_until(panel, ".launcher")
    keyboard.press("Enter")
    expect(panel.find(".page:visible h3")).to_be_focused()
    press_until(panel, ".page:not([hidden]) .main")
    keyboard.press("Enter")
    expect(panel.field).to_be_focused()
    keyboard.type(ASKS[language])
    keyboard.press("Enter")
    expect(panel.find(".line.answer")).to_be_visible()
    panel.settled()
    expect(panel.field).to_be_focused()
    press_until(panel, ".line.answer .quick button:first-child", "Shift+Tab")
    title = panel.find(".line.answer .quick button").first.inner_text()
    keyboard.press("Enter")
    expect(panel.find(".line.answer")).to_have_count(2)
    assert panel.said(".me") == [ASKS[language], title]
    panel.settled()
    keyboard.type(FEVER[language])
    keyboard.press("Enter")
    expect(panel.find(".log .safety")).to_be_visible()
    press_until(panel, ".log .safety .calls a:first-child", "Shift+Tab")
    assert panel.find(".log .safety .calls a").first.get_attribute("href") == "tel:15"
    keyboard.press("Escape")
    expect(panel.find(".launcher")).to_be_focused()
    assert panel.problems == []


@BOTH
def test_nothing_is_asked_of_the_server_before_consent(opened: Opened, language: str) -> None:
    panel = opened(language).open()
    expect(panel.find(".page:visible")).to_contain_text(panel.t("consentBot"))
    expect(panel.field).to_be_hidden()
    for number in ("15", "3114"):
        expect(panel.find(".strip")).to_contain_text(number)
    assert not [url for url in panel.requests if "token" in url or "socket.io" in url]
    panel.button("consentNo").click()
    expect(panel.find(".launcher")).to_be_focused()
    assert panel.page.evaluate("localStorage.length") == 0


@BOTH
def test_the_opening_questions_are_quick_replies(opened: Opened, language: str) -> None:
    panel = opened(language).begin()
    panel.button("suggest2").click()
    expect(panel.find(".line.answer")).to_be_visible()
    assert panel.said(".me") == [panel.t("suggest2")]
    expect(panel.button("suggest1")).to_have_count(0)


@BOTH
def test_a_reload_keeps_the_conversation(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.find(".line.answer .quick button").first.click()
    expect(panel.find(".line.answer")).to_have_count(2)
    panel.settled()
    panel.field.fill("à suivre")
    before = panel.said()
    panel.visit()
    expect(panel.lines).to_have_count(len(before))
    assert panel.said() == before
    expect(panel.field).to_have_value("à suivre")
    expect(panel.find(".line.answer .quick:visible")).to_have_count(1)
    panel.field.fill("")
    panel.ask()
    assert panel.said()[: len(before)] == before


@BOTH
def test_two_tabs_show_the_same_conversation(opened: Opened, language: str) -> None:
    one = opened(language).begin().ask()
    two = Panel(one.page.context.new_page(), language, one.url).visit().open()
    expect(two.lines).to_have_count(one.lines.count())
    two.danger()
    expect(one.find(".log .safety")).to_be_visible()
    one.settled()
    assert one.said() == two.said()


@BOTH
def test_the_switch_relabels_everything(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.field.fill("…")
    panel.find("header .plain").click()
    panel.language = "en" if language == "fr" else "fr"
    for selector, key in (
        ("header h2", "name"),
        (".title p", "role"),
        (".composer label", "field"),
        ("header .plain", "switch"),
        (".line.me .who b", "me"),
        (".line.answer .who b", "bot"),
        (".line.me .state", "sent"),
        (".useful > span:first-child", "useful"),
    ):
        expect(panel.find(selector).last).to_have_text(panel.t(key))
    expect(panel.find(".log")).to_have_attribute("aria-label", panel.t("log"))
    expect(panel.field).to_have_value("…")
    panel.ask()
    body = panel.find(".line.answer .body").last
    assert body.get_attribute("lang") == panel.language
    panel.visit()
    expect(panel.find(".title p")).to_have_text(panel.t("role"))


@BOTH
def test_every_answer_asks_whether_it_helped_once(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    expect(panel.find(".useful:visible")).to_have_count(1)
    panel.button("yes").click()
    expect(panel.find(".useful:visible")).to_have_text(panel.t("usefulDone"))
    expect(panel.lines).to_have_count(4)  # welcome, question, answer, thanks
    panel.settled()
    panel.visit()
    expect(panel.find(".useful:visible")).to_have_text(panel.t("usefulDone"))
    expect(panel.lines).to_have_count(4)


@BOTH
def test_the_safety_reply_is_announced_with_buttons_to_call_and_stays(opened: Opened, language: str) -> None:
    panel = opened(language).begin().danger()
    block = panel.find(".log .safety")
    assert block.get_attribute("role") == "alert"
    calls = block.locator(".calls a")
    assert [a.get_attribute("href") for a in calls.all()] == ["tel:15", "sms:114"]
    assert all(a.bounding_box()["height"] >= 44 for a in calls.all())  # type: ignore[index]
    panel.page.wait_for_timeout(600)  # the log scrolls smoothly
    top = block.bounding_box()["y"] - panel.find(".log").bounding_box()["y"]  # type: ignore[index]
    assert 0 <= top < 60  # its first line is on screen
    panel.ask()
    expect(block).to_be_visible()
    expect(block.locator(".quick:visible")).to_have_count(1)


@BOTH
def test_a_line_of_staff_arrives_within_a_second_while_the_bot_is_silent(
    opened: Opened, server: WidgetServer, language: str
) -> None:
    panel = opened(language).begin().ask()
    server.speak(panel.conversation, "Bonjour, je vous lis. Mon numéro : 01 23 45 67 89.", "Camille")
    expect(panel.find(".line.person")).to_be_visible(timeout=1_000)
    expect(panel.find(".line.person .who")).to_contain_text(f"Camille, {panel.t('person').lower()}")
    expect(panel.find(".line.person a")).to_have_attribute("href", "tel:0123456789")
    panel.send("Merci")
    # Danger alone makes it speak; its reply shows that the message before was passed over, not still on its way.
    panel.danger()
    assert panel.said()[-3:-1] == ["Merci", FEVER[language]]
    assert len(panel.said(".bot")) == 3


def test_a_line_for_a_closed_panel_is_counted_and_danger_opens_it(opened: Opened, server: WidgetServer) -> None:
    panel = opened("fr").begin().ask()
    panel.page.keyboard.press("Escape")
    server.speak(panel.conversation, "Bonjour.", "Camille")
    expect(panel.find(".badge")).to_have_text("1")
    assert panel.find(".launcher").get_attribute("aria-label") == panel.t("launcherUnread", n=1)
    panel.open()
    panel.page.keyboard.press("Escape")
    expect(panel.find(".badge")).to_be_hidden()
    other = Panel(panel.page.context.new_page(), "fr", panel.url).visit()
    other.open().danger()
    expect(panel.find(".panel")).to_be_visible()
    expect(panel.find(".log .safety")).to_be_visible()


@BOTH
def test_the_conversation_can_be_taken_away_as_text(opened: Opened, tmp_path: Path, language: str) -> None:
    panel = opened(language).begin().ask()
    with panel.page.expect_download() as waiting:
        panel.menu("download")
    assert waiting.value.suggested_filename == f"{panel.t('fileName')}.txt"
    waiting.value.save_as(tmp_path / "chat.txt")
    text = (tmp_path / "chat.txt").read_text(encoding="utf-8-sig")
    assert text.startswith(panel.t("fileTitle"))
    for line in panel.said():
        assert line.replace("\n", "") in text.replace("\n", "")
    assert panel.problems == []


@BOTH
def test_ending_erases_here_and_there(opened: Opened, server: WidgetServer, language: str) -> None:
    panel = opened(language).begin().ask()
    other = Panel(panel.page.context.new_page(), language, panel.url).visit().open()
    expect(other.lines).to_have_count(3)
    panel.page.bring_to_front()  # a tab in the background draws, and so takes clicks, once a second
    panel.menu("erase")
    expect(panel.find(".page:visible")).to_contain_text(panel.t("eraseAsk"))
    panel.button("cancel").click()
    expect(panel.lines).to_have_count(3)
    panel.menu("erase")
    panel.button("eraseYes").click()
    for tab in (panel, other):
        expect(tab.find(".page:visible h3")).to_have_text(panel.t("erased"))
        expect(tab.lines).to_have_count(0)
    assert panel.page.evaluate("Object.keys(localStorage)") == []
    panel.button("again").click()
    panel.button("consentYes").click()
    panel.ask()
    expect(panel.lines).to_have_count(3)


@BOTH
def test_another_country_has_its_own_numbers(opened: Opened, language: str) -> None:
    panel = opened(language).begin()
    panel.find(".strip button").click()
    panel.find("select").select_option("be")
    expect(panel.find(".strip a").first).to_have_attribute("href", "tel:112")
    expect(panel.find(".page:visible")).to_contain_text("0800 15 801")
    expect(panel.find(".page:visible")).not_to_contain_text("3114")
    panel.find("select").select_option("unknown")
    expect(panel.find(".strip a").first).to_have_attribute("href", "tel:112")
    expect(panel.find(".page:visible")).to_contain_text(panel.t("local112"))
    panel.find("select").select_option("be")
    panel.button("back").click()
    panel.danger()
    assert panel.find(".log .safety .calls a").first.get_attribute("href") == "tel:112"


@BOTH
def test_the_menu_leads_to_a_person_and_to_the_comment(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.menu("human")
    expect(panel.find(".line.notice")).to_be_visible()
    panel.menu("comment")
    assert panel.said(".me")[1:] == [panel.t("human"), panel.t("comment")]
    panel.settled()
    assert panel.problems == []


@BOTH
def test_the_form_of_the_page_sends_a_comment(opened: Opened, language: str) -> None:
    panel = opened(language, width=1280, height=860)
    page = panel.page
    state = page.locator("#form-state")
    page.locator("#comment-form button").click()
    expect(state).not_to_be_empty()
    page.locator("#comment-text").fill("x" * 1501)
    page.locator("#comment-form button").click()
    expect(state).to_contain_text("1501")
    page.locator("#comment-text").fill("Merci pour cet article.")
    page.locator("#comment-form button").click()
    sent = {"fr": "Merci. Commentaire envoyé pour approbation.", "en": "Thank you. Comment sent for approval."}
    expect(state).to_have_text(sent[language])
    expect(page.locator("#comment-text")).to_have_value("")
    page.route("**/comments", lambda route: route.abort())
    page.locator("#comment-text").fill("Encore")
    page.locator("#comment-form button").click()
    failed = {"fr": "Une erreur s’est produite, réessayez plus tard", "en": "Something is wrong, try again later"}
    expect(state).to_have_text(failed[language])
    expect(page.locator("#comment-text")).to_have_value("Encore")


@BOTH
def test_a_comment_of_danger_opens_the_chat_on_the_safety_reply(opened: Opened, language: str) -> None:
    panel = opened(language, width=1280, height=860)
    panel.page.locator("#comment-text").fill("Je veux mourir" if language == "fr" else "I want to die")
    panel.page.locator("#comment-form button").click()
    expect(panel.find(".log .safety")).to_be_visible()
    expect(panel.page.locator("#form-state")).to_have_attribute("data-kind", "danger")
    assert len(panel.said(".me")) == 1
