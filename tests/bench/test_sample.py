"""The draw that both sides are trained on and measured with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.bench.sample import LEAST, draw, gold_of, questions, write_nlu
from bot.content.topics import load_topics
from bot.nlu.training_data import Example, load_examples
from bot.safety.detector import assess


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return load_examples()


def test_every_intent_and_language_has_its_share(examples: list[Example]) -> None:
    sample = draw(examples, 1000)
    whole = Counter((e.intent, e.language) for e in examples)
    drawn = Counter((e.intent, e.language) for e in sample.train)
    assert drawn.keys() == whole.keys()
    for group, count in whole.items():
        assert drawn[group] == max(LEAST, round(1000 * count / len(examples)))


def test_the_same_draw_each_time_and_nothing_twice(examples: list[Example]) -> None:
    one, two = draw(examples, 500), draw(examples, 500)
    assert one == two
    assert not set(one.train) & set(one.held_out)
    assert len(one.train) + len(one.held_out) == len(examples)


@pytest.mark.parametrize("size", [None, 10**9])
def test_all_messages_leave_nothing_to_judge_with(examples: list[Example], size: int | None) -> None:
    sample = draw(examples, size)
    assert len(sample.train) == len(examples)
    assert sample.held_out == ()
    assert gold_of(sample, 10) == []


def test_written_messages_are_read_again(examples: list[Example], tmp_path: Path) -> None:
    sample = draw(examples, 200)
    write_nlu(sample.train, tmp_path / "nlu.yml")
    read = load_examples(tmp_path)
    assert Counter((e.text, e.intent, e.language, e.voice) for e in read) == Counter(
        (e.text, e.intent, e.language, e.voice) for e in sample.train
    )


def test_questions_alternate_languages_and_mean_no_danger(examples: list[Example]) -> None:
    sample = draw(examples, 500)
    asked = questions(sample, 60)
    languages = {e.text: e.language for e in sample.held_out}
    assert [languages[text] for text in asked[:4]] == ["fr", "en", "fr", "en"]
    assert len(asked) == 60
    assert all(assess(text).tier is None for text in asked)


def test_gold_rows_are_messages_that_nobody_trained_on(examples: list[Example]) -> None:
    sample = draw(examples, 500)
    rows = gold_of(sample, 300)
    kinds = {topic.id: topic.kind for topic in load_topics().topics}
    trained = {e.text for e in sample.train}
    assert len(rows) == 300
    assert not trained & {row["text"] for row in rows}
    assert all(row["escalate"] == (kinds[row["label"]] == "crisis") for row in rows)
    assert {row["escalate"] for row in rows} == {True, False}
