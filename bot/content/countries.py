"""Which country a person says they are in."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from bot.content.source import ROOT, Both, read
from bot.errors import ContentError


@dataclass(frozen=True)
class Country:
    """A country: lower-case ISO code (``ca-qc`` is Quebec), its names, adjectives and places."""

    code: str
    names: Both
    adjectives: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Countries:
    """All countries, with the patterns that find them in a message."""

    by_code: dict[str, Country]
    frames: tuple[str, ...]
    _stated: re.Pattern[str]
    _answered: re.Pattern[str]
    _named: re.Pattern[str]
    _codes: dict[str, str]

    def find(self, text: str, *, asked: bool = False) -> str | None:
        """The code of the country that ``text`` says the writer is in, or None.

        Unasked, the country counts only after words that place the writer ("je vis en", "I'm in"): a message
        about going to Switzerland says nothing of where its writer is. ``asked`` is for the answer to "which
        country are you in?", where any name, place or adjective will do. Of several, the last one counts.
        """
        found = (self._answered if asked else self._stated).findall(plain(text))
        return self._codes[found[-1]] if found else None

    def named(self, text: str) -> str | None:
        """The code of the country that ``text`` asks about: the writer's if it says so, else any it names.

        Adjectives do not count: "a site in French" names a language.
        """
        found = self._named.findall(plain(text))
        return self.find(text) or (self._codes[found[-1]] if found else None)


def plain(text: str) -> str:
    """Lower case, no accents, and single spaces in place of everything that is no letter or digit."""
    folded = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


@functools.lru_cache(maxsize=8)
def load_countries(root: Path = ROOT) -> Countries:
    """The countries of the project at ``root``. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "countries.yml")
    frames = file.entry("frames").texts("fr") + file.entry("frames").texts("en")
    by_code: dict[str, Country] = {}
    places: dict[str, str] = {}
    adjectives: dict[str, str] = {}
    for code, entry in file.items("countries"):
        words = entry.entry("adjectives")
        country = Country(code, entry.both("names"), words.texts("fr") + words.texts("en"), entry.texts("places"))
        by_code[code] = country
        for names, into in (
            ((country.names.fr, country.names.en, *country.places), places),
            (country.adjectives, adjectives),
        ):
            for name in map(plain, names):
                if into.setdefault(name, code) != code:
                    raise ContentError(f"{entry.where}: {name} already names {into[name]}.")
    try:
        stated = re.compile(rf"\b(?:{'|'.join(frames)}) ?(?:la |le |les |l |the )?({_any_of(places)})\b")
    except re.error as error:
        raise ContentError(f"{file.entry('frames').where}: a frame is no valid pattern ({error}).") from error
    codes = {**adjectives, **places}
    named = re.compile(rf"\b({_any_of(places)})\b")
    return Countries(by_code, frames, stated, re.compile(rf"\b({_any_of(codes)})\b"), named, codes)


def _any_of(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
