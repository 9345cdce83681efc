"""Emergency, crisis and cancer lines by country, with how far each number was verified."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content.article import Review, review_of
from bot.content.source import ROOT, Both, Entry, Language, read

STATUSES = ("VERIFIED-O", "VERIFIED-T", "UNVERIFIED")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One phone line. Source: safety.md section 3.

    ``tel`` is the link (``tel:`` or ``sms:``); ``checked_on`` is the day a person dialled it, None when
    nobody has.
    """

    id: str
    label: Both
    number: str
    tel: str
    hours: Both
    note: Both | None
    status: str
    source: str
    listed_on: date
    checked_on: date | None


@dataclass(frozen=True)
class Display:
    """What stands for {emergency}, {emergency_text}, {crisis}, {cancer_line} in the texts of bot/domain."""

    emergency: Both
    emergency_text: Both
    crisis: Both
    cancer_line: Both

    def values(self, language: Language) -> dict[str, str]:
        """The four placeholders with their text in ``language``."""
        return {
            "emergency": self.emergency.in_(language),
            "emergency_text": self.emergency_text.in_(language),
            "crisis": self.crisis.in_(language),
            "cancer_line": self.cancer_line.in_(language),
        }


@dataclass(frozen=True)
class CountryLines:
    """The lines of one country, the one to show first at the front of each tuple."""

    country: str
    name: Both
    display: Display
    emergency: tuple[Line, ...]
    emergency_text: tuple[Line, ...]
    crisis: tuple[Line, ...]
    cancer: tuple[Line, ...]
    other: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines of the country."""
        return self.emergency + self.emergency_text + self.crisis + self.cancer + self.other


@dataclass(frozen=True)
class Helplines:
    """All countries, and whether a clinician has signed the numbers and the safety texts (``status``)."""

    countries: dict[str, CountryLines]
    listed_on: date
    status: str
    review: Review

    def of(self, country: str | None) -> CountryLines:
        """The lines of ``country`` (lower-case code or None).

        A country that is not listed gets ``unknown``: one country's number never stands in for another's.
        """
        return self.countries.get((country or UNKNOWN).lower(), self.countries[UNKNOWN])


def _line(entry: Entry) -> Line:
    return Line(
        id=entry.text("id"),
        label=entry.both("label"),
        number=entry.text("number"),
        tel=entry.text("tel"),
        hours=entry.both("hours"),
        note=entry.optional_both("note"),
        status=entry.choice("status", STATUSES),
        source=entry.text("source"),
        listed_on=entry.date("listed_on"),
        checked_on=entry.optional_date("checked_on"),
    )


def _lines(entry: Entry, key: str) -> tuple[Line, ...]:
    return tuple(_line(line) for line in entry.entries(key))


def _country(code: str, entry: Entry) -> CountryLines:
    display = entry.entry("display")
    return CountryLines(
        country=code,
        name=entry.both("name"),
        display=Display(
            emergency=display.both("emergency"),
            emergency_text=display.both("emergency_text"),
            crisis=display.both("crisis"),
            cancer_line=display.both("cancer_line"),
        ),
        emergency=_lines(entry, "emergency"),
        emergency_text=_lines(entry, "emergency_text"),
        crisis=_lines(entry, "crisis"),
        cancer=_lines(entry, "cancer"),
        other=_lines(entry, "other"),
    )


@functools.lru_cache(maxsize=8)
def load_helplines(root: Path = ROOT) -> Helplines:
    """The helplines of the project at ``root``. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "helplines.yml")
    file.entry("countries").entry(UNKNOWN)
    review = file.entry("safety_review")
    return Helplines(
        countries={code: _country(code, entry) for code, entry in file.items("countries")},
        listed_on=file.date("listed_on"),
        status=review.choice("status", ("not_signed_off", "signed_off")),
        review=review_of(review),
    )
