"""Server gone, network gone, token gone: said in words, nothing lost, nothing doubled, the numbers always there."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.channels.widget_tokens import Tokens
from tests.widget.conftest import Opened
from tests.widget.panel import ASKS, FEVER, Panel
from tests.widget_server import WidgetServer, free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.server]
BOTH = pytest.mark.parametrize("language", ["fr", "en"])
CATCHES_UP = 3_500  # ms until the widget has looked for missed lines once more; that look must double nothing


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WidgetServer]:
    with running(tmp_path_factory.mktemp("mortal"), MESSAGES_PER_MINUTE="20") as started:
        yield started


@pytest.fixture
def own(mortal: WidgetServer) -> WidgetServer:
    """A running server that the test may kill."""
    return mortal.start()


@pytest.fixture
def panels(opened: Opened, own: WidgetServer) -> list[Panel]:
    """A conversation in each language, with an answer in it, on the server that may be killed."""
    return [opened(language, url=own.url).begin().ask() for language in ("fr", "en")]


def block_shows(panel: Panel, emergency: str = "tel:15", crisis: str = "tel:3114") -> None:
    block = panel.find(".down")
    expect(block).to_contain_text(panel.t("downTitle"))
    assert block.get_attribute("role") == "alert"
    assert [a.get_attribute("href") for a in block.locator("a").all()] == [emergency, crisis]


def test_killed_and_restarted_it_loses_no_line_and_doubles_none(panels: list[Panel], own: WidgetServer) -> None:
    before = [panel.said() for panel in panels]
    own.kill()
    for panel in panels:
        expect(panel.status).to_have_text(panel.t("reconnecting"))  # for four seconds
    for panel in panels:
        panel.send(ASKS[panel.language])
        expect(panel.find(".me .state").last).to_have_text(panel.t("waiting"))
        block_shows(panel)
    for panel in panels:
        expect(panel.status).to_have_text(panel.t("down"))
        panel.field.fill("…")
    own.start()
    for panel, earlier in zip(panels, before):
        expect(panel.find(".line.answer")).to_have_count(2)
        panel.settled()
        expect(panel.find(".down")).to_be_hidden()
        expect(panel.field).to_have_value("…")
        after = panel.said()
        assert after[: len(earlier)] == earlier
        assert after[len(earlier)] == ASKS[panel.language]
        assert panel.said(".me") == [ASKS[panel.language]] * 2
        panel.visit()
        expect(panel.lines).to_have_count(len(after))
        assert panel.said() == after


def test_killed_between_message_and_reply_it_answers_once(panels: list[Panel], own: WidgetServer) -> None:
    for panel in panels:
        panel.send(f"slowly: {ASKS[panel.language]}")
    for panel in panels:
        expect(panel.find(".me .state").last).to_have_text(panel.t("sent"))
        expect(panel.status).to_have_text(panel.t("typingBot"))
    own.kill()
    own.start()
    for panel in panels:
        expect(panel.find(".line.answer")).to_have_count(2)
        panel.settled()
    panels[0].page.wait_for_timeout(CATCHES_UP)
    for panel in panels:
        assert len(panel.said(".me")) == 2
        assert len(panel.said(".bot")) == 3


def test_killed_after_it_spoke_the_second_answer_takes_the_place_of_the_first(
    opened: Opened, own: WidgetServer
) -> None:
    panel = opened("fr", url=own.url).begin().ask()
    panel.send("crash now")
    expect(panel.find(".line.answer")).to_have_count(2)
    assert own.ended(5)
    own.start()
    expect(panel.status).to_have_text(panel.t("back_online"))
    panel.page.wait_for_timeout(CATCHES_UP)
    assert len(panel.said(".bot")) == 3
    assert len(panel.said(".me")) == 2


def test_the_emergency_block_shows_when_the_server_is_dead_from_the_start(opened: Opened, own: WidgetServer) -> None:
    panels = [opened(language, url=own.url) for language in ("fr", "en")]
    own.kill()
    for panel in panels:
        panel.open()
        panel.button("consentYes").click()
        block_shows(panel)
        expect(panel.status).to_have_text(panel.t("down"))
        panel.send(ASKS[panel.language])
        expect(panel.find(".me .state")).to_have_text(panel.t("waiting"))
        panel.find(".down .plain").click()
        expect(panel.find(".page:visible")).to_contain_text("0 800 940 939")
        panel.button("back").click()
    own.start()
    for panel in panels:
        expect(panel.find(".line.answer")).to_be_visible()
        expect(panel.find(".down")).to_be_hidden()


@BOTH
def test_offline_is_said_and_what_is_written_leaves_later(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.page.context.set_offline(True)
    expect(panel.status).to_have_text(panel.t("offline"))
    block_shows(panel)
    panel.send(ASKS[language])
    expect(panel.find(".me .state").last).to_have_text(panel.t("waiting"))
    panel.page.context.set_offline(False)
    expect(panel.find(".line.answer")).to_have_count(2)
    panel.settled()
    assert len(panel.said(".me")) == 2


@BOTH
def test_what_waits_to_be_sent_survives_a_reload(opened: Opened, language: str) -> None:
    panel = opened(language).begin().ask()
    panel.page.context.set_offline(True)
    panel.send(ASKS[language])
    expect(panel.find(".me .state").last).to_have_text(panel.t("waiting"))
    panel.page.context.set_offline(False)
    panel.visit()
    expect(panel.find(".line.answer")).to_have_count(2)
    assert len(panel.said(".me")) == 2


@BOTH
def test_an_expired_token_is_said_and_a_new_conversation_takes_the_unsent(
    opened: Opened, server: WidgetServer, language: str
) -> None:
    panel = opened(language).begin().ask()
    old = Tokens("a secret of the tests, long enough to sign", 24, clock=lambda: time.time() - 25 * 3600)
    put_token(panel.page, old.issue(panel.conversation).token)
    panel.visit()
    expect(panel.status).to_have_text(panel.t("expired"))
    expect(panel.field).to_be_hidden()
    panel.page.keyboard.press("Escape")
    panel.open()
    expect(panel.button("renew")).to_be_focused()
    panel.button("renew").click()
    expect(panel.field).to_be_focused()
    panel.ask()
    panel.settled()


@pytest.mark.parametrize("kind", ["forged", "foreign"])
def test_a_forged_or_foreign_token_opens_nothing(opened: Opened, kind: str) -> None:
    victim = opened("fr").begin().ask()
    panel = opened("fr").begin().ask()
    own_token = panel.page.evaluate("JSON.parse(localStorage.getItem('repere.pass')).token")
    panel.page.evaluate(
        "([token, conversation]) => localStorage.setItem('repere.pass', JSON.stringify({token, conversation}))",
        [own_token if kind == "foreign" else own_token[:-2] + "AA", victim.conversation],
    )
    panel.visit()
    expect(panel.status).to_have_text(panel.t("expired"))
    expect(panel.lines).to_have_count(0)


def put_token(page: Page, token: str) -> None:
    page.evaluate(
        "token => { const pass = JSON.parse(localStorage.getItem('repere.pass'));"
        "localStorage.setItem('repere.pass', JSON.stringify({...pass, token})) }",
        token,
    )


@contextlib.contextmanager
def other_site(port: int, body: str) -> Iterator[str]:
    """Another website, on its own port of this machine, that has one page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{port}"
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def host_page(browser: Browser, server: WidgetServer, port: int, language: str) -> Iterator[Panel]:
    """A page of another website with the widget's one script tag and nothing else."""
    tag = (
        f'<script src="{server.url}/webhooks/widget/repere.js" data-lang="{language}" data-country="be" async></script>'
    )
    page = f'<!doctype html><html lang="{language}"><title>x</title><link rel="icon" href="data:,"><h1>x</h1>{tag}'
    with other_site(port, page) as site:
        context = browser.new_context(viewport={"width": 360, "height": 740})
        panel = Panel(context.new_page(), language, site)
        panel.page.goto(site)
        expect(panel.find(".launcher")).to_be_visible()
        yield panel
        context.close()


