"""Page the staff after a red flag and tell the patient the truth about it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.safety import truth
from bot.safety.routing import flags_of_tap
from bot.store.columns import now


class ActionNotifyStaff(Action):
    """Says that staff were told, that nobody is on duty until HH:MM, or that nobody could be told."""

    def name(self) -> str:
        """Name in domain and rules."""
        return "action_notify_staff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """One attempt to page, then one true sentence; within two seconds."""
        said: dict[str, Any] = next((event for event in reversed(tracker.events) if event.get("event") == "user"), {})
        parsed = said.get("parse_data") or {}
        tapped = flags_of_tap((parsed.get("intent") or {}).get("name"), tracker.get_slot("tier"))
        message = truth.FlaggedMessage(
            conversation_id=tracker.sender_id,
            message_id=said.get("message_id"),
            flags=parsed.get("red_flags") or tapped,
            language=tracker.get_slot("language"),
            country=tracker.get_slot("country"),
            channel=tracker.get_latest_input_channel() or "",
        )
        told = await truth.notify(message, now())
        dispatcher.utter_message(response=told.response, **told.values)
        return []
