"""The widget as a patient handles it: what to press, what to read."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from bot.settings import ROOT

TEXTS = {
    language: json.loads((ROOT / "bot" / "widget" / "src" / f"texts.{language}.json").read_text(encoding="utf-8"))
    for language in ("fr", "en")
}
# One of the questions that the widget itself suggests: the real bot must answer it outright too.
ASKS = {language: texts["suggest2"] for language, texts in TEXTS.items()}
FEVER = {"fr": "J’ai 39 de fièvre", "en": "I have a fever of 39"}
# Long enough for a loaded machine; what has to be fast is measured where it matters.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


class Panel:
    """One tab on the demo page. ``problems``: what the browser complained about."""

    def __init__(self, page: Page, language: str, url: str) -> None:
        self.page = page
        self.language = language
        self.url = url
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._complain(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _complain(self, kind: str, text: str) -> None:
        # A server that is gone on purpose makes the browser say so.
        if (
            kind in ("error", "warning")
            and "Failed to load resource" not in text
            and "WebSocket connection" not in text
        ):
            self.problems.append(text)

    def t(self, key: str, **values: Any) -> str:
        text: str = TEXTS[self.language][key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def visit(self) -> Panel:
        self.page.goto(f"{self.url}/webhooks/widget/demo/{self.language}")
        expect(self.find(".launcher:visible, .panel:visible")).to_have_count(1)
        return self

    def find(self, selector: str) -> Locator:
        return self.page.locator(f"repere-chat {selector}")

    def button(self, key: str) -> Locator:
        return self.find("button:visible").filter(has_text=self.t(key))

    @property
    def field(self) -> Locator:
        return self.find("textarea")

    @property
    def status(self) -> Locator:
        return self.find(".status")

    @property
    def lines(self) -> Locator:
        return self.find(".log [data-id]")

    def said(self, who: str = "") -> list[str]:
        return [
            text.replace("\u00a0", " ").strip() for text in self.find(f".log [data-id]{who} .body").all_inner_texts()
        ]

    def open(self) -> Panel:
        self.find(".launcher").click()
        expect(self.find(".panel")).to_be_visible()
        return self

    def begin(self) -> Panel:
        """Open and consent."""
        self.open()
        self.button("consentYes").click()
        expect(self.field).to_be_focused()
        return self

    def send(self, text: str) -> Panel:
        self.field.fill(text)
        self.field.press("Enter")
        return self

    def ask(self) -> Panel:
        """A question and its answer; in a new conversation the welcome comes first."""
        before = self.find(".line.answer").count()
        self.send(ASKS[self.language])
        expect(self.find(".line.answer")).to_have_count(before + 1)
        self.settled()
        return self

    def settled(self) -> None:
        """Every message of the patient is with the server, and nobody is writing."""
        expect(self.find(".state:not([data-state=sent])")).to_have_count(0)
        expect(self.status).to_have_text("")

    def danger(self) -> Panel:
        self.send(FEVER[self.language])
        expect(self.find(".log .safety")).to_be_visible()
        self.settled()
        return self

    def menu(self, key: str) -> None:
        self.find(f"header button[aria-label='{self.t('menu')}']").click()
        self.find(".menu button").filter(has_text=self.t(key)).click()

    @property
    def conversation(self) -> str:
        found = self.page.evaluate("JSON.parse(localStorage.getItem('repere.pass')).conversation")
        return str(found)
