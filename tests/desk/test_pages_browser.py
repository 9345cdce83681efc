"""A real desk process in a real browser: accessible, live, usable without a mouse and without scripts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from bot.store import comments, handoff, judgements, presence, remarks
from bot.store.database import session_scope
from bot.store.models import Turn
from tests.conftest import Server, make_product
from tests.desk.conversations import write_conversation
from tests.desk.pages import Tab, desk_of, hire, no_text_in, open_tab
from tests.widget.conftest import axe, node  # noqa: F401

pytestmark = pytest.mark.browser

SECRET = "les comprimés sont alignés devant moi"
LINES = [
    ("patient", "bonjour, pourquoi ce cancer résiste"),
    ("bot", "Ses cellules ont changé."),
    ("patient", SECRET),
    ("bot", "Appelez le 15 maintenant.", {"utter_action": "utter_safety_C1"}),
]


# What makes the page scroll sideways, for the message of a failing test.
WIDER_THAN_THE_PAGE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 1)
    .map((element) => `${element.tagName}.${element.className}`);
}"""


@dataclass
class Place:
    """A running desk with its database and conversations by kind."""

    server: Server
    url: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    product = make_product(tmp_path_factory.mktemp("desk"), REPERE_DUTY_HOURS="24/7")
    url = product.database_url
    hire(url)
    ids = {
        "red": write_conversation(url, LINES, tier="C1", evidence=["comprimes alignes"]),
        "mine": write_conversation(url, [*LINES, ("staff", "Bonjour, êtes-vous là ?")], tier="E1"),
        "calm": write_conversation(url, [("patient", "une question sur la fin de vie")], tier="C6"),
        "plain": write_conversation(url, [("patient", "merci à vous"), ("patient", "/causes")]),
    }
    with session_scope(url) as session:
        handoff.claim(session, ids["mine"], 1)
        remarks.add_note(session, ids["mine"], staff_id=1, staff_name="Amelie", text="une note")
        remarks.tag(session, ids["plain"], "mot", staff_id=1)
        turn = session.query(Turn).filter_by(conversation_id=ids["plain"]).first()
        assert turn is not None
        judgements.judge(session, turn.id, "wrong_topic", staff_id=3, expected="thanks")
        for text in ("Merci.", "Écrivez à ann@example.org"):
            comments.submit(session, conversation_id=None, text=text, display_name=None, language="fr")
    server = desk_of(product)
    try:
        yield Place(server.start(), url, ids)
    finally:
        server.kill()


def pages_of(desk: Place) -> list[tuple[str, str]]:
    """(who, path) of every page."""
    return [
        ("", "/sign-in"),
        ("amelie", "/alerts"),
        ("amelie", f"/conversations/{desk.ids['mine']}"),
        ("amelie", f"/conversations/{desk.ids['red']}"),
        ("amelie", "/figures"),  # refused
        ("lea", f"/conversations/{desk.ids['plain']}"),
        ("lea", "/review"),
        ("lea", "/comments"),
        ("lea", "/comments?status=approved"),
        ("lea", "/figures"),
        ("chef", "/replies"),
        ("chef", "/staff"),
        ("chef", "/audit"),
        ("chef", "/privacy"),
        ("chef", "/account"),
        ("chef", "/nowhere"),
    ]


AXE = """async (rules) => {
  const options = {resultTypes: ["violations"], ...(rules ? {runOnly: rules} : {})};
  const found = (await axe.run(document, options)).violations;
  return found.map((one) => [one.id, one.nodes.map((node) => node.target.join(" "))]);
}"""
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_accessible_and_fits(
    browser: Browser,
    axe: str,  # noqa: F811
    desk: Place,
    language: str,
) -> None:
    people: dict[str, Tab] = {}
    for who, path in pages_of(desk):
        if who not in people:
            # axe is put into the page by the test, which the desk's own policy rightly forbids.
            people[who] = open_tab(browser, desk.server.base, language, bypass_csp=True)
            if who:
                people[who].sign_in(who, language)
        tab = people[who].go(path)
        expect(tab.page.locator("html")).to_have_attribute("lang", language)
        tab.page.evaluate(axe)
        for size in (DESKTOP, PHONE):
            tab.page.set_viewport_size(size)  # type: ignore[arg-type]
            open_everything(tab)
            assert tab.page.evaluate(AXE) == [], (path, size)
            assert tab.page.evaluate(WIDER_THAN_THE_PAGE) == [], (path, size)
        # In the dark only the colours are others.
        tab.page.emulate_media(color_scheme="dark")
        tab.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        assert tab.page.evaluate(AXE, ["color-contrast"]) == [], (path, "dark")
        tab.page.emulate_media(color_scheme="light")
        assert tab.page.locator("h1").count() == 1, path
        assert tab.problems == [], path
    for tab in people.values():
        tab.page.context.close()


