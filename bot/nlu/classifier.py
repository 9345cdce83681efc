"""Rasa component that classifies a message, and each of its sentences: a thin shell over :mod:`bot.nlu.intent_model`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import analysis
from bot.nlu.components import LANGUAGE, Kept, language_of
from bot.nlu.courtesy import COURTESIES, without_courtesy
from bot.nlu.encoder import remember
from bot.nlu.features import Analysed
from bot.nlu.intent_model import IntentModel, fit_options
from bot.nlu.language import LANGUAGES, Language
from bot.nlu.sentences import parts


def _analysed_all(examples: list[Message]) -> list[Analysed]:
    """Training messages, analysed in the language they were written in."""
    found: dict[int, Analysed] = {}
    for language in LANGUAGES:
        places = [place for place, example in enumerate(examples) if language_of(example) == language]
        texts = [examples[place].get(TEXT) for place in places]
        for place, text, tokens in zip(places, texts, analysis.analyse_all(texts, language)):
            found[place] = Analysed.of(text, [token.lemma for token in tokens])
    return [found[place] for place in range(len(examples))]


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(Kept):
    """Sets ``intent`` and ``intent_ranking`` (see :mod:`bot.nlu.intent_model`)."""

    _model: IntentModel | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """weights: of the feature blocks; encoder_weight; regularisation and sharpness of the linear model.

        few: other values of these for at most ``few["messages"]`` training messages.
        """
        return {
            "weights": {"words": 1.0, "characters": 1.0, "lemmas": 0.0, "concepts": 0.3},
            "encoder_weight": 1.0,
            "regularisation": 0.3,
            "sharpness": 3.0,
            "few": {},
            "ranking": 10,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all messages that have an intent."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = IntentModel.fit(
            [example.get(TEXT) for example in examples],
            _analysed_all(examples),
            [example.get(INTENT) for example in examples],
            **fit_options(self._config, len(examples)),
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(Path(folder))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream trains on predicted intents."""
        return training_data

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """Load the trained model and warm the encoder up."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = IntentModel.load(Path(folder))
        if component._model.pieces:
            remember(component._model.pieces)
        component._model.confidences(["ok"], [Analysed.of("ok")])
        return component

    @property
    def _intents(self) -> list[str]:
        assert self._model is not None
        return self._model.intents

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify each message."""
        for message in messages:
            row, *of_sentences = self._confidences(message)
            row = self._of_request(message, row)
            order = row.argsort()[::-1]
            found = dict(zip((self._intents[i] for i in order), row[order].astype(float).round(4).tolist()))
            message.set("intent_confidences", found)
            # Of each sentence by itself, for who looks for one among others; empty for a single sentence.
            message.set("sentence_confidences", [dict(zip(self._intents, each.tolist())) for each in of_sentences])
            first = islice(found.items(), int(self._config["ranking"]))
            ranking = [{"name": name, "confidence": confidence} for name, confidence in first]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _confidences(self, message: Message) -> NDArray[np.float32]:
        """Of the whole message, then of each of its sentences; shape (1 + sentences, intents)."""
        assert self._model is not None
        text = message.get(TEXT) or ""
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        read = parts(text)
        lemmas = [[t.lemma for t in tokens if start <= t.start < start + len(part)] for start, part in read]
        texts = [part for _, part in read]
        return self._model.confidences(texts, [Analysed.of(*pair) for pair in zip(texts, lemmas)])

    def _of_request(self, message: Message, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Confidences of what is asked after a greeting or thanks, when the whole looks like nothing but those."""
        assert self._model is not None
        if self._intents[int(row.argmax())] not in COURTESIES:
            return row
        rest = without_courtesy(message.get(TEXT) or "")
        if rest is None:
            return row
        language: Language = (message.get(LANGUAGE) or {}).get("detected") or "fr"
        lemmas = [token.lemma for token in analysis.analyse(rest, language)]
        of_rest: NDArray[np.float32] = self._model.confidences([rest], [Analysed.of(rest, lemmas)])[0]
        return of_rest if of_rest.max() >= row.max() or "?" in rest else row
