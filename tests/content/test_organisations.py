from __future__ import annotations

import pytest

from bot.content.helplines import load_helplines
from bot.content.organisations import load_registries, organisations_in, registries_in
from bot.errors import ContentError

from .conftest import Spoil


@pytest.mark.parametrize(
    ("country", "first"),
    [
        ("fr", "fr_ligue"),
        ("be", "be_cancerinfo"),
        ("ch", "ch_ligue_suisse"),
        ("lu", "lu_fondation_cancer"),
        ("ca", "ca_ccs"),
        ("ca-qc", "ca_qc_fqc"),
        ("us", "us_acs"),
        ("gb", "gb_macmillan"),
        ("ie", "ie_ics"),
    ],
)
def test_a_country_has_its_own_organisations(country: str, first: str) -> None:
    assert organisations_in(country)[0].id == first


def test_quebec_is_served_by_its_own_and_by_canadas() -> None:
    assert [one.id for one in organisations_in("ca-qc")] == ["ca_qc_fqc", "ca_ccs"]


def test_a_kind_narrows_the_list() -> None:
    assert [one.id for one in organisations_in("fr", "material")] == ["fr_inca"]
    assert organisations_in("lu", "material") == ()


@pytest.mark.parametrize("country", [None, "sn", "zz"])
def test_where_none_is_listed_none_is_made_up(country: str | None) -> None:
    assert organisations_in(country) == ()


def test_every_number_is_one_of_the_helplines() -> None:
    for code, country in load_helplines().countries.items():
        numbers = {line.number for line in country.lines}
        assert {one.number for one in organisations_in(code) if one.country == code} <= numbers


def test_registries_put_the_countrys_own_first() -> None:
    assert [one.id for one in registries_in("fr")] == ["inca", "eu_ctis", "clinicaltrials_gov"]
    assert [one.id for one in registries_in("gb")] == ["be_part_of_research", "clinicaltrials_gov"]
    assert [one.id for one in registries_in("ca-qc")] == ["canadian_cancer_trials", "clinicaltrials_gov"]
    assert [one.id for one in registries_in(None)] == ["clinicaltrials_gov"]


def test_a_link_is_prefilled_and_encoded() -> None:
    found = {one.id: one for one in load_registries()}
    assert (
        found["clinicaltrials_gov"].address("cancer du sein & os", "Ivory Coast")
        == "https://clinicaltrials.gov/search?cond=cancer+du+sein+%26+os&locn=Ivory+Coast"
    )
    assert found["clinicaltrials_gov"].address("myeloma", None).endswith("cond=myeloma&locn=")
    assert found["clinicaltrials_gov"].address(None, "France") == "https://clinicaltrials.gov/"
    assert found["inca"].address("myélome", "France") == found["inca"].plain_url


def test_a_kind_that_does_not_exist_is_refused(spoil: Spoil) -> None:
    root = spoil("content/organisations.yml", "kinds: [support, counselling]", "kinds: [support, gossip]")
    with pytest.raises(ContentError, match=r"organisations\.yml, line \d+: kinds"):
        organisations_in("fr", root=root)
