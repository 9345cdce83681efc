"""Rasa's text generator over :mod:`bot.dialogue.rendering`; it runs in the dialogue server and needs nothing else."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.rendering import render
from bot.settings import get_settings


class ResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Picks the variation in the patient's language and fills in numbers and choices."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        # Rasa sets the responses again whenever it loads a model.
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The message for a response, or None when the domain does not have it."""
        variations = self.responses.get(utter_action)
        if not variations:
            return None
        settings = get_settings()
        known = {"retention_days": settings.retention_days, "max_length": settings.max_message_length}
        return render(utter_action, variations, {**known, **tracker.current_slot_values()}, kwargs)
