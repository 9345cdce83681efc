"""Numbers by country: never another country's, never empty."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.content.helplines import load_helplines
from bot.safety.numbers import emergency_numbers

LANGUAGES: list[Literal["fr", "en"]] = ["fr", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("country", "emergency", "crisis"),
    [("fr", "15", "3114"), ("gb", "999", "116 123"), ("us", "911", "988"), ("ch", "144", "143"), ("CA", "911", "988")],
)
def test_known_countries(country: str, emergency: str, crisis: str, language: Literal["fr", "en"]) -> None:
    numbers = emergency_numbers(country, language)
    assert emergency in numbers.emergency
    assert crisis.replace("-", "") in numbers.crisis.replace("-", "")


@pytest.mark.parametrize("country", [None, "", "zz", "xx"])
def test_an_unknown_country_gets_112_and_no_foreign_line(country: str | None) -> None:
    english, french = emergency_numbers(country, "en"), emergency_numbers(country, "fr")
    assert "112" in english.emergency
    assert "your local emergency number" in english.emergency
    assert "112" in french.emergency
    for numbers in (english, french):
        assert not any(foreign in numbers.crisis for foreign in ("3114", "988", "116 123"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_is_ever_empty(language: Literal["fr", "en"]) -> None:
    for country in load_helplines().countries:
        numbers = emergency_numbers(country, language)
        assert all((numbers.emergency, numbers.emergency_sms, numbers.crisis, numbers.cancer_line)), country
