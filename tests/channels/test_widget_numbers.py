from __future__ import annotations

import pytest

from bot.channels.widget_numbers import numbers_in
from bot.content.helplines import load_helplines
from bot.content.responses import load_responses


def found(text: str, country: str | None = "fr", language: str = "fr", *, vetted: bool = True) -> list[str]:
    return [n["number"] for n in numbers_in(text, country, "en" if language == "en" else "fr", vetted=vetted)]


def test_the_numbers_of_a_text_in_its_order() -> None:
    text = "Appelez le 15 ou le 112. Ensuite le 3114. Ligue : 0 800 940 939."
    assert found(text) == ["15", "112", "3114", "0 800 940 939"]
    assert [n["href"] for n in numbers_in(text, "fr", "fr", vetted=True)] == [
        "tel:15",
        "tel:112",
        "tel:3114",
        "tel:0800940939",
    ]


@pytest.mark.parametrize(
    "text", ["dans 15 minutes", "15 % des gens", "15 jours", "le 15,5", "38,15", "1512", "15 years", "112 mg"]
)
def test_amounts_are_no_numbers_to_call(text: str) -> None:
    assert found(text) == []


def test_a_text_number_writes_and_a_call_number_calls() -> None:
    hrefs = {n["number"]: n["href"] for n in numbers_in("15, ou 114 par SMS", "fr", "fr", vetted=True)}
    assert hrefs == {"15": "tel:15", "114": "sms:114"}


@pytest.mark.parametrize(("language", "label"), [("fr", "Numéro national"), ("en", "National suicide")])
def test_labels_are_in_the_language_of_the_line(language: str, label: str) -> None:
    (number,) = numbers_in("3114", "fr", "en" if language == "en" else "fr", vetted=True)
    assert number["label"].startswith(label)


def test_a_number_that_several_countries_use_has_no_label_until_the_country_is_known() -> None:
    assert numbers_in("15", None, "fr", vetted=True)[0]["label"] == ""
    assert numbers_in("15", "fr", "fr", vetted=True)[0]["label"] == "SAMU"


def test_at_most_two_big_buttons_one_of_a_kind() -> None:
    numbers = numbers_in("15 ou 112, puis 3114, et 114 par SMS", "fr", "fr", vetted=True)
    assert [n["number"] for n in numbers if n["big"]] == ["15", "3114"]


def test_staff_may_type_amounts_and_any_phone_number() -> None:
    text = "Rappelez le 15 mai au 01 23 45 67 89, sinon 3114."
    assert found(text, vetted=False) == ["01 23 45 67 89", "3114"]
    assert found("Dossier 2026-11-23, 12 h 30", vetted=False) == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("country", [code for code, lines in load_helplines().countries.items() if lines.emergency])
def test_every_safety_reply_of_every_country_names_a_number_to_call(country: str, language: str) -> None:
    spoken = "en" if language == "en" else "fr"
    lines = load_helplines().of(country)
    for name in ("utter_safety_E0", "utter_safety_C1"):
        text = load_responses()[name].in_(spoken).text
        for placeholder, value in lines.display.values(spoken).items():
            text = text.replace(f"{{{placeholder}}}", value)
        numbers = numbers_in(text, country, spoken, vetted=True)
        assert numbers[0]["number"] in {line.number for line in lines.emergency}
        assert numbers[0]["big"]
