"""The four ways of the article, in its words and no others."""

from __future__ import annotations

import pytest

from actions.treatment import ActionTreatment
from bot.content.article import load_article
from tests.actions.running import LANGUAGES, run, tracker

WAYS = [way.id for way in load_article().treatments]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", [None, [], ["no_such_way"], WAYS[:3]])
async def test_all_of_them_in_order(language: str, which: list[str] | None) -> None:
    done = await run(ActionTreatment(), tracker(language=language, which=which))
    assert done.responses == ("utter_treatment_all",)
    places = [done.text.index(way.words.in_(language)) for way in load_article().treatments]  # type: ignore[arg-type]
    assert places == sorted(places)
    assert [f"{number}. " in done.text for number in range(1, 6)] == [True, True, True, True, False]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", load_article().treatments, ids=WAYS)
async def test_one_of_them(language: str, way: object) -> None:
    done = await run(ActionTreatment(), tracker(language=language, which=[way.id]))  # type: ignore[attr-defined]
    assert done.responses == ("utter_treatment_one",)
    assert way.words.in_(language) in done.text  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pair", [WAYS[:2], WAYS[:1:-1], [WAYS[0], "no_such_way", WAYS[3]]])
async def test_two_side_by_side_in_the_order_asked(language: str, pair: list[str]) -> None:
    done = await run(ActionTreatment(), tracker(language=language, which=pair))
    assert done.responses == ("utter_treatment_compare",)
    ways = {way.id: way for way in load_article().treatments}
    shown = [ways[name] for name in pair if name in ways]
    places = [done.text.index(way.words.in_(language)) for way in shown]  # type: ignore[arg-type]
    assert places == sorted(places)
    others = [way for way in ways.values() if way not in shown]
    assert not any(way.words.in_(language) in done.text for way in others)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "colon"), [("fr", " : "), ("en", ": ")])
async def test_colons_as_the_language_writes_them(language: str, colon: str) -> None:
    text = (await run(ActionTreatment(), tracker(language=language))).text
    titles = [way.title.in_(language) for way in load_article().treatments]  # type: ignore[arg-type]
    assert all(title + colon in text for title in titles), text


def test_name() -> None:
    assert ActionTreatment().name() == "action_treatment"
