from __future__ import annotations

import pytest

from bot.content.countries import load_countries
from bot.errors import ContentError

from .conftest import Spoil


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Je suis en Belgique et j'ai peur", "be"),
        ("jsuis en suisse", "ch"),
        ("j’habite à Abidjan", "ci"),
        ("jhabite en cote d'ivoire", "ci"),
        ("On est à Montréal", "ca-qc"),
        ("Je vis au Niger", "ne"),
        ("nous sommes en Guinée équatoriale", "gq"),
        ("Bonjour, j'écris du Sénégal", "sn"),
        ("Je vis aux États-Unis", "us"),
        ("ici à Lyon il pleut", "fr"),
        ("from Ireland", "ie"),
        ("I'm in the US, Texas", "us"),
        ("We live in Nigeria", "ng"),
        ("I’m writing from Northern Ireland", "gb"),
        ("we're in Cork", "ie"),
        ("hi, I live in Quebec", "ca-qc"),
        ("I am based in the UK", "gb"),
        ("I'm from Canada", "ca"),
        ("here in Paris", "fr"),
        ("calling from Luxembourg", "lu"),
    ],
)
def test_a_stated_country_is_found(text: str, code: str) -> None:
    assert load_countries().find(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "Je veux partir en Suisse pour mourir",
        "Répondez en français",
        "Je suis à bout",
        "Mon fils étudie à Londres",
        "Y a-t-il un essai en Belgique ?",
        "",
        "Can I get treated in Germany?",
        "Answer in French please",
        "I am in pain",
        "My cousin went to Switzerland",
        "Is there a trial in the US?",
        "!!!",
    ],
)
def test_a_country_spoken_about_is_not_the_writers(text: str) -> None:
    assert load_countries().find(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Belge", "be"),
        ("la france", "fr"),
        ("Québécoise", "ca-qc"),
        ("RDC", "cd"),
        ("le Maroc", "ma"),
        ("Irish", "ie"),
        ("I'm Canadian", "ca"),
        ("U.S.", "us"),
        ("the uk", "gb"),
        ("India", "in"),
    ],
)
def test_an_answer_to_the_question_may_be_one_word(text: str, code: str) -> None:
    assert load_countries().find(text, asked=True) == code


def test_a_name_for_two_countries_is_refused(spoil: Spoil) -> None:
    root = spoil("content/countries.yml", '"bruxelles"', '"paris"')
    with pytest.raises(ContentError, match=r"countries\.yml, line \d+: paris already names fr"):
        load_countries(root)


def test_a_frame_that_is_no_pattern_is_refused(spoil: Spoil) -> None:
    root = spoil("content/countries.yml", '"based in"', '"(based in"')
    with pytest.raises(ContentError, match="a frame is no valid pattern"):
        load_countries(root)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("des essais en Belgique ?", "be"),
        ("can I find a trial in Ireland", "ie"),
        ("I'm in Belgium, my brother is in Paris", "be"),
        ("un site en français ?", None),
        ("essais en anglais", None),
        ("can you tell us about trials", None),
    ],
)
def test_a_country_asked_about(text: str, code: str | None) -> None:
    assert load_countries().named(text) == code
