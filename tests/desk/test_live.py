"""Patient, bot and staff at once: real dialogue server, action server and desk, two browsers or more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.store.database import session_scope
from bot.store.models import Conversation
from tests.conftest import Product, Server, make_product
from tests.desk.pages import Tab, desk_of, hire, no_text_in, open_tab
from tests.widget.panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.engine]

RED = {
    "fr": "j'ai les comprimés devant moi, je vais tout avaler ce soir",
    "en": "I have the pills in front of me and I am going to take them all tonight",
}
ORDINARY = {"fr": "Quels traitements ?", "en": "Which treatments?"}
LINES = {
    "fr": (["Bonjour, je suis Amélie.", "Avez-vous pu appeler ?", "Je reste avec vous."],
           ["oui bonjour", "pas encore", "merci à vous"]),
    "en": (["Hello, I am Amélie.", "Were you able to call?", "I am staying with you."],
           ["yes hello", "not yet", "thanks to you"]),
}  # fmt: skip


@dataclass
class House:
    """The product with its desk."""

    product: Product
    desk: Server

    def conversation(self, identity: str) -> tuple[str, int | None]:
        """State and owner."""
        with session_scope(self.product.database_url, write=False) as session:
            row = session.get(Conversation, identity)
            assert row is not None
            return row.state, row.owner_id


@pytest.fixture(scope="module")
def house(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    product = make_product(tmp_path_factory.mktemp("house"), REPERE_DUTY_HOURS="24/7")
    hire(product.database_url)
    made = House(product, desk_of(product))
    try:
        product.actions.start()
        made.desk.start()
        product.bot.start()
        yield made
    finally:
        made.desk.kill()
        product.stop()


def patient(browser: Browser, house: House, language: str) -> Panel:
    """Somebody who has the demo page open and has consented."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="fr-FR" if language == "fr" else "en-GB"
    )
    return Panel(context.new_page(), language, house.product.bot.base).visit().begin()


def staff(browser: Browser, house: House, name: str, language: str = "fr") -> Tab:
    return open_tab(browser, house.desk.base, language).sign_in(name, language).go("/alerts")


def card(tab: Tab, identity: str) -> object:
    return tab.page.locator(f"form[action='/conversations/{identity}/claim'] button")


def talk_both_ways(panel: Panel, desk: Tab, language: str) -> None:
    """Three lines each way, answered in turn; all arrive in order on both sides."""
    from_staff, from_patient = LINES[language]
    for said, answered in zip(from_staff, from_patient, strict=True):
        desk.reply(said)
        expect(panel.find(".log [data-id] .body").last).to_contain_text(said)
        panel.send(answered)
        expect(desk.page.locator("#thread .line.from-patient .text").last).to_contain_text(answered)
    assert desk.said("staff")[-3:] == from_staff
    assert desk.said("patient")[-3:] == from_patient
    heard = panel.said()
    assert [text for text in heard if text in from_staff] == from_staff


def the_bot_answers(panel: Panel, desk: Tab, language: str) -> None:
    """An ordinary question gets a line of the bot again, on both sides."""
    lines = desk.page.locator("#thread .line.from-bot")
    before, heard = lines.count(), len(panel.said())
    panel.send(ORDINARY[language])
    expect(lines).not_to_have_count(before)
    expect(panel.find(".log [data-id]")).not_to_have_count(heard + 1)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_red_flag_to_person_and_back_to_the_bot(browser: Browser, house: House, language: str) -> None:
    panel = patient(browser, house, language)
    desk = staff(browser, house, "amelie", language)
    panel.send(ORDINARY[language])
    expect(panel.find(".log [data-id]:not(.me)")).not_to_have_count(0)
    panel.settled()
    before = desk.waiting.count()
    panel.send(RED[language])
    expect(panel.find(".log .safety")).to_be_visible()
    shown = time.monotonic()
    expect(desk.waiting).to_have_count(before + 1, timeout=2000)
    assert time.monotonic() - shown < 2
    identity = panel.conversation
    card(desk, identity).click()  # type: ignore[attr-defined]
    expect(desk.page.locator("#reply-text")).to_be_visible()
    # The patient is told that a person has come, and the bot says nothing more.
    expect(panel.find(".log")).to_contain_text("rejoint la conversation" if language == "fr" else "has joined")
    bot_lines = len(desk.said("bot"))
    talk_both_ways(panel, desk, language)
    assert len(desk.said("bot")) <= bot_lines + 1  # the line that says a person came may just have arrived
    silent = len(desk.said("bot"))
    desk.reply("x" * 3)
    expect(panel.find(".log [data-id] .body").last).to_contain_text("xxx")
    assert len(desk.said("bot")) == silent
    # The widget tells how far the lines came.
    expect(desk.page.locator(".delivery").last).to_have_text("Vu" if language == "fr" else "Seen")
    desk.page.locator("form[action$='/release'] button").click()
    expect(panel.find(".log")).to_contain_text("quitté la conversation" if language == "fr" else "has left")
    assert house.conversation(identity) == ("bot", None)
    the_bot_answers(panel, desk, language)
    assert desk.problems == []
    assert no_text_in(desk.asked, RED[language], *LINES[language][0], *LINES[language][1])
    desk.page.context.close()
    panel.page.context.close()


