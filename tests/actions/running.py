"""Running an action as the action server does, and showing what it says as the dialogue server would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.content.responses import load_responses
from bot.dialogue.rendering import render
from bot.settings import get_settings

CONVERSATION = "c1"
LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Done:
    """Responses by name in order, their texts as a patient sees them, and the slots set ("*": all were reset)."""

    responses: tuple[str, ...]
    texts: tuple[str, ...]
    slots: dict[str, Any]

    @property
    def text(self) -> str:
        """All the texts."""
        return "\n".join(self.texts)


def tracker(
    said: tuple[str, ...] = (), intent: str = "", metadata: dict[str, Any] | None = None, **slots: Any
) -> Tracker:
    """A conversation in which ``said`` was said."""
    events = [{"event": "user", "text": text, "parse_data": {}} for text in said]
    latest = {"text": said[-1] if said else "", "intent": {"name": intent}, "metadata": metadata or {}}
    return Tracker(CONVERSATION, slots, latest, events, False, None, {}, "action_listen")


async def run(action: Action, conversation: Tracker) -> Done:
    """Run it. Raises what it raises; fails for a text that is empty once rendered."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, conversation, {})
    slots: dict[str, Any] = {}
    for event in events:
        if event["event"] == "reset_slots":
            slots = {"*": None}
        else:
            assert event["event"] == "slot"
            slots[event["name"]] = event["value"]
    names, texts = [], []
    for message in dispatcher.messages:
        assert message["text"] is None
        names.append(message["response"])
        texts.append(_shown(message, conversation))
    return Done(tuple(names), tuple(texts), slots)


def _shown(message: dict[str, Any], conversation: Tracker) -> str:
    language = "en" if conversation.get_slot("language") == "en" else "fr"
    words = load_responses()[message["response"]].in_(language)  # type: ignore[arg-type]
    variation = {"condition": [{"name": "language", "value": language}], "text": words.text}
    known = {"retention_days": get_settings().retention_days, **conversation.slots}
    extra = {
        key: value
        for key, value in message.items()
        if key not in ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment")
    }
    text = str(render(message["response"], [variation], {**known, "language": language}, extra)["text"])
    assert text.strip(), message["response"]
    return text
