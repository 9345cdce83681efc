"""The four ways the article names: all of them, one, or two side by side, in the article's words and no others."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import language_of
from bot.content.article import load_article
from bot.content.responses import load_responses


class ActionTreatment(Action):
    """Slot ``which`` holds the ids of the ways to show; empty means all."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_treatment"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say them; sets no slot."""
        language = language_of(tracker)
        ways = {way.id: way for way in load_article().treatments}
        chosen = [ways[name] for name in tracker.get_slot("which") or [] if name in ways]
        if len(chosen) == 2:
            first, second = chosen
            dispatcher.utter_message(
                response="utter_treatment_compare",
                first_title=first.title.in_(language),
                first_text=first.words.in_(language),
                second_title=second.title.in_(language),
                second_text=second.words.in_(language),
            )
        elif len(chosen) == 1:
            dispatcher.utter_message(
                response="utter_treatment_one",
                option_title=chosen[0].title.in_(language),
                option_text=chosen[0].words.in_(language),
            )
        else:
            line = load_responses()["utter_treatment_line"].in_(language)
            lines = [
                line.filled(
                    number=str(number), option_title=way.title.in_(language), option_text=way.words.in_(language)
                )
                for number, way in enumerate(ways.values(), 1)
            ]
            dispatcher.utter_message(response="utter_treatment_all", options="\n".join(lines))
        return []
