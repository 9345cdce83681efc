"""Support groups, counselling and educational material of the patient's country."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import country_of, language_of
from bot.content.helplines import load_helplines
from bot.content.organisations import organisations_in, status_words

# More would be a wall; "tell me more" shows the rest.
SHOWN = 4


class ActionResources(Action):
    """Asks for the country once; lists the organisations of a known one."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_resources"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say them; sets ``asking`` when the country has to be asked for."""
        language, country = language_of(tracker), country_of(tracker)
        if country is None:
            dispatcher.utter_message(response="utter_resources_ask_country")
            return [SlotSet("asking", "resources")]
        found = organisations_in(country)
        if not found:
            dispatcher.utter_message(response="utter_resources_none")
            return [SlotSet("asking", None)]
        helplines = load_helplines()
        lines = {line.id: line for one in found for line in helplines.of(one.country).cancer}
        listed = helplines.listed_on.isoformat()
        dispatcher.utter_message(response="utter_resources_intro", listed_on=listed)
        for one in found[:SHOWN]:
            line = lines.get(one.line)
            contact = " · ".join(part for part in (one.number, one.url) if part)
            dispatcher.utter_message(
                response="utter_resources_item",
                name=one.name.in_(language),
                offers=one.offers.in_(language),
                contact=contact,
                hours=line.hours.in_(language) if line else "",
                status=status_words(one.status).in_(language),
            )
        dispatcher.utter_message(response="utter_resources_outro")
        return [SlotSet("asking", None)]
