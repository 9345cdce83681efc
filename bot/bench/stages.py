"""The profile of one reply: where its milliseconds go, stage by stage, inside the dialogue server's own process.

Chosen functions of Rasa and of the project are wrapped with a clock while the profile runs. A stage's time is its own:
what it spends in another stage counts there.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

# (stage, module, owner within it or "", function). The order is that of a reply.
STAGES: Final = (
    ("danger looked for by the channel", "bot.channels.inlet", "", "assess"),
    ("message stored (inlet)", "bot.channels.inlet", "Inlet", "_store"),
    ("understanding begun meanwhile", "bot.channels.inlet", "", "_begin_to_understand"),
    ("tracker read", "bot.store.tracker_store", "RepereTrackerStore", "retrieve"),
    ("understanding: language", "bot.nlu.components", "LanguageDetector", "process"),
    ("understanding: tokens and lemmas", "bot.nlu.components", "BilingualTokenizer", "process"),
    ("understanding: sentence vector", "bot.nlu.intent_model", "", "encode"),
    ("understanding: sparse features", "bot.nlu.features", "SparseFeatures", "transform"),
    ("understanding: classifier", "bot.nlu.classifier", "IntentClassifier", "process"),
    ("understanding: gate", "bot.nlu.components", "AnswerGate", "process"),
    ("understanding: red flags", "bot.nlu.red_flags", "RedFlagDetector", "process"),
    ("policy: the project's", "bot.dialogue.policies", "ConversationPolicy", "predict_action_probabilities"),
    ("policy: rules", "bot.dialogue.policies", "Rules", "predict_action_probabilities"),
    ("policy: stories", "bot.dialogue.policies", "Stories", "predict_action_probabilities"),
    (
        "policies put together",
        "rasa.core.policies.ensemble",
        "DefaultPolicyPredictionEnsemble",
        "combine_predictions_from_kwargs",
    ),
    ("copies of the tracker", "bot.tracker", "Tracker", "copy"),
    ("Rasa: slots looked for", "rasa.core.actions.action", "ActionExtractSlots", "run"),
    ("action server asked", "rasa.core.actions.action", "RemoteAction", "run"),
    ("Rasa: action run", "bot.agent", "Processor", "_run_action"),
    ("texts chosen", "bot.dialogue.nlg", "ResponseGenerator", "generate"),
    ("tracker saved", "bot.store.tracker_store", "RepereTrackerStore", "save"),
    ("Rasa: graph of the understanding", "rasa.core.processor", "MessageProcessor", "parse_message"),
    ("Rasa: graph of the policies", "bot.agent", "Processor", "predict_next_with_tracker_if_should"),
    ("Rasa: the rest of a message", "rasa.core.agent", "Agent", "handle_message"),
)


@dataclass
class Clock:
    """Own milliseconds, of the wall and of the processor, and calls of each stage since the last :meth:`clear`."""

    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    processor: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _inner: list[tuple[float, float]] = field(default_factory=list)

    def clear(self) -> None:
        """Forget what was counted."""
        self.wall.clear()
        self.processor.clear()
        self.calls.clear()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside, less that of stages within it. One conversation at a time only."""
        self._inner.append((0.0, 0.0))
        # The processor's time is that of all threads: the store works in its own.
        wall, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            wall, processor = (time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000
            inner_wall, inner_processor = self._inner.pop()
            self.wall[name] += wall - inner_wall
            self.processor[name] += processor - inner_processor
            self.calls[name] += 1
            if self._inner:
                outer_wall, outer_processor = self._inner[-1]
                self._inner[-1] = (outer_wall + wall, outer_processor + processor)

    def wrapped(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function`` with its time counted under ``name``."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def later(*arguments: Any, **options: Any) -> Any:
                with self.stage(name):
                    return await function(*arguments, **options)

            return later

        @functools.wraps(function)
        def now(*arguments: Any, **options: Any) -> Any:
            with self.stage(name):
                return function(*arguments, **options)

        return now


@contextlib.contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Wrap every function of :data:`STAGES`; puts them back at the end."""
    before: list[tuple[Any, str, Any]] = []
    try:
        for stage, module, owner, name in STAGES:
            holder: Any = import_module(module)
            if owner:
                holder = getattr(holder, owner)
            found = inspect.getattr_static(holder, name)
            before.append((holder, name, found))
            setattr(holder, name, clock.wrapped(stage, found))
        yield
    finally:
        for holder, name, found in reversed(before):
            setattr(holder, name, found)
