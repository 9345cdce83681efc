"""Public registries of clinical trials, as links prefilled with the cancer named and the country."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import country_of, language_of
from bot.content.cancers import cancer_named
from bot.content.countries import load_countries
from bot.content.organisations import registries_in, status_words
from bot.dialogue.state import ASKS_CANCER


def _texts(tracker: Tracker) -> Iterable[str]:
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            yield str(event.get("text") or "")


class ActionTrialRegistries(Action):
    """A link tells where to look; nobody is ever told that a trial suits them."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_trial_registries"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the registries of the country; sets ``asking`` when the cancer has to be asked for."""
        language, countries = language_of(tracker), load_countries()
        # The country asked about, which need not be the writer's own; the newest message may only name the cancer.
        newest = (countries.named(text) for text in islice(_texts(tracker), 2))
        country = next(filter(None, newest), None) or country_of(tracker)
        cancer = next((found for text in _texts(tracker) if (found := cancer_named(text))), None)
        known = countries.by_code.get(country or "")
        dispatcher.utter_message(response="utter_trials_registry_intro")
        for registry in registries_in(country):
            dispatcher.utter_message(
                response="utter_trials_registry_item",
                name=registry.name.in_(language),
                url=registry.address(cancer, known.names.en if known else None),
                status=status_words(registry.status).in_(language),
            )
        if cancer is not None:
            return []
        dispatcher.utter_message(response="utter_trials_registry_ask_cancer")
        return [SlotSet("asking", ASKS_CANCER)]
