"""What each side is given to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.bench.sample import Sample, draw
from bot.bench.sides import NLU_FALLBACK, prepare_default, prepare_ours
from bot.nlu.training_data import load_examples
from bot.settings import ROOT


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return draw(load_examples(), 200)


def test_both_sides_get_the_same_messages(sample: Sample, tmp_path: Path) -> None:
    ours = prepare_ours(tmp_path / "ours", sample)
    default = prepare_default(tmp_path / "default", sample)
    assert read(ours.data / "nlu.yml") == read(default.data / "nlu.yml")
    assert ours.config == ROOT / "config.yml"
    assert (ours.data / "stories" / "rules.yml").is_file()


def test_the_default_is_what_rasa_fills_in(sample: Sample, tmp_path: Path) -> None:
    config = read(prepare_default(tmp_path, sample).config)
    assert [entry["name"] for entry in config["pipeline"]] == [
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "ResponseSelector",
        "FallbackClassifier",
    ]
    names = {entry["name"]: entry.get("epochs") for entry in config["policies"]}
    assert names == {"MemoizationPolicy": None, "RulePolicy": None, "UnexpecTEDIntentPolicy": 100, "TEDPolicy": 100}


def test_epochs_may_be_fewer(sample: Sample, tmp_path: Path) -> None:
    config = read(prepare_default(tmp_path, sample, epochs=3).config)
    entries = [*config["pipeline"], *config["policies"]]
    assert {entry["epochs"] for entry in entries if "epochs" in entry} == {3}


def test_every_intent_has_one_rule_and_one_reply(sample: Sample, tmp_path: Path) -> None:
    default = prepare_default(tmp_path, sample)
    intents = {example.intent for example in sample.train} | {NLU_FALLBACK}
    domain = read(default.domain)
    assert set(domain["intents"]) == intents
    rules = read(default.data / "rules.yml")["rules"]
    assert {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules} == {
        intent: f"utter_{intent}" for intent in intents
    }
    for name, variants in domain["responses"].items():
        assert [list(variant) for variant in variants] == [["text"]], name
        assert variants[0]["text"].strip()


def test_stories_say_what_the_rules_say(sample: Sample, tmp_path: Path) -> None:
    stories = read(prepare_default(tmp_path, sample).data / "stories.yml")["stories"]
    assert stories
    for story in stories:
        steps = story["steps"]
        for said, done in zip(steps[::2], steps[1::2]):
            assert done == {"action": f"utter_{said['intent']}"}


def test_conversations_are_kept_in_a_file_of_its_own(sample: Sample, tmp_path: Path) -> None:
    default = prepare_default(tmp_path, sample)
    store = read(tmp_path / "endpoints.yml")["tracker_store"]
    assert store == {"type": "SQL", "dialect": "sqlite", "db": str(tmp_path / "tracker.db")}
    assert default.model.parent.parent == tmp_path