@BOTH
def test_a_foreign_origin_is_refused_in_words(browser: Browser, server: WidgetServer, language: str) -> None:
    with host_page(browser, server, free_port(), language) as panel:
        panel.open()
        panel.button("consentYes").click()
        expect(panel.status).to_have_text(panel.t("refusedOrigin"))
        block_shows(panel, "tel:112", "tel:080032123")
        assert panel.page.evaluate("localStorage.getItem('repere.pass')") is None


@BOTH
def test_one_script_tag_is_enough_on_a_site_that_is_listed(
    browser: Browser, server: WidgetServer, listed_port: int, language: str
) -> None:
    with host_page(browser, server, listed_port, language) as panel:
        panel.begin().ask()
        expect(panel.find(".strip a").first).to_have_attribute("href", "tel:112")
        assert panel.problems == []


def test_where_websocket_is_forbidden_it_polls(opened: Opened, own: WidgetServer) -> None:
    panels = [opened(language, url=own.url) for language in ("fr", "en")]
    for panel in panels:
        panel.page.add_init_script(
            "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 10) } close() {} }"
        )
        panel.visit().begin().ask()
        panel.danger()
        assert any("transport=polling" in url for url in panel.requests)
    own.kill()
    for panel in panels:
        expect(panel.status).not_to_be_empty()
    own.start()
    for panel in panels:
        panel.ask()
        assert len(panel.said(".me")) == 3


