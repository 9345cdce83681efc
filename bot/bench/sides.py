"""The two sides: this project, and what ``rasa init`` gives somebody who changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bot.bench.sample import Sample, write_nlu
from bot.content.topics import load_topics
from bot.settings import ROOT

OURS = "repere"
DEFAULT = "default"
TITLES = {OURS: "this project", DEFAULT: "Rasa's default"}
# Intent that Rasa's FallbackClassifier puts in place of one it is unsure of.
NLU_FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Side:
    """What ``rasa train`` needs of one side. ``folder`` holds whatever the side writes, ``model`` its archive."""

    name: str
    folder: Path
    config: Path
    domain: Path
    data: Path
    model: Path

    @property
    def title(self) -> str:
        """Name for people."""
        return TITLES[self.name]


def prepare_ours(folder: Path, sample: Sample) -> Side:
    """This project as it stands, on the sample's messages."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    write_nlu(sample.train, data / "nlu.yml")
    shutil.copytree(ROOT / "data" / "stories", data / "stories", dirs_exist_ok=True)
    return Side(OURS, folder, ROOT / "config.yml", ROOT / "bot" / "domain", data, folder / "models" / f"{OURS}.tar.gz")


def prepare_default(folder: Path, sample: Sample, epochs: int | None = None) -> Side:
    """Pipeline and policies that Rasa fills in by itself, with one plain reply for each intent.

    ``epochs``: of every neural component, Rasa's own number (100) when None.
    """
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    write_nlu(sample.train, data / "nlu.yml")
    intents = sorted({example.intent for example in sample.train})
    _write(data / "rules.yml", {"rules": [_rule(intent) for intent in (*intents, NLU_FALLBACK)]})
    _write(data / "stories.yml", {"stories": list(_stories(set(intents)))})
    _write(folder / "domain.yml", _domain(intents))
    _write(folder / "config.yml", _config(epochs))
    _write(folder / "credentials.yml", {"rest": None})
    store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")}
    _write(folder / "endpoints.yml", {"tracker_store": store})
    return Side(
        DEFAULT, folder, folder / "config.yml", folder / "domain.yml", data, folder / "models" / f"{DEFAULT}.tar.gz"
    )


def _config(epochs: int | None) -> dict[str, Any]:
    """Rasa's own file, from the installed package."""
    source = files("rasa.engine.recipes") / "config_files" / "default_config.yml"
    config: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    config["assistant_id"] = DEFAULT
    if epochs is not None:
        for entry in (*config["pipeline"], *config["policies"]):
            if "epochs" in entry:
                entry["epochs"] = epochs
    return config


def _rule(intent: str) -> dict[str, Any]:
    return {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}


def _stories(intents: set[str]) -> Iterable[dict[str, Any]]:
    """This project's stories, each message answered by its one reply."""
    stories = yaml.safe_load((ROOT / "data" / "stories" / "stories.yml").read_text(encoding="utf-8"))["stories"]
    for story in stories:
        said = [step["intent"] for step in story["steps"] if "intent" in step]
        if set(said) <= intents:
            steps = [step for intent in said for step in ({"intent": intent}, {"action": f"utter_{intent}"})]
            yield {"story": story["story"], "steps": steps}


def _domain(intents: Sequence[str]) -> dict[str, Any]:
    texts = _texts()
    topics = load_topics()
    responses = {}
    for intent in (*intents, NLU_FALLBACK):
        known = topics.intents.get(intent)
        title = known.title.fr if known else intent
        responses[f"utter_{intent}"] = [{"text": texts.get(f"utter_{topics.topic_of(intent)}") or title}]
    return {
        "intents": [*intents, NLU_FALLBACK],
        "responses": responses,
        # As long as ours, so that no conversation of the bench begins anew on one side only.
        "session_config": {"session_expiration_time": 1440, "carry_over_slots_to_new_session": True},
    }


def _texts() -> dict[str, str]:
    """The first text of each response of this project."""
    found = {}
    for path in sorted((ROOT / "bot" / "domain").glob("*.yml")):
        responses = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("responses") or {}
        for name, variants in responses.items():
            text = variants[0].get("text")
            if text and "{" not in text:
                found[name] = text
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    if "config" not in path.name and path.parent.name == "data":
        content = {"version": "3.1", **content}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000, sort_keys=False), encoding="utf-8")
