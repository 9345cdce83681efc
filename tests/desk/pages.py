"""The desk in a browser, as staff handle it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from bot.desk import passwords
from bot.store import staff
from bot.store.database import session_scope
from tests.conftest import Product, Server

PASSWORD = "une phrase assez longue"
PATIENCE = 15_000
PEOPLE = {"amelie": "agent", "marc": "agent", "lea": "reviewer", "chef": "admin"}


def hire(url: str) -> None:
    """Somebody of each role, all with the same password."""
    hashed = passwords.hash_password(PASSWORD)
    with session_scope(url) as session:
        for name, role in PEOPLE.items():
            staff.add(session, name=name, role=role, password_hash=hashed, display_name=name.capitalize())


def desk_of(product: Product) -> Server:
    """The product's desk, not started."""
    port = int(product.environment["REPERE_DESK_PORT"])
    log = product.bot.log.with_name("desk.log")
    return Server("bot.desk", port, product.environment, log, "/health")


class Tab:
    """One tab of one person's browser. ``problems``: what the browser complained about. ``asked``: addresses."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.problems: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._complain(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def _complain(self, kind: str, text: str) -> None:
        # A desk that is gone on purpose makes the browser say so.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.problems.append(text)

    def go(self, path: str) -> Tab:
        """Open a page."""
        self.page.goto(self.base + path)
        return self

    def sign_in(self, name: str, language: str = "fr") -> Tab:
        """Sign in through the form, and choose a language."""
        self.go("/sign-in")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form.stack button")
        expect(self.page.locator("nav")).to_be_visible()
        if self.page.locator("html").get_attribute("lang") != language:
            self.page.click(f".who button[lang={language}]")
            expect(self.page.locator("html")).to_have_attribute("lang", language)
        return self

    def tab(self) -> Tab:
        """Another tab of the same browser."""
        return Tab(self.page.context.new_page(), self.base)

    def said(self, who: str = "") -> list[str]:
        """Texts of the thread, of patient, bot or staff."""
        lines = self.page.locator(f"#thread .line{'.from-' + who if who else ''} > .text")
        return [" ".join(text.split()) for text in lines.all_inner_texts()]

    def reply(self, text: str) -> None:
        """Write a line to the patient."""
        self.page.fill("#reply-text", text)
        self.page.press("#reply-text", "Control+Enter")

    @property
    def waiting(self) -> Any:
        """Cards of conversations that wait."""
        return self.page.locator("#queue section").first.locator(".alert")


def open_tab(browser: Browser, base: str, language: str = "fr", **more: Any) -> Tab:
    """A fresh browser profile."""
    size = more.pop("size", (1280, 860))
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="fr-FR" if language == "fr" else "en-GB", **more
    )
    return Tab(context.new_page(), base)


def no_text_in(addresses: list[str], *texts: str) -> bool:
    """Whether none of the texts' words stands in an address."""
    words = {word for text in texts for word in re.findall(r"\w{5,}", text.lower())}
    return not [address for address in addresses if any(word in address.lower() for word in words)]