def test_too_many_messages_are_kept_and_leave_by_themselves(opened: Opened, own: WidgetServer) -> None:
    panel = opened("fr", url=own.url).begin()
    for number in range(21):
        panel.send(f"Quels traitements ? {number}")
    expect(panel.find("#error")).to_have_text(panel.t("tooMany"))
    expect(panel.find(".line.me")).to_have_count(21)
    expect(panel.find(".line.answer")).to_have_count(21)
    expect(panel.find("#error")).to_be_empty()
    assert panel.said(".me") == [f"Quels traitements ? {number}" for number in range(21)]


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=\"document.title='harmed'\">",
        "<script>document.title='harmed'</script>",
        "[x](javascript:document.title='harmed') javascript:alert(1)",
        "\u202e\u0000\ud83d\ude00 \u200b{{7*7}} ${7*7}",
    ],
)
def test_markup_is_text(opened: Opened, text: str) -> None:
    panel = opened("fr").begin()
    panel.send(text)
    expect(panel.find(".line.bot").last).to_be_visible()
    panel.settled()
    panel.visit()
    expect(panel.find(".line.me")).to_be_visible()
    assert "harmed" not in panel.page.title()
    assert panel.find(".log img, .log script, .log .me a").count() == 0
    assert panel.problems == []


@BOTH
def test_a_hundred_kilobytes_do_no_harm_and_are_kept(opened: Opened, language: str) -> None:
    panel = opened(language).begin()
    panel.send("x" * 100_000)
    expect(panel.find("#error")).to_have_text(panel.t("tooLong", n=100_000, max=4000))
    expect(panel.field).to_have_attribute("aria-invalid", "true")
    assert len(panel.field.input_value()) == 100_000
    assert panel.find(".line.me").count() == 0
    panel.field.fill("")
    panel.ask()
    assert panel.problems == []


@BOTH
def test_a_message_over_the_limit_is_the_server_s_to_judge(opened: Opened, language: str) -> None:
    panel = opened(language).begin()
    story = "blah " * 1100
    panel.send(story)
    expect(panel.find(".line.me .state[data-state=failed]")).to_be_visible()
    expect(panel.find(".log .safety")).to_have_count(0)
    # Kept, to be shortened.
    assert panel.field.input_value().strip() == story.strip()
    panel.send(f"{story} {FEVER[language]} {story}")
    expect(panel.find(".log .safety")).to_be_visible()
    assert panel.problems == []


def test_a_line_of_staff_with_markup_is_text(opened: Opened, server: WidgetServer) -> None:
    panel = opened("fr").begin().ask()
    server.speak(panel.conversation, "<b>gras</b> https://example.org/a?b=1. javascript:alert(1)", "<i>C</i>")
    expect(panel.find(".line.person .body")).to_have_text("<b>gras</b> https://example.org/a?b=1. javascript:alert(1)")
    link = panel.find(".line.person a")
    expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_storage_may_be_forbidden(opened: Opened) -> None:
    panel = opened("fr")
    panel.page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        "Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    panel.visit().begin().ask()
    assert panel.problems == []
