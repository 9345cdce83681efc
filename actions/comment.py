"""Sending a comment for approval, and telling what became of it."""

from __future__ import annotations

from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import in_store, language_of
from bot.content.responses import load_responses
from bot.errors import StoreError
from bot.store import comments

log = structlog.get_logger(__name__)


class ActionCommentSubmit(Action):
    """Stores the confirmed comment as pending."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_comment_submit"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say that it was sent, or that it was not: then the text stays in the conversation and is offered again."""
        text = str(tracker.get_slot("comment_text") or "").strip()
        if not text:
            dispatcher.utter_message(response="utter_comment_empty")
            return [SlotSet("comment_stage", "text")]
        name = tracker.get_slot("comment_name")
        try:
            await in_store(
                lambda session: comments.submit(
                    session,
                    conversation_id=tracker.sender_id,
                    text=text,
                    display_name=str(name) if name else None,
                    language=language_of(tracker),
                )
            )
        except StoreError as error:
            log.error("comment.not_stored", error=type(error).__name__)
            dispatcher.utter_message(response="utter_comment_failed")
            dispatcher.utter_message(response="utter_comment_kept")
            return [SlotSet("comment_stage", "failed")]
        dispatcher.utter_message(response="utter_comment_sent")
        return [SlotSet("comment_stage", None), SlotSet("comment_text", None), SlotSet("comment_name", None)]


class ActionCommentStatus(Action):
    """Tells what became of the comment written in this conversation."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_comment_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it; sets no slot."""
        found = await in_store(lambda session: comments.latest_of(session, tracker.sender_id), write=False)
        if found is None:
            dispatcher.utter_message(response="utter_comment_status_none")
            return []
        status = load_responses()[f"utter_comment_status_{found.status}"].in_(language_of(tracker)).text
        dispatcher.utter_message(response="utter_comment_status", comment_status=status)
        return []
