"""What the bot knows about a person, and forgetting it."""

from __future__ import annotations

import contextlib
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.conversation import in_store, language_of
from bot.errors import NotFound, StoreError
from bot.settings import get_settings
from bot.store import handoff, privacy
from bot.store.models import Alert

log = structlog.get_logger(__name__)
_LANGUAGE_NAMES = {
    ("fr", "fr"): "français",
    ("en", "fr"): "anglais",
    ("fr", "en"): "French",
    ("en", "en"): "English",
}


def _erase_unless_flagged(session: Session, conversation_id: str) -> bool:
    flagged = session.execute(select(Alert.id).where(Alert.conversation_id == conversation_id).limit(1)).first()
    if flagged is not None:
        handoff.request(session, conversation_id, "asked")
        return False
    with contextlib.suppress(NotFound):
        privacy.erase(session, conversation_id, comments="delete")
    return True


class ActionKnowAboutMe(Action):
    """Tells what is stored of this conversation, in numbers."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_know_about_me"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it; sets no slot."""
        try:
            known = await in_store(lambda session: privacy.export(session, tracker.sender_id), write=False)
        except NotFound:
            dispatcher.utter_message(response="utter_know_about_me_nothing")
            return []
        language = language_of(tracker)
        turns = known["turns"]
        first = str(known["conversation"].get("created_at") or "")[:16].replace("T", " ")
        dispatcher.utter_message(
            response="utter_know_about_me",
            messages=str(len(turns) + 1),  # the message that asks is stored with this turn's end
            first_at=first,
            language_name=_LANGUAGE_NAMES[language, language],
            country=str(tracker.get_slot("country") or "–"),
            comments=str(len(known["comments"])),
            ratings=str(len(known["ratings"])),
            retention_days=str(get_settings().retention_days),
        )
        return []


class ActionForgetMe(Action):
    """Erases the conversation everywhere; says so only when it is done."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_forget_me"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Erase, and clear the slots of the conversation (the language stays, to be able to say so).

        A flagged conversation is never erased by a machine (safety.md 5.4): the wish goes to the staff.
        """
        try:
            erased = await in_store(lambda session: _erase_unless_flagged(session, tracker.sender_id))
        except StoreError as error:
            log.error("privacy.not_erased", error=type(error).__name__)
            dispatcher.utter_message(response="utter_erase_failed")
            return []
        if not erased:
            dispatcher.utter_message(response="utter_erase_flagged")
            return []
        dispatcher.utter_message(response="utter_erase_done")
        return [AllSlotsReset(), SlotSet("language", tracker.get_slot("language")), SlotSet("welcomed", True)]
