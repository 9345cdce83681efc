from __future__ import annotations

import pytest

from bot.content.helplines import load_helplines
from bot.content.source import LANGUAGES, Language
from bot.errors import ContentError

from .conftest import Spoil

AFRICA = ["ci", "sn", "ml", "bj", "tg", "bf", "ne", "cm", "ga", "cd", "cg", "mg", "ma", "dz", "tn"]


@pytest.mark.parametrize(
    ("country", "emergency", "crisis"),
    [
        ("fr", "15", "3114"),
        ("be", "112", "0800 32 123"),
        ("ch", "144", "143"),
        ("lu", "112", "45 45 45"),
        ("ca", "911", "9-8-8"),
        ("ca-qc", "911", "1 866 277-3553"),
        ("us", "911", "988"),
        ("gb", "999", "116 123"),
        ("ie", "112", "116 123"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_country_shows_its_own_numbers(country: str, emergency: str, crisis: str, language: Language) -> None:
    lines = load_helplines().of(country)
    values = lines.display.values(language)
    assert lines.emergency[0].number == emergency
    assert emergency in values["emergency"]
    assert lines.crisis[0].number == crisis
    assert crisis in values["crisis"]


@pytest.mark.parametrize("country", [None, "", "zz", "in", "ng"])
def test_an_unknown_country_gets_112_and_the_local_number(country: str | None) -> None:
    display = load_helplines().of(country).display
    assert display.emergency.fr == "112 ou le numéro d’urgence de votre pays"
    assert display.emergency.en == "112 or your local emergency number"


@pytest.mark.parametrize("country", [*AFRICA, "ht"])
def test_numbers_seen_only_in_a_directory_say_so(country: str) -> None:
    lines = load_helplines().of(country)
    assert lines.country == country
    assert "à vérifier localement" in lines.display.emergency.fr
    assert "check locally" in lines.display.emergency.en
    assert {line.status for line in lines.lines} == {"VERIFIED-T"}


FRENCH_ONLY = ("3114", "0 800 940 939", "0 805 123 124", "01 53 72 33 04", "114", "01 46 21 46 46")


def test_no_french_number_stands_in_for_another_countrys() -> None:
    helplines = load_helplines()
    for code, country in helplines.countries.items():
        if code == "fr":
            continue
        assert not {line.number for line in country.lines} & set(FRENCH_ONLY), code
        for language in LANGUAGES:
            shown = " ".join(country.display.values(language).values())
            assert not any(number in shown for number in FRENCH_ONLY), code


def test_nothing_claims_to_have_been_dialled_or_signed() -> None:
    helplines = load_helplines()
    assert helplines.status == "not_signed_off"
    assert not helplines.review.done
    assert all(line.checked_on is None for one in helplines.countries.values() for line in one.lines)


def test_no_placeholder_is_ever_empty() -> None:
    for country in load_helplines().countries.values():
        for language in LANGUAGES:
            assert all(value.strip() for value in country.display.values(language).values())


def test_the_code_is_read_in_either_case() -> None:
    assert load_helplines().of("FR").country == "fr"


def test_a_status_that_does_not_exist_is_refused(spoil: Spoil) -> None:
    root = spoil("content/helplines.yml", "status: VERIFIED-O", "status: VERIFIED")
    with pytest.raises(ContentError, match=r"helplines\.yml, line \d+: status is 'VERIFIED', not one of"):
        load_helplines(root)


def test_the_unknown_country_cannot_be_removed(spoil: Spoil) -> None:
    root = spoil("content/helplines.yml", "  unknown:\n    name", "  nowhere:\n    name")
    with pytest.raises(ContentError, match="unknown is missing"):
        load_helplines(root)
