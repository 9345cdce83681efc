"""Rasa policies: the one that carries out :mod:`bot.dialogue.plan`, and rules and stories for what it leaves to them."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.memoization import AugmentedMemoizationPolicy
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.content.countries import load_countries
from bot.dialogue.plan import plan_turn
from bot.dialogue.state import ASKS_CANCER, ASKS_COUNTRY, Plan, Turn
from bot.nlu.language import Detection, Language
from bot.safety.detector import assess
from bot.safety.routing import flags_of
from bot.settings import get_settings

# Said when an action was to answer and could not: nobody is left in silence.
_NOTHING_SAID = "utter_technical_problem"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=False)
class ConversationPolicy(Policy):
    """Plans a turn when a message comes in, then runs the plan action by action; else leaves it to the rules."""

    @staticmethod
    def supported_data() -> SupportedData:
        """It needs no stories."""
        return SupportedData.ML_AND_RULE_DATA

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Above the rules: danger and what is under way come first."""
        return {"priority": 10}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ConversationPolicy:
        """Make the policy; there is nothing to train or to load."""
        return cls(config, model_storage, resource, execution_context)

    load = create

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing to learn."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The next action of the plan, or no opinion."""
        done, said, message = _since_message(tracker)
        if message is None:
            return self._prediction(self._default_predictions(domain))
        if done:
            plan = tracker.get_slot("plan")
            if plan is None:  # the rule or story has run: all of them are one action long
                return self._certain(ACTION_LISTEN_NAME if said or done[-1] == _NOTHING_SAID else _NOTHING_SAID, domain)
            return self._next(list(plan), done, said, domain)
        planned = _planned(tracker, message)
        values = {**planned.slots, "plan": None if planned.actions is None else list(planned.actions)}
        # What a slot holds already needs no event: each is stored.
        events = [
            SlotSet(name, value)
            for name, value in values.items()
            if name in tracker.slots and tracker.slots[name].value != value
        ]
        if planned.actions is None:
            return self._prediction(self._default_predictions(domain), events=events)
        return self._certain(planned.actions[0] if planned.actions else ACTION_LISTEN_NAME, domain, events)

    def _next(self, plan: list[str], done: list[str], said: bool, domain: Domain) -> PolicyPrediction:
        if len(done) < len(plan):
            return self._certain(plan[len(done)], domain)
        if plan and not said and done[-1] != _NOTHING_SAID:
            return self._certain(_NOTHING_SAID, domain)
        return self._certain(ACTION_LISTEN_NAME, domain)

    def _certain(self, action: str, domain: Domain, events: list[SlotSet] | None = None) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, events=events)


class _WhenAsked(Policy):
    """A policy that is asked only when the conversation policy leaves the turn to it.

    Rasa asks every policy for every action and keeps one answer; rules and stories replay the conversation for theirs.
    """

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The policy's own prediction, or no opinion on a turn that is planned."""
        done, _, message = _since_message(tracker)
        if message is not None and (done or _planned(tracker, message).actions is not None):
            return self._prediction(self._default_predictions(domain))
        prediction: PolicyPrediction = super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        return prediction


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=True)
class Rules(_WhenAsked, RulePolicy):
    """Rasa's rules (``data/stories/rules.yml``)."""


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=True)
class Stories(_WhenAsked, AugmentedMemoizationPolicy):
    """Rasa's memory of stories (``data/stories/stories.yml``)."""


def _planned(tracker: DialogueStateTracker, message: UserUttered) -> Plan:
    """The plan of the turn that ``message`` begins, made once for all policies that ask for it."""
    begun = (id(message), len(tracker.events))
    kept = getattr(tracker, "repere_plan", None)
    if kept is None or kept[0] != begun:
        kept = (begun, plan_turn(turn_of(tracker, message), get_settings().default_language))
        tracker.repere_plan = kept
    plan: Plan = kept[1]
    return plan


def _since_message(tracker: DialogueStateTracker) -> tuple[list[str], bool, UserUttered | None]:
    """Actions run since the last message, whether anything was said in reply to it since, and the message."""
    done: list[str] = []
    said = False
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return done[::-1], said, event
        if isinstance(event, ActionExecuted) and event.action_name not in (
            ACTION_LISTEN_NAME,
            "action_extract_slots",
        ):
            done.append(event.action_name)
        # The welcome answers nothing.
        said = said or (isinstance(event, BotUttered) and event.metadata.get("utter_action") != "utter_welcome")
    return [], said, None


def _last_turn(tracker: DialogueStateTracker) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """What the bot did in the turn before the last message, and title and payload of the buttons it showed last."""
    actions: list[str] = []
    offered: list[tuple[str, str]] = []
    messages = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            messages += 1
            if messages == 2:
                break
        elif messages == 1 and isinstance(event, ActionExecuted):
            if event.action_name not in (ACTION_LISTEN_NAME, "action_extract_slots"):
                actions.append(event.action_name)
        elif messages == 1 and isinstance(event, BotUttered) and not offered:
            buttons = event.data.get("buttons") or []
            offered = [(str(b.get("title")), str(b["payload"]).lstrip("/")) for b in buttons if b.get("payload")]
    return tuple(actions[::-1]), offered


def turn_of(tracker: DialogueStateTracker, message: UserUttered) -> Turn:
    """The plain turn that the rules of the dialogue work on."""
    parsed = message.parse_data or {}
    text = message.text or ""
    payload = text.startswith("/") and "red_flags" not in parsed
    flags = parsed.get("red_flags")
    if payload:
        # Rasa replaces what the pipeline found for a text behind a slash; danger is looked for all the same.
        flags = flags_of(assess(text[1:]))
    language = parsed.get("language") or {}
    actions, offered = _last_turn(tracker)
    page = (message.metadata or {}).get("language")
    pages: dict[Any, Language] = {"fr": "fr", "en": "en"}
    named = next((str(e["value"]) for e in message.entities if e.get("entity") == "country"), None)
    return Turn(
        text=text,
        intent=str(message.intent.get("name") or "no_answer"),
        gate=parsed.get("outcome_gate") or {},
        flags=flags,
        detection=Detection(
            language.get("detected"), float(language.get("confidence") or 0), int(language.get("words") or 0)
        ),
        page_language=pages.get(page),
        payload=payload,
        country=named or _country(text, tracker, message),
        offered=tuple(payload for _, payload in offered),
        titles=dict(offered),
        last_actions=actions,
        slots=tracker.current_slot_values(),
    )


def _country(text: str, tracker: DialogueStateTracker, message: UserUttered) -> str | None:
    """A country named in the message, or the page's when none is known yet."""
    asking = tracker.get_slot("asking")
    # Whoever was asked for the cancer, to search registries, may name the country of the search instead.
    found = load_countries().find(
        text, asked=asking in ASKS_COUNTRY or (asking == ASKS_CANCER and len(text.split()) <= 3)
    )
    if found:
        return str(found)
    page = (message.metadata or {}).get("country")
    return str(page) if page and not tracker.get_slot("country") else None
