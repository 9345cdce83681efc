"""Organisations of the patient's country."""

from __future__ import annotations

import pytest

from actions.resources import SHOWN, ActionResources
from bot.content.helplines import load_helplines
from bot.content.organisations import load_organisations, organisations_in, status_words
from tests.actions.running import LANGUAGES, run, tracker

COUNTRIES = sorted({one.country for one in load_organisations()})


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_country_is_asked_for(language: str) -> None:
    done = await run(ActionResources(), tracker(language=language))
    assert done.responses == ("utter_resources_ask_country",)
    assert done.slots == {"asking": "resources"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", COUNTRIES)
async def test_each_country_with_its_organisations(language: str, country: str) -> None:
    done = await run(ActionResources(), tracker(language=language, country=country, asking="resources"))
    listed = organisations_in(country)[:SHOWN]
    items = ("utter_resources_item",) * len(listed)
    assert done.responses == ("utter_resources_intro", *items, "utter_resources_outro")
    assert done.slots == {"asking": None}
    for one, text in zip(listed, done.texts[1:], strict=False):
        assert one.name.in_(language) in text  # type: ignore[arg-type]
        assert one.number in text
        assert status_words(one.status).in_(language) in text  # type: ignore[arg-type]
    assert load_helplines().listed_on.isoformat() in done.texts[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", ["ci", "ma", "ht"])
async def test_a_country_without_any_gets_none_of_another(language: str, country: str) -> None:
    done = await run(ActionResources(), tracker(language=language, country=country))
    assert done.responses == ("utter_resources_none",)
    assert done.slots == {"asking": None}


async def test_quebec_has_its_own_first() -> None:
    done = await run(ActionResources(), tracker(language="fr", country="ca-qc"))
    own = organisations_in("ca-qc")[0]
    assert own.country == "ca-qc"
    assert own.name.in_("fr") in done.texts[1]
    assert len(done.texts) > 3


def test_name() -> None:
    assert ActionResources().name() == "action_resources"
