"""Registries of clinical trials, as links."""

from __future__ import annotations

import pytest

from actions.trials import ActionTrialRegistries
from bot.content.organisations import registries_in, status_words
from tests.actions.running import LANGUAGES, run, tracker

SAID = {"fr": "et pour un cancer du poumon ?", "en": "and for lung cancer?"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", [None, "fr", "be", "gb", "ca", "us", "ci"])
async def test_each_registry_with_its_link_and_status(language: str, country: str | None) -> None:
    done = await run(ActionTrialRegistries(), tracker((SAID[language],), language=language, country=country))
    registries = registries_in(country)
    items = ("utter_trials_registry_item",) * len(registries)
    assert done.responses == ("utter_trials_registry_intro", *items)
    assert done.slots == {}
    for one, text in zip(registries, done.texts[1:], strict=True):
        assert one.name.in_(language) in text  # type: ignore[arg-type]
        assert "https://" in text
        assert status_words(one.status).in_(language) in text  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_prefilled_with_the_cancer_and_the_country(language: str) -> None:
    done = await run(ActionTrialRegistries(), tracker((SAID[language],), language=language, country="be"))
    assert "https://clinicaltrials.gov/search?cond=refractory+lung+cancer&locn=Belgium" in done.text


async def test_the_newest_cancer_counts() -> None:
    said = ("un cancer du sein", "bonjour", "non, du pancréas", "merci")
    done = await run(ActionTrialRegistries(), tracker(said, language="fr", country="gb"))
    assert "pancreatic+cancer" in done.text
    assert "breast" not in done.text
    assert "United+Kingdom" in done.text


async def test_without_a_country_the_search_is_for_everywhere() -> None:
    done = await run(ActionTrialRegistries(), tracker((SAID["en"],), language="en"))
    assert "cond=refractory+lung+cancer&locn=" in done.text


async def test_the_country_asked_about_need_not_be_the_writers_own() -> None:
    said = ("un cancer du sein", "y a-t-il des essais en Belgique ?")
    done = await run(ActionTrialRegistries(), tracker(said, language="fr", country="fr"))
    assert "locn=Belgium" in done.text
    assert "cancer.fr" not in done.text


async def test_the_country_asked_about_stays_while_the_cancer_is_told() -> None:
    said = ("y a-t-il des essais en Belgique ?", "le poumon")
    done = await run(ActionTrialRegistries(), tracker(said, language="fr", country="fr"))
    assert "cond=refractory+lung+cancer&locn=Belgium" in done.text


async def test_a_language_is_no_country() -> None:
    done = await run(ActionTrialRegistries(), tracker(("un site en français ?",), language="fr", country="ca-qc"))
    assert "cancer.fr" not in done.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_a_cancer_it_asks_for_it_and_links_stay_plain(language: str) -> None:
    done = await run(ActionTrialRegistries(), tracker(("bonjour",), language=language, country="fr"))
    assert done.responses[-1] == "utter_trials_registry_ask_cancer"
    assert done.slots == {"asking": "cancer"}
    assert "cond=" not in done.text
    assert "https://clinicaltrials.gov/" in done.text


async def test_nothing_a_patient_wrote_reaches_a_link() -> None:
    done = await run(ActionTrialRegistries(), tracker(("lung & <script>?x=1",), language="en", country="us"))
    assert "script" not in done.text


def test_name() -> None:
    assert ActionTrialRegistries().name() == "action_trial_registries"
