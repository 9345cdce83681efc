"""Conversations in both languages, played through the whole engine (how they are written: tests/scenarios/player.py)."""

from __future__ import annotations

import pytest

from bot.content.article import load_article
from bot.content.topics import load_topics
from bot.evaluation.engine import Engine
from bot.nlu.normalise import normalise
from tests.scenarios.player import LANGUAGES, Scenario, all_scenarios, play

FILES = all_scenarios()
ALL = [scenario for both in FILES for scenario in both.values()]


@pytest.mark.engine
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("scenario", ALL, ids=[f"{one.name}-{one.language}" for one in ALL])
async def test_scenario(talk: Engine, scenario: Scenario) -> None:
    assert await play(talk, scenario) == []


def test_both_languages_have_the_same_scenarios_and_as_many_turns() -> None:
    assert len(FILES) >= 40
    for both in FILES:
        french, english = (both[language] for language in LANGUAGES)
        assert len(french.turns) == len(english.turns) > 0, french.name
        for here, there in zip(french.turns, english.turns, strict=True):
            assert len(here.expected) == len(there.expected), (french.name, here.said)
            assert bool(here.fragment) == bool(there.fragment), (french.name, here.said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_says_the_same_in_both_languages(language: str) -> None:
    """Texts of one language are not copied into the other; payloads, signs and words of both are the same."""
    same = {
        here.said
        for both in FILES
        for here, there in zip(both["fr"].turns, both["en"].turns, strict=True)
        if here.said == there.said
    }
    payloads = {said for said in same if said.startswith(("/", "tap ", "<", "{"))}
    assert {said for said in same - payloads if any(char.isascii() and char.isalpha() for char in said)} <= {
        "ok",
        "Lila",
        "Sam",
    }


def test_each_topic_is_reached_by_a_scenario_of_its_own() -> None:
    reached = [both["fr"].topic for both in FILES if both["fr"].topic]
    assert sorted(reached) == sorted(load_topics().content)
    for scenario in ALL:
        if scenario.topic:
            answered = [turn for turn in scenario.turns if f"answer/{scenario.topic}" in turn.expected]
            assert answered, scenario.name
            assert answered[0].fragment, scenario.name


def test_each_section_is_reached_by_a_scenario_of_its_own() -> None:
    """The reply of such a scenario holds words that stand in that section, in both languages."""
    sections = {section.id: section for section in (*load_article().sections, *load_article().questions)}
    reached = [both["fr"].section for both in FILES if both["fr"].section]
    assert sorted(reached) == sorted(sections)
    for scenario in ALL:
        if scenario.section:
            text = normalise(sections[scenario.section].text.in_(scenario.language))  # type: ignore[arg-type]
            [fragment] = [turn.fragment for turn in scenario.turns if f"answer/{scenario.topic}" in turn.expected][:1]
            assert len(fragment.split()) >= 2, scenario.name
            assert normalise(fragment) in text, (scenario.name, fragment)