def test_a_new_flag_while_a_person_talks_is_answered_and_shown(browser: Browser, house: House) -> None:
    panel = patient(browser, house, "fr")
    desk = staff(browser, house, "amelie")
    panel.send("je voudrais parler à quelqu'un")
    expect(card(desk, panel.conversation)).to_be_visible()  # type: ignore[arg-type]
    card(desk, panel.conversation).click()  # type: ignore[attr-defined]
    expect(desk.page.locator("#reply-text")).to_be_visible()
    desk.reply("Bonjour.")
    expect(panel.find(".log")).to_contain_text("Bonjour.")
    panel.send(RED["fr"])
    expect(panel.find(".log .safety")).to_be_visible()
    expect(desk.page.locator("#thread .line.safety")).to_be_visible()
    expect(desk.page.locator("#status .chip-tier")).to_be_visible()
    assert house.conversation(panel.conversation)[0] == "human"
    desk.page.context.close()
    panel.page.context.close()


def test_two_agents_race_for_one_patient(browser: Browser, house: House) -> None:
    panel = patient(browser, house, "fr")
    desks = [staff(browser, house, "amelie"), staff(browser, house, "marc")]
    panel.send(RED["fr"])
    for desk in desks:
        expect(card(desk, panel.conversation)).to_be_visible()  # type: ignore[arg-type]
    # Both pages still show the button; the second click comes before the first is known there.
    desks[1].page.route("**/alerts/queue", lambda route: route.abort())
    card(desks[0], panel.conversation).click()  # type: ignore[attr-defined]
    card(desks[1], panel.conversation).click()  # type: ignore[attr-defined]
    expect(desks[0].page.locator("#reply-text")).to_be_visible()
    expect(desks[1].page.locator("#notice")).to_contain_text("Amelie a pris cette conversation avant vous")
    expect(desks[1].page.locator("#reply-text")).to_have_count(0)
    talk_both_ways(panel, desks[0], "fr")
    # The one who lost reads along.
    assert desks[1].said("staff")[-3:] == LINES["fr"][0]
    for desk in desks:
        desk.page.context.close()
    panel.page.context.close()


STILL_HERE = {"fr": "Je suis toujours là.", "en": "I am still here."}


def test_goes_on_after_the_dialogue_server_was_restarted(browser: Browser, house: House) -> None:
    talks = {
        language: (patient(browser, house, language), staff(browser, house, name, language))
        for language, name in (("fr", "amelie"), ("en", "marc"))
    }
    for language, (panel, desk) in talks.items():
        panel.send(RED[language])
        expect(panel.find(".log .safety")).to_be_visible()
        card(desk, panel.conversation).click()  # type: ignore[attr-defined]
        expect(desk.page.locator("#reply-text")).to_be_visible()
    house.product.bot.kill()
    for language, (_, desk) in talks.items():
        # What is said now is not lost: it stays on the desk as not sent.
        desk.reply(STILL_HERE[language])
        expect(desk.page.locator("#outbox .unsent")).to_contain_text(STILL_HERE[language])
    house.product.bot.start()
    for language, (panel, desk) in talks.items():
        expect(panel.find(".status")).to_have_text("", timeout=40_000)
        desk.page.locator("#outbox button").first.click()
        expect(desk.page.locator("#outbox .unsent")).to_have_count(0)
        expect(panel.find(".log [data-id] .body").last).to_contain_text(STILL_HERE[language], timeout=40_000)
        talk_both_ways(panel, desk, language)
        assert house.conversation(panel.conversation)[0] == "human"
        desk.page.locator("form[action$='/release'] button").click()
        expect(panel.find(".log")).to_contain_text("quitté la conversation" if language == "fr" else "has left")
        the_bot_answers(panel, desk, language)
        assert desk.said("staff").count(STILL_HERE[language]) == 1
        desk.page.context.close()
        panel.page.context.close()


def test_no_log_holds_what_was_said(house: House) -> None:
    for log in (house.desk.log, house.product.bot.log, house.product.actions.log):
        text = log.read_text(encoding="utf-8", errors="replace").lower()
        for word in ("comprim", "pills", "amélie.", "pas encore", "toujours là"):
            assert word not in text, (log.name, word)
