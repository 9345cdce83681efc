"""The project's own training messages and the language model learnt from them, read once."""

from __future__ import annotations

import pytest

from bot.nlu.language import LanguageModel
from bot.nlu.training_data import Example, load_examples


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """Every message of data/nlu."""
    return load_examples()


@pytest.fixture(scope="session")
def languages(examples: list[Example]) -> LanguageModel:
    """The language model as training makes it."""
    return LanguageModel.fit([example.text for example in examples], [example.language for example in examples])
