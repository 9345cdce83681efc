"""The patient asks for a person, stops waiting for one, or takes a red flag back."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import in_store, language_of
from bot.errors import HandoffError, NotFound, StoreError
from bot.safety.duty import DutyHours
from bot.safety.notice import resume_words
from bot.settings import get_settings
from bot.store import alerts, handoff

log = structlog.get_logger(__name__)


class ActionHandoffRequest(Action):
    """Puts the conversation into the queue of the staff, without a tier."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_handoff_request"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say what happens next: when somebody is on duty, or when they are back; no promise beyond."""
        await in_store(lambda session: handoff.request(session, tracker.sender_id, "asked"))
        duty = DutyHours.from_settings(get_settings())
        now = datetime.now(timezone.utc)
        if duty.on_duty(now):
            dispatcher.utter_message(response="utter_handoff_requested")
        else:
            dispatcher.utter_message(
                response="utter_handoff_off_duty", resume=resume_words(duty, now, language_of(tracker)) or ""
            )
        return []


class ActionHandoffCancel(Action):
    """Takes the request back."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_handoff_cancel"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say whether the conversation left the queue; under C1, C2 and E0 it stays."""
        try:
            after = await in_store(lambda session: handoff.cancel(session, tracker.sender_id))
        except HandoffError:
            after = "human"
        dispatcher.utter_message(response="utter_handoff_cancelled" if after == "bot" else "utter_handoff_kept")
        return []


class ActionNotMeant(Action):
    """The patient says that a red flag was not meant; the alert is marked, never deleted."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_not_meant"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Mark the alerts; the reply was given by the dialogue itself."""
        try:
            await in_store(lambda session: alerts.withdraw(session, conversation_id=tracker.sender_id))
        except NotFound:
            pass
        except StoreError as error:
            log.error("alert.not_withdrawn", error=type(error).__name__)
        return []
