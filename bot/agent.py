"""Rasa's agent with less of its own work in a reply: the graph run node by node, action results checked with one validator.

Rasa hands a graph of eight nodes to dask, a scheduler for clusters, three times a reply, and checks the schema of action
results against the metaschema (14 ms) before it checks each result against the schema (0.3 ms).
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
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import LockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
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
from rasa.shared.core.trackers import DialogueStateTracker
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


class ServedAction(RemoteAction):
    """An action of the action server, its result checked by a validator that is made once."""

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        """Raises jsonschema's ValidationError for a result that breaks the contract."""
        error = best_match(_validator().iter_errors(result))
        if error is not None:
            raise error
        return True


class Processor(MessageProcessor):
    """Rasa's processor with :class:`InOrderRunner` and :class:`ServedAction`."""

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

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """The next action, and the prediction it comes from. Raises ActionLimitReached."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = ServedAction(action.name(), self.action_endpoint)
        return action, prediction


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
