"""Rasa graph components of the understanding: thin shells over the plain modules beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content.topics import load_topics
from bot.errors import TrainingDataError
from bot.nlu import analysis
from bot.nlu.courtesy import COURTESIES, without_courtesy
from bot.nlu.features import Analysed
from bot.nlu.gate import Thresholds, Verdict, judge
from bot.nlu.intent_model import IntentModel
from bot.nlu.language import LANGUAGES, Language, LanguageModel, requested_language
from bot.nlu.normalise import normalise
from bot.nlu.scope import is_outside
from bot.nlu.topics import topic_map

LANGUAGE = "language"
_Type = DefaultV1Recipe.ComponentType


def _language_of(example: Message) -> str:
    """Language that a training message was written in, from its block's metadata."""
    language = (example.get(METADATA) or {}).get(INTENT, {}).get("language")
    if language not in ("fr", "en"):
        raise TrainingDataError(
            f"data/nlu: the message {example.get(TEXT)!r} of intent {example.get(INTENT)!r} "
            "has no `metadata: {language: fr|en}`."
        )
    return str(language)


class _Kept(GraphComponent):
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
class LanguageDetector(_Kept):
    """Sets ``language``: {detected, confidence, words, requested} (see :mod:`bot.nlu.language`)."""

    _model: LanguageModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn both languages from the training messages."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = LanguageModel.fit([e.get(TEXT) for e in examples], [_language_of(e) for e in examples])
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
class BilingualTokenizer(_Kept):
    """Sets spaCy tokens with lemmas, French or English as detected."""

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
        analysis.warm_up()
        return cls(config, model_storage, resource)

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize messages, batched by language."""
        for language in LANGUAGES:
            batch = [
                m for m in messages if m.get(TEXT) and ((m.get(LANGUAGE) or {}).get("detected") or "fr") == language
            ]
            for message, tokens in zip(batch, analysis.analyse_all([m.get(TEXT) for m in batch], language)):
                message.set(TOKENS_NAMES[TEXT], [Token(t.text, t.start, t.end, lemma=t.lemma) for t in tokens])
        return messages


def _analysed(message: Message) -> Analysed:
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return Analysed.of(message.get(TEXT) or "", [token.lemma for token in tokens])


@DefaultV1Recipe.register([_Type.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(_Kept):
    """Sets ``intent`` and ``intent_ranking`` (see :mod:`bot.nlu.intent_model`)."""

    _model: IntentModel | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """weights: of the feature blocks; encoder_weight; regularisation and sharpness of the linear model."""
        return {
            "weights": {"words": 1.0, "characters": 1.0, "lemmas": 0.0, "concepts": 0.3},
            "encoder_weight": 1.0,
            "regularisation": 0.3,
            "sharpness": 3.0,
            "ranking": 10,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all messages that have an intent."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = IntentModel.fit(
            [example.get(TEXT) for example in examples],
            [_analysed(example) for example in examples],
            [example.get(INTENT) for example in examples],
            weights=dict(self._config["weights"]),
            encoder_weight=float(self._config["encoder_weight"]),
            regularisation=float(self._config["regularisation"]),
            sharpness=float(self._config["sharpness"]),
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
        component._model.confidences(["ok"], [Analysed.of("ok")])
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify each message."""
        assert self._model is not None
        if not messages:
            return messages
        rows = self._model.confidences([m.get(TEXT) or "" for m in messages], [_analysed(m) for m in messages])
        for message, row in zip(messages, rows):
            row = self._of_request(message, row)
            order = row.argsort()[::-1]
            ranking = [{"name": self._model.intents[i], "confidence": round(float(row[i]), 4)} for i in order]
            message.set("intent_confidences", {item["name"]: item["confidence"] for item in ranking})
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking[: int(self._config["ranking"])], add_to_output=True)
        return messages

    def _of_request(self, message: Message, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Confidences of what is asked after a greeting or thanks, when the whole looks like nothing but those."""
        assert self._model is not None
        if self._model.intents[int(row.argmax())] not in COURTESIES:
            return row
        rest = without_courtesy(message.get(TEXT) or "")
        if rest is None:
            return row
        language: Language = (message.get(LANGUAGE) or {}).get("detected") or "fr"
        lemmas = [token.lemma for token in analysis.analyse(rest, language)]
        of_rest: NDArray[np.float32] = self._model.confidences([rest], [Analysed.of(rest, lemmas)])[0]
        return of_rest if of_rest.max() >= row.max() or "?" in rest else row


@DefaultV1Recipe.register([_Type.INTENT_CLASSIFIER], is_trainable=False)
class AnswerGate(_Kept):
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
            if verdict.intent in load_topics().content and is_outside(normalise(message.get(TEXT) or "")):
                verdict = Verdict("answer", "out_of_scope_medical", verdict.confidence)
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
