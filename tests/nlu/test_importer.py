"""Reading the training files as Rasa's importer would, only quicker."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from bot.errors import TrainingDataError
from bot.nlu.importer import ProjectImporter
from bot.settings import ROOT

MESSAGES = """version: "3.1"
nlu:
- intent: greet
  metadata:
    language: fr
    voice: project
  examples: |
    - Bonjour à vous
    - salut
"""
RULES = """version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, text in {"nlu/greet.yml": MESSAGES, "stories/rules.yml": RULES, "stories/test_greet.yml": RULES}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_it_reads_what_rasas_own_importer_reads(data: Path) -> None:
    ours, rasas = ProjectImporter(training_data_paths=[str(data)]), RasaFileImporter(training_data_paths=[str(data)])
    said = [(m.get("text"), m.get("intent")) for m in ours.get_nlu_data().training_examples]
    assert said == [(m.get("text"), m.get("intent")) for m in rasas.get_nlu_data().training_examples]
    assert said == [("Bonjour à vous", "greet"), ("salut", "greet")]
    assert [m.get("metadata")["intent"]["language"] for m in ours.get_nlu_data().training_examples] == ["fr", "fr"]
    assert ours._story_files == [str(data / "stories" / "rules.yml")]
    assert ours._conversation_test_files == [str(data / "stories" / "test_greet.yml")]


def test_the_domain_is_read_once() -> None:
    importer = ProjectImporter(domain_path=str(ROOT / "bot" / "domain"))
    assert importer.get_domain() is importer.get_domain()
    assert "utter_welcome" in importer.get_domain().responses


def test_messages_are_found_whatever_the_folder_is_called(data: Path) -> None:
    (data / "more.yml").write_text(MESSAGES.replace("Bonjour à vous", "bonsoir").replace("salut", "coucou"), "utf-8")
    said = [m.get("text") for m in ProjectImporter(training_data_paths=[str(data)]).get_nlu_data().training_examples]
    assert said == ["bonsoir", "coucou", "Bonjour à vous", "salut"]


def test_a_single_file_and_no_path_do(data: Path) -> None:
    assert ProjectImporter(training_data_paths=str(data / "nlu" / "greet.yml"))._nlu_files
    assert ProjectImporter()._nlu_files == []


def test_what_is_wrong_is_named_with_file_and_line(data: Path) -> None:
    (data / "nlu" / "greet.yml").write_text(MESSAGES.replace("language: fr", "language: de"), encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"greet\.yml:3"):
        ProjectImporter(training_data_paths=[str(data)]).get_nlu_data()


def test_the_configuration_names_it() -> None:
    importer = TrainingDataImporter.load_from_config(str(ROOT / "config.yml"), training_data_paths=[])
    assert any(isinstance(part, ProjectImporter) for part in _parts(importer))


def _parts(importer: object) -> list[object]:
    inner = [getattr(importer, name) for name in ("importer", "_importer") if hasattr(importer, name)]
    inner += getattr(importer, "_importers", [])
    return [importer, *(part for one in inner for part in _parts(one))]
