"""Rasa graph components of the understanding: thin shells over the plain modules beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import TrainingDataError
from bot.nlu import analysis
from bot.nlu.gate import Thresholds, judge
from bot.nlu.language import LANGUAGES, LanguageModel, requested_language
from bot.nlu.topics import topic_map

LANGUAGE = "language"
_Type = DefaultV1Recipe.ComponentType


def language_of(example: Message) -> str:
    """Language that a training message was written in, from its block's metadata."""
    language = (example.get(METADATA) or {}).get(INTENT, {}).get("language")
    if language not in ("fr", "en"):
        raise TrainingDataError(
            f"data/nlu: the message {example.get(TEXT)!r} of intent {example.get(INTENT)!r} "
            "has no `metadata: {language: fr|en}`."
        )
    return str(language)


class Kept(GraphComponent):
    """A component with something to keep in the model archive."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Annotate the training messages as ``process`` would."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Annotate messages in place."""
        raise NotImplementedError


@DefaultV1Recipe.register([_Type.INTENT_CLASSIFIER], is_trainable=True)
class LanguageDetector(Kept):
    """Sets ``language``: {detected, confidence, words, requested} (see :mod:`bot.nlu.language`)."""

    _model: LanguageModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn both languages from the training messages."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = LanguageModel.fit([e.get(TEXT) for e in examples], [language_of(e) for e in examples])
        with self._storage.write_to(self._resource) as folder:
            Path(folder, "odds.json").write_text(json.dumps(self._model.odds, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        """Load what ``train`` kept."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = LanguageModel(json.loads(Path(folder, "odds.json").read_text(encoding="utf-8")))
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Detect the language of each message."""
        assert self._model is not None
        for message in messages:
            text = message.get(TEXT) or ""
            found = self._model.detect(text)
            message.set(
                LANGUAGE,
                {
                    "detected": found.language,
                    "confidence": found.confidence,
                    "words": found.words,
                    "requested": requested_language(text),
                },
                add_to_output=True,
            )
        return messages


@DefaultV1Recipe.register([_Type.MESSAGE_TOKENIZER], is_trainable=False)
class BilingualTokenizer(Kept):
    """Sets tokens with lemmas (:class:`bot.nlu.analysis.SpacyToken`), French or English as detected."""

    @staticmethod
    def required_packages() -> list[str]:
        """Python packages this component needs."""
        return ["spacy", "fr_core_news_sm"]

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> BilingualTokenizer:
        """Load the pipelines now, so that the first patient does not wait for them."""
        # A training is shared out to other processes, which load their own.
        if execution_context.model_id is not None:
            analysis.warm_up()
        return cls(config, model_storage, resource)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing: who learns from tokens makes them. Rasa would copy and fingerprint half a million of them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize messages, batched by language."""
        for language in LANGUAGES:
            batch = [
                m for m in messages if m.get(TEXT) and ((m.get(LANGUAGE) or {}).get("detected") or "fr") == language
            ]
            for message, tokens in zip(batch, analysis.analyse_all([m.get(TEXT) for m in batch], language)):
                message.set(TOKENS_NAMES[TEXT], tokens)
        return messages


@DefaultV1Recipe.register([_Type.INTENT_CLASSIFIER], is_trainable=False)
class AnswerGate(Kept):
    """Sets ``outcome_gate`` and turns the intent into ``clarify`` or ``no_answer`` (see :mod:`bot.nlu.gate`)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds of :class:`bot.nlu.gate.Thresholds`; ``languages`` holds those that differ in one of them."""
        return {name: field.default for name, field in Thresholds.__dataclass_fields__.items()} | {"languages": {}}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, storage, resource)
        common = {name: float(config[name]) for name in Thresholds.__dataclass_fields__}
        self._thresholds: dict[str, Thresholds] = {
            language: Thresholds(**{**common, **(config["languages"].get(language) or {})}) for language in LANGUAGES
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Only messages of patients are gated."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge each message."""
        for message in messages:
            confidences = message.get("intent_confidences")
            if not confidences:
                continue
            language = (message.get(LANGUAGE) or {}).get("detected") or "fr"
            verdict = judge(confidences, topic_map(), self._thresholds[language])
            message.set(
                "outcome_gate",
                {
                    "outcome": verdict.outcome,
                    "intent": verdict.intent,
                    "confidence": round(verdict.confidence, 4),
                    "options": list(verdict.options),
                },
                add_to_output=True,
            )
            name = {"answer": verdict.intent, "clarify": "clarify", "fallback": "no_answer"}[verdict.outcome]
            message.set(INTENT, {"name": name, "confidence": round(verdict.confidence, 4)}, add_to_output=True)
        return messages
