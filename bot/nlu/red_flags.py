"""Rasa component that has the last word: a red flag outranks any intent."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.safety.detector import assess, warm_up
from bot.safety.routing import flags_of, second_opinion


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class RedFlagDetector(GraphComponent):
    """Sets ``red_flags`` and, for a tier that must reach a person, the intent ``danger``."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._thresholds = {key: float(config[key]) for key in ("body", "mind", "both", "sentence")}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Least confidence (0..1) of the classifier in a crisis intent for the second layer to raise a flag."""
        return {"body": 0.6, "mind": 0.6, "both": 0.7, "sentence": 0.8}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RedFlagDetector:
        """Make the component; it needs nothing trained of its own."""
        warm_up()
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training messages are not assessed."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Assess each message with both layers."""
        for message in messages:
            first = assess(message.get(TEXT) or "")
            confidences = message.get("intent_confidences") or {}
            sentences = message.get("sentence_confidences") or ()
            flags = second_opinion(flags_of(first), confidences, self._thresholds, first.excused, sentences)
            message.set("red_flags", flags, add_to_output=True)
            if flags and flags["escalate"]:
                message.set(INTENT, {"name": "danger", "confidence": 1.0}, add_to_output=True)
        return messages
