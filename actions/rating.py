"""Useful or not: one rating an answer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import in_store, language_of
from bot.store import ratings


class ActionRate(Action):
    """Stores what the patient thinks of the last answer; the reply was given by the dialogue itself."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The widget names the answer in the message's metadata; elsewhere it is the last topic's."""
        message: dict[str, Any] = tracker.latest_message or {}
        topic = tracker.get_slot("topic")
        rated = (message.get("metadata") or {}).get("utterance_id")
        useful = (message.get("intent") or {}).get("name") != "not_useful"
        await in_store(
            lambda session: ratings.rate(
                session,
                conversation_id=tracker.sender_id,
                utterance_id=str(rated or f"topic:{topic}"),
                topic=str(topic) if topic else None,
                language=language_of(tracker),
                useful=useful,
            )
        )
        return []
