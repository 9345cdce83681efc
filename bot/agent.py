"""Rasa's agent with less of its own work in a reply.

Rasa hands a graph of eight nodes to dask, a scheduler for clusters, three times a reply; checks the schema of action results
against the metaschema (14 ms) before it checks each result against the schema; makes an empty domain for each message, to see
that the domain is not empty; copies every event for a debug line; and looks for slots to fill where none is filled by Rasa.
"""

from __future__ import annotations

import functools
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import rasa.core.agent
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import Action, ActionBotResponse, ActionListen, RemoteAction
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import OutputChannel
from rasa.core.lock_store import LockStore
from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.engine import loader
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS, DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from bot.errors import ModelError


class InOrderRunner(DaskGraphRunner):
    """Runs the nodes of a graph one after the other, in an order found once for each set of targets."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Output of each target by name; nodes that no target needs are not run."""
        wanted = tuple(targets or self._graph_schema.target_names)
        found: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, node, needs in self._order(wanted):
            # An input that was not given is handed on by its name, as dask does.
            found[name] = node(*(found.get(need, need) for need in needs))
        return dict(found[name] for name in wanted)

    @functools.cached_property
    def _orders(self) -> dict[tuple[str, ...], list[tuple[str, GraphNode, tuple[str, ...]]]]:
        return {}

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, GraphNode, tuple[str, ...]]]:
        if targets not in self._orders:
            names = list(dict.fromkeys(self._with_needs(targets)))
            self._orders[targets] = [(name, self._instantiated_nodes[name], self._needs(name)) for name in names]
        return self._orders[targets]

    def _with_needs(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            if name in self._graph_schema.nodes:
                yield from self._with_needs(self._needs(name))
                yield name

    def _needs(self, name: str) -> tuple[str, ...]:
        return tuple(self._graph_schema.nodes[name].needs.values())


@functools.lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    made = validator_for(schema)
    made.check_schema(schema)
    return made(schema)


def _is_plain(result: dict[str, Any]) -> bool:
    """Nothing but slots and texts, as nearly all results: five milliseconds of the schema would find no fault."""
    events, texts = result.get("events", []), result.get("responses", [])
    return (
        isinstance(events, list)
        and isinstance(texts, list)
        and all(isinstance(text, dict) for text in texts)
        and all(
            isinstance(event, dict)
            and event.get("event") == "slot"
            and isinstance(event.get("name"), str)
            and "value" in event
            and type(event.get("timestamp")) in (float, int, type(None))
            and isinstance(event.get("metadata"), (dict, type(None)))
            for event in events
        )
    )


class ServedAction(RemoteAction):
    """An action of the action server.

    It is told the slots and what patients said, not what was done after it nor the domain, which no action here reads: one
    that did would have to change ``_action_call_format``. Its result is checked by a validator that is made once.
    """

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        state = tracker.current_state(EventVerbosity.NONE)
        state["events"] = [event.as_dict() for event in tracker.events if isinstance(event, UserUttered)]
        return {
            "next_action": self._name,
            "sender_id": tracker.sender_id,
            "tracker": state,
            "version": rasa.__version__,
        }

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        """Raises jsonschema's ValidationError for a result that breaks the contract."""
        if not _is_plain(result):
            error = best_match(_validator().iter_errors(result))
            if error is not None:
                raise error
        return True


def fills_slots(domain: Domain) -> bool:
    """Whether Rasa itself, or an action that it asks after each message, sets any slot of the domain."""
    return ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions or any(
        mapping.get("type") != "custom" or bool(mapping.get("action"))
        for slot in domain.slots
        if slot.name not in DEFAULT_SLOT_NAMES
        for mapping in slot.mappings
    )


class Processor(MessageProcessor):
    """Rasa's processor with :class:`InOrderRunner` and :class:`ServedAction`, without what this domain has no use for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._intents = frozenset(self.domain.intents)
        self._fills_slots = fills_slots(self.domain)
        # One object a name will do for those that keep nothing while they run.
        self._actions: dict[str, Action] = {}

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        archive = Path(model_path)
        try:
            with TempDirectoryPath(get_temp_dir_name()) as folder:
                metadata, runner = loader.load_predict_graph_runner(
                    Path(folder), archive, LocalModelStorage, InOrderRunner
                )
        except (OSError, tarfile.ReadError) as error:
            raise ModelError(f"The model {archive} can't be read ({type(error).__name__}): train it again.") from error
        return archive.name, metadata, runner

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """The tracker with the slots that Rasa fills from a message, if it fills any."""
        if not self._fills_slots:
            return tracker
        return await super().run_action_extract_slots(output_channel, tracker)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """The next action, and the prediction it comes from. Raises ActionLimitReached."""
        if self.is_action_limit_reached(tracker, self.should_predict_another_action(tracker.latest_action_name)):
            raise ActionLimitReached("No more actions follow one message.")
        prediction = self._predict_next_with_tracker(tracker)
        return self._action_of(self.domain.action_names_or_texts[prediction.max_confidence_index]), prediction

    def _action_of(self, name: str) -> Action:
        if name not in self._actions:
            action = self._get_action(name)
            if type(action) is RemoteAction:
                action = ServedAction(action.name(), self.action_endpoint)
            if type(action) not in (ServedAction, ActionBotResponse, ActionListen):
                return action
            self._actions[name] = action
        return self._actions[name]

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        if isinstance(action, ActionListen):  # it does nothing, for which no copy of the tracker is needed
            self._log_action_on_tracker(tracker, action, [], prediction)
            return False
        goes_on: bool = await super()._run_action(action, tracker, output_channel, nlg, prediction)
        return goes_on

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        if parse_data["entities"] or parse_data["intent"]["name"] not in self._intents:
            super()._check_for_unseen_features(parse_data)

    def _log_action_on_tracker(
        self, tracker: DialogueStateTracker, action: Action, events: list[Event] | None, prediction: PolicyPrediction
    ) -> None:
        if not any(isinstance(event, ActionExecutionRejected) for event in events or ()):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events or [], self.domain)


class Agent(rasa.core.agent.Agent):
    """Rasa's agent with :class:`Processor`."""

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load the model and tell everything that needs to know its domain. Raises ModelError."""
        self.processor = Processor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        if isinstance(self.nlg, TemplatedNaturalLanguageGenerator):
            self.nlg.responses = self.domain.responses


async def load_agent(model: Path, endpoints: AvailableEndpoints) -> Agent:
    """An agent with ``model``, its stores, texts and actions as ``endpoints`` say. Raises ModelError."""
    broker = await EventBroker.create(endpoints.event_broker)
    agent = Agent(
        generator=endpoints.nlg,
        tracker_store=TrackerStore.create(endpoints.tracker_store, event_broker=broker),
        lock_store=LockStore.create(endpoints.lock_store),
        action_endpoint=endpoints.action,
    )
    agent.load_model(model)
    return agent
