"""Cancer organisations and clinical-trial registries by country."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote_plus

from bot.content.helplines import STATUSES
from bot.content.source import ROOT, Both, Entry, read

KINDS = ("support", "counselling", "material")


@dataclass(frozen=True)
class Organisation:
    """An organisation of safety.md section 3. ``line`` is the id of its entry in helplines.yml."""

    id: str
    country: str
    name: Both
    kinds: tuple[str, ...]
    offers: Both
    number: str
    line: str
    url: str | None
    status: str
    source: str
    checked_on: date | None


@dataclass(frozen=True)
class Registry:
    """A public registry of clinical trials. ``countries`` is None when it is shown for every country."""

    id: str
    name: Both
    url: str
    plain_url: str
    prefilled: bool
    countries: tuple[str, ...] | None
    status: str
    source: str
    checked_on: date | None

    def address(self, query: str | None, country: str | None) -> str:
        """The link, prefilled with the cancer named and the country's English name where the registry can."""
        if not self.prefilled or not query:
            return self.plain_url
        values = {"query": quote_plus(query), "country": quote_plus(country or "")}
        return self.url.format(**values)


def _covers(listed: str, country: str) -> bool:
    # Canada's organisations serve Quebec too.
    return listed == country or (country == "ca-qc" and listed == "ca")


def _organisation(entry: Entry) -> Organisation:
    for kind in entry.texts("kinds"):
        if kind not in KINDS:
            entry.choice("kinds", KINDS)
    return Organisation(
        id=entry.text("id"),
        country=entry.text("country"),
        name=entry.both("name"),
        kinds=entry.texts("kinds"),
        offers=entry.both("offers"),
        number=entry.text("number"),
        line=entry.text("line"),
        url=entry.optional_text("url"),
        status=entry.choice("status", STATUSES),
        source=entry.text("source"),
        checked_on=entry.optional_date("checked_on"),
    )


def _registry(entry: Entry) -> Registry:
    return Registry(
        id=entry.text("id"),
        name=entry.both("name"),
        url=entry.text("url"),
        plain_url=entry.text("plain_url"),
        prefilled=entry.flag("prefilled"),
        countries=entry.texts("countries") if entry.is_list("countries") else None,
        status=entry.choice("status", STATUSES),
        source=entry.text("source"),
        checked_on=entry.optional_date("checked_on"),
    )


@functools.lru_cache(maxsize=8)
def load_organisations(root: Path = ROOT) -> tuple[Organisation, ...]:
    """All organisations. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "organisations.yml")
    return tuple(_organisation(entry) for entry in file.entries("organisations"))


@functools.lru_cache(maxsize=8)
def load_registries(root: Path = ROOT) -> tuple[Registry, ...]:
    """All trial registries. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "registries.yml")
    return tuple(_registry(entry) for entry in file.entries("registries"))


@functools.lru_cache(maxsize=8)
def status_words(status: str, root: Path = ROOT) -> Both:
    """What a patient reads for a verification status. Raises ContentError for an unknown one."""
    file = read(root / "bot" / "content" / "organisations.yml")
    return file.entry("statuses").both(status)


def organisations_in(country: str | None, kind: str | None = None, root: Path = ROOT) -> tuple[Organisation, ...]:
    """The organisations of ``country``, the country's own first; only those of ``kind`` when one is given."""
    if country is None:
        return ()
    found = [
        one for one in load_organisations(root) if _covers(one.country, country) and (kind is None or kind in one.kinds)
    ]
    return tuple(sorted(found, key=lambda one: one.country != country))


def registries_in(country: str | None, root: Path = ROOT) -> tuple[Registry, ...]:
    """The registries shown for ``country``, the country's own first, the worldwide one last."""
    found = [
        one
        for one in load_registries(root)
        if one.countries is None or (country is not None and country in one.countries)
    ]
    return tuple(sorted(found, key=lambda one: len(one.countries) if one.countries else 1000))