def open_everything(tab: Tab) -> None:
    """Unfold whatever the page keeps folded at this width."""
    for summary in tab.page.locator("main details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_alert_is_there_within_two_seconds_without_reload(
    browser: Browser,
    desk: Place,
    language: str,
) -> None:
    tab = open_tab(browser, desk.server.base, language).sign_in("amelie", language).go("/alerts")
    tab.page.click("#sound")
    expect(tab.page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    expect(tab.page).to_have_title(tab.page.title())
    before, rang = tab.waiting.count(), int(tab.page.locator("body").get_attribute("data-rang") or 0)
    loaded = len([address for address in tab.asked if address.endswith("/alerts")])
    identity = write_conversation(desk.url, [("patient", f"{SECRET} {language}")], tier="C1", evidence=["alignes"])
    written = time.monotonic()
    expect(tab.waiting).to_have_count(before + 1, timeout=2000)
    assert time.monotonic() - written < 2
    assert len([address for address in tab.asked if address.endswith("/alerts")]) == loaded
    expect(tab.page.locator("#nav-count")).to_have_text(str(before + 1 + tab.page.locator("#h-calm").count()))
    assert tab.page.title().startswith("(")
    assert int(tab.page.locator("body").get_attribute("data-rang") or 0) > rang
    with session_scope(desk.url) as session:
        handoff.claim(session, identity, 2)
    expect(tab.waiting).to_have_count(before, timeout=2000)
    assert tab.problems == []
    tab.page.context.close()


def test_many_tabs_share_one_stream_and_all_hear(browser: Browser, desk: Place) -> None:
    first = open_tab(browser, desk.server.base).sign_in("amelie")
    tabs = [first.go("/alerts"), *(first.tab().go("/alerts") for _ in range(8))]
    before = first.waiting.count()
    identity = write_conversation(desk.url, [("patient", "encore")], tier="E0")
    for tab in tabs:
        expect(tab.waiting).to_have_count(before + 1, timeout=4000)
    assert not [address for tab in tabs[1:] for address in tab.asked if address.endswith("/live")]
    # The tab with the stream is closed: another one takes over.
    first.page.close()
    with session_scope(desk.url) as session:
        handoff.claim(session, identity, 2)
    for tab in tabs:
        if tab is not first:
            expect(tab.waiting).to_have_count(before, timeout=6000)
    first.page.context.close()


def test_thread_grows_live_and_keeps_what_is_being_written(browser: Browser, desk: Place) -> None:
    identity = desk.ids["mine"]
    tab = open_tab(browser, desk.server.base).sign_in("amelie").go(f"/conversations/{identity}")
    tab.page.fill("#reply-text", "je commence à écrire")
    with session_scope(desk.url) as session:
        presence.note_typing(session, identity, on=True)
    expect(tab.page.locator("#typing")).to_have_text("Le patient écrit…", timeout=3000)
    lines = tab.page.locator("#thread .line")
    before = lines.count()
    for number in range(3):
        write_conversation(
            desk.url, [("patient", f"ligne vivante {number}")], id=identity, at=time.time() + number / 10
        )
    expect(lines).to_have_count(before + 3, timeout=3000)
    assert tab.said("patient")[-3:] == [f"ligne vivante {number}" for number in range(3)]
    expect(tab.page.locator("#reply-text")).to_have_value("je commence à écrire")
    # Nobody is there to take it: the line stays visible as not sent.
    tab.page.press("#reply-text", "Control+Enter")
    expect(tab.page.locator("#outbox")).to_contain_text("je commence à écrire", timeout=5000)
    tab.page.click("#outbox button >> nth=1")
    expect(tab.page.locator("#outbox .unsent")).to_have_count(0)
    assert tab.problems == []
    tab.page.context.close()


def test_ready_reply_fills_the_field(browser: Browser, desk: Place) -> None:
    tab = open_tab(browser, desk.server.base).sign_in("amelie").go(f"/conversations/{desk.ids['mine']}")
    tab.page.click(".canned summary")
    tab.page.click(".canned [data-fill] >> nth=0")
    assert tab.page.locator("#reply-text").input_value().startswith("Bonjour, je fais partie de l’équipe")
    tab.page.context.close()


def test_review_by_keyboard_search_judge_and_save(browser: Browser, desk: Place) -> None:
    tab = open_tab(browser, desk.server.base).sign_in("lea").go("/review")
    tab.page.fill("#search", "comprimes align")
    expect(tab.page.locator(".result")).not_to_have_count(0)
    expect(tab.page.locator(".result").first).to_contain_text(SECRET)
    tab.page.fill("#search", "aucunmotpareil")
    expect(tab.page.locator("#results")).to_contain_text("Aucune conversation ne correspond")
    tab.page.select_option("[name=language]", "fr")
    tab.page.click(".save-view summary")
    tab.page.fill("[name=view_name]", "Français")
    tab.page.click("button[data-native]")
    expect(tab.page.locator(".views")).to_contain_text("Français")
    tab.go(f"/conversations/{desk.ids['red']}")
    judge = tab.page.locator(".judge").first
    judge.locator("summary").click()
    judge.get_by_label("Mauvais sujet").check()
    judge.locator("select").select_option("causes")
    judge.locator("button").click()
    expect(tab.page.locator(".judge summary").first).to_contain_text("Mauvais sujet")
    assert tab.problems == []
    assert no_text_in(tab.asked, SECRET, "aucunmotpareil")
    tab.page.context.close()


def test_says_when_it_is_out_of_date_and_recovers(browser: Browser, desk: Place) -> None:
    tab = open_tab(browser, desk.server.base).sign_in("amelie").go("/alerts")
    expect(tab.page.locator("#stale")).to_be_hidden()
    tab.page.wait_for_timeout(1500)
    before = tab.waiting.count()
    desk.server.kill()
    expect(tab.page.locator("#stale")).to_contain_text("Connexion perdue", timeout=20_000)
    identity = write_conversation(desk.url, [("patient", "pendant la panne")], tier="C1")
    desk.server.start()
    expect(tab.waiting).to_have_count(before + 1, timeout=20_000)
    expect(tab.page.locator("#stale")).to_be_hidden()
    with session_scope(desk.url) as session:
        handoff.claim(session, identity, 2)
    tab.page.context.close()


def test_forms_work_without_scripts(browser: Browser, desk: Place) -> None:
    identity = write_conversation(desk.url, [("patient", "sans script")], tier="E0")
    tab = open_tab(browser, desk.server.base, java_script_enabled=False).sign_in("amelie").go("/alerts")
    tab.page.locator(f"form[action='/conversations/{identity}/claim'] button").click()
    expect(tab.page.locator("#composer")).to_contain_text("Votre message")
    tab.page.locator("form[action$='/notes'] textarea").fill("note sans script")
    tab.page.locator("form[action$='/notes'] button").click()
    expect(tab.page.locator("#notes")).to_contain_text("note sans script")
    tab.page.locator("select[name=outcome]").select_option("false_alarm")
    tab.page.locator("form[action$='/close'] button").click()
    expect(tab.page.locator("#status")).to_contain_text("Fausse alerte")
    tab.page.context.close()


def test_log_of_the_process_holds_nothing_anybody_wrote(desk: Place) -> None:
    log = desk.server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "desk" in log
    for word in ("comprim", "aligné", "vivante", "commence", "ann@example", "note sans", "une phrase assez"):
        assert word not in log, word
    assert "traceback" not in log
