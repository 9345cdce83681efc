"""Reads the training files once and quickly: ours are told apart by their folder, and libyaml parses them."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.nlu.training_data import load_examples

_MESSAGES = "nlu"


class _ReadMessage(Message):
    """A message that is told apart by its text and copied in one step.

    Rasa merges the data eight times; each time it hashes and copies, part by part, all that each message holds.
    """

    def __hash__(self) -> int:
        return hash((self.get(TEXT), self.get(INTENT)))

    def __deepcopy__(self, memo: dict[int, Any]) -> _ReadMessage:
        return type(self)({key: copy(value) for key, value in self.data.items()}, features=list(self.features))


class FolderImporter(RasaFileImporter):
    """Training messages from folders named ``nlu``, rules and stories from all other files.

    Rasa's own importer finds out what each file holds by parsing it, three times, with a parser written in Python:
    11 of the 12 s that reading took with 22,000 messages.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        files = sorted({file for path in paths for file in _yaml_files(Path(path))})
        self.config_file = config_file
        self._domain_path = domain_path
        self._folders = sorted({file.parent for file in files if file.parent.name == _MESSAGES})
        self._nlu_files = [str(file) for file in files if file.parent.name == _MESSAGES]
        others = [file for file in files if file.parent.name != _MESSAGES]
        self._story_files = [str(file) for file in others if not file.name.startswith("test_")]
        self._conversation_test_files = [str(file) for file in others if file.name.startswith("test_")]

    @cached_method
    def get_domain(self) -> Domain:
        """The domain, read once although Rasa asks several times."""
        return super().get_domain()

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The training messages with their language as metadata. Raises TrainingDataError naming file and line."""
        return TrainingData(
            [
                _ReadMessage.build(example.text, example.intent, intent_metadata={"language": example.language})
                for folder in self._folders
                for example in load_examples(folder)
            ]
        )


def _yaml_files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*") if file.suffix in (".yml", ".yaml")]
    return [path] if path.suffix in (".yml", ".yaml") else []
