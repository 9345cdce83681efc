"""The texts of bot/domain, read without Rasa: for the check, and for processes that speak outside a turn."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from bot.content.source import LANGUAGES, ROOT, Entry, Language, read
from bot.errors import ContentError

PLACEHOLDER = re.compile(r"{([^\n{}]+)}")


@dataclass(frozen=True)
class Button:
    """A button: what the patient sees, and the payload it sends (``/intent``)."""

    title: str
    payload: str


@dataclass(frozen=True)
class Variation:
    """The text of a response in one language."""

    text: str
    buttons: tuple[Button, ...]

    def filled(self, **values: str) -> str:
        """The text with its placeholders filled.

        Raises ContentError when a placeholder has no value: a patient must never read a bare one.
        """
        missing = [name for name in PLACEHOLDER.findall(self.text) if name not in values]
        if missing:
            raise ContentError(f"No value for {{{missing[0]}}} in the text “{self.text[:40]}…”.")
        return PLACEHOLDER.sub(lambda match: values[match.group(1)], self.text)

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the placeholders in text, button titles and payloads."""
        parts = [self.text, *(button.title + button.payload for button in self.buttons)]
        return frozenset(name for part in parts for name in PLACEHOLDER.findall(part))


@dataclass(frozen=True)
class Response:
    """A response. ``variations`` may lack a language; the content check reports it."""

    id: str
    where: str
    file: str
    variations: dict[Language, Variation]

    def in_(self, language: Language) -> Variation:
        """The variation for ``language``. Raises ContentError when it is missing."""
        if language not in self.variations:
            raise ContentError(f"{self.where}: {self.id} has no text for {language}.")
        return self.variations[language]


def _language_of(response: str, variation: Entry) -> Language:
    conditions = variation.entries("condition")
    if len(conditions) == 1 and conditions[0].text("type") == "slot" and conditions[0].text("name") == "language":
        value = conditions[0].text("value")
        for language in LANGUAGES:
            if value == language:
                return language
    raise ContentError(f"{variation.where}: a variation of {response} needs one condition, slot language fr or en.")


def _variations(response: str, entry: Entry) -> dict[Language, Variation]:
    found: dict[Language, Variation] = {}
    for variation in entry.entries(response):
        language = _language_of(response, variation)
        if language in found:
            raise ContentError(f"{variation.where}: {response} has two texts for {language}.")
        buttons = variation.entries("buttons") if variation.has("buttons") else ()
        found[language] = Variation(
            text=variation.text("text"),
            buttons=tuple(Button(button.text("title"), button.text("payload")) for button in buttons),
        )
    return found


@functools.lru_cache(maxsize=8)
def load_responses(root: Path = ROOT) -> dict[str, Response]:
    """Every response of ``root``/bot/domain by its id.

    Raises ContentError naming file and line, also when one id stands twice or a file is no Rasa 3.1 domain.
    """
    responses: dict[str, Response] = {}
    for path in sorted((root / "bot" / "domain").glob("*.yml")):
        file = read(path)
        if file.text("version") != "3.1":
            raise ContentError(f"{file.where}: the domain version must be 3.1.")
        if not file.has("responses"):
            continue
        entry = file.entry("responses")
        for name in entry.keys():  # noqa: SIM118 - keys() of Entry, which is no dict
            if name in responses:
                raise ContentError(f"{path.name}: {name} already stands in {responses[name].file}.")
            responses[name] = Response(name, f"{path.name}, {name}", path.name, _variations(name, entry))
    return responses
