"""Rasa's agent with less work in a reply does what Rasa's own does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.utils import AvailableEndpoints
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, BotUttered, SlotSet, UserUttered

from bot.agent import InOrderRunner, Processor, ServedAction, fills_slots, load_agent
from bot.errors import ModelError
from bot.settings import ROOT
from bot.tracker import Tracker
from bot.training import MODEL

RAN: list[str] = []


class Joined(GraphComponent):
    """Puts its name behind what it is given."""

    def __init__(self, name: str) -> None:
        self._name = name

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any, **__: Any) -> Joined:
        return cls(config["name"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"name": ""}

    def run(self, left: str, right: str = "") -> str:
        RAN.append(self._name)
        return f"{left}{right}{self._name}"


def node(name: str, **needs: str) -> SchemaNode:
    return SchemaNode(
        needs, Joined, constructor_name="create", fn="run", config={"name": name}, eager=True, is_target=name == "d"
    )


#     said ─ a ─┬─ b ─┬─ d
#               └─ c ─┘     e stands apart
SCHEMA = GraphSchema(
    {
        "d": node("d", left="b", right="c"),
        "e": node("e", left="said"),
        "c": node("c", left="a"),
        "b": node("b", left="a"),
        "a": node("a", left="said"),
    }
)


@pytest.fixture
def runners(tmp_path: Path) -> tuple[InOrderRunner, DaskGraphRunner]:
    RAN.clear()
    made = (SCHEMA, LocalModelStorage(tmp_path), ExecutionContext(SCHEMA, "id"))
    return InOrderRunner.create(*made), DaskGraphRunner.create(*made)


@pytest.mark.parametrize("targets", [None, ["d"], ["b"], ["e", "d"]])
def test_the_same_outputs_as_rasas_own_runner(
    runners: tuple[InOrderRunner, DaskGraphRunner], targets: list[str] | None
) -> None:
    ours, rasas = runners
    for said in ("x", "y"):  # the order is kept, the outputs are not
        assert ours.run({"said": said}, targets) == rasas.run({"said": said}, targets)


def test_each_node_runs_once_and_only_if_needed(runners: tuple[InOrderRunner, DaskGraphRunner]) -> None:
    assert runners[0].run({"said": "x"}) == {"d": "xabxacd"}
    assert sorted(RAN) == ["a", "b", "c", "d"]
    RAN.clear()
    runners[0].run({"said": "x"}, ["b"])
    assert RAN == ["a", "b"]


GOOD = {"events": [{"event": "slot", "name": "asking", "value": None, "timestamp": None}], "responses": [{"text": "x"}]}


@pytest.mark.parametrize(
    "result",
    [
        GOOD,
        {},
        {"events": "none"},
        {"events": [{"name": "asking"}]},
        {"events": [{"event": "slot", "value": 1}]},
        {"events": [{"event": "slot", "name": 1, "value": 1}]},
        {"events": [{"event": "slot", "name": "asking"}]},
        {"events": [{"event": "slot", "name": "asking", "value": 1, "timestamp": True}]},
        {"events": [{"event": "slot", "name": "asking", "value": 1, "metadata": []}]},
        {"events": ["slot"]},
        {"events": [{"event": "reset_slots"}, *GOOD["events"]]},
        {"events": [{"event": "unheard_of"}]},
        {"responses": ["x"]},
    ],
)
def test_results_are_judged_as_rasa_judges_them(result: dict[str, Any]) -> None:
    def judged(action: RemoteAction) -> bool:
        try:
            return action._validate_action_result(result)
        except ValidationError:
            return False

    assert judged(ServedAction("action_x", None)) is judged(RemoteAction("action_x", None))


@pytest.mark.parametrize("content", [None, b"no archive"])
async def test_a_model_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(ModelError, match="train it again"):
        await load_agent(tmp_path / "model.tar.gz", AvailableEndpoints())


class _Listening:
    """An action that says nothing, and the prediction it comes from."""

    events = [SlotSet("language", "en")]
    policy_name, max_confidence, hide_rule_turn, action_metadata = "x", 1.0, False, None

    def name(self) -> str:
        return "action_listen"

    def event_for_successful_execution(self, _: object) -> ActionExecuted:
        return ActionExecuted(self.name())


async def _processor() -> Any:
    return (await load_agent(MODEL, AvailableEndpoints())).processor


@pytest.mark.usefixtures("model")
async def test_no_slot_is_looked_for_unless_rasa_fills_one(monkeypatch: pytest.MonkeyPatch) -> None:
    processor = await _processor()
    tracker = processor.tracker_store.init_tracker("someone")
    assert not processor._fills_slots
    assert await processor.run_action_extract_slots(None, tracker) is tracker
    assert list(tracker.events) == []
    processor._fills_slots = True
    ran: list[str] = []

    async def rasas(*_: object) -> None:
        ran.append("rasa")

    monkeypatch.setattr(MessageProcessor, "run_action_extract_slots", rasas)
    await processor.run_action_extract_slots(None, tracker)
    assert ran == ["rasa"]


@pytest.mark.parametrize(
    ("slots", "actions", "fills"),
    [
        ({"a": {"type": "text", "mappings": [{"type": "custom"}]}}, [], False),
        ({"a": {"type": "text", "mappings": [{"type": "from_text"}]}}, [], True),
        ({"a": {"type": "text", "mappings": [{"type": "custom", "action": "action_a"}]}}, ["action_a"], True),
        ({"a": {"type": "text", "mappings": [{"type": "custom"}]}}, ["action_validate_slot_mappings"], True),
    ],
)
def test_a_domain_whose_slots_rasa_fills(slots: dict[str, Any], actions: list[str], fills: bool) -> None:
    assert fills_slots(Domain.from_dict({"slots": slots, "actions": actions})) is fills


@pytest.mark.usefixtures("model")
async def test_an_action_and_what_it_did_stand_on_the_tracker_as_rasa_writes_them() -> None:
    processor = await _processor()
    for events in (None, [], [SlotSet("topic", "causes")], [ActionExecutionRejected("action_listen")]):
        trackers = []
        for write in (processor._log_action_on_tracker, super(Processor, processor)._log_action_on_tracker):
            trackers.append(processor.tracker_store.init_tracker("someone"))
            write(trackers[-1], _Listening(), events, _Listening())
        ours, rasas = trackers
        assert list(ours.events) == list(rasas.events)
        assert ours.current_slot_values() == rasas.current_slot_values()


@pytest.mark.usefixtures("model")
async def test_an_intent_the_domain_does_not_know_is_told() -> None:
    processor = await _processor()
    processor._check_for_unseen_features({"intent": {"name": "greet"}, "entities": []})
    with pytest.warns(UserWarning, match="not defined in the domain"):
        processor._check_for_unseen_features({"intent": {"name": "unheard_of"}, "entities": []})


@pytest.mark.usefixtures("model")
async def test_actions_are_made_once_and_those_of_the_server_are_ours() -> None:
    processor = await _processor()
    assert type(processor._action_of("action_comment_submit")) is ServedAction
    assert processor._action_of("utter_welcome") is processor._action_of("utter_welcome")
    assert processor._action_of("utter_welcome").name() == "utter_welcome"
    assert processor._action_of("action_restart") is not processor._action_of("action_restart")


@pytest.mark.usefixtures("model")
async def test_listening_is_written_down_and_ends_the_turn() -> None:
    processor = await _processor()
    tracker = processor.tracker_store.init_tracker("someone")
    prediction = PolicyPrediction.for_action_name(processor.domain, "action_listen", "x")
    prediction.events = [SlotSet("topic", "causes")]
    listen = processor._action_of("action_listen")
    rasas = processor.tracker_store.init_tracker("someone")
    output = CollectingOutputChannel()
    assert await processor._run_action(listen, tracker, output, processor.nlg, prediction) is False
    assert await super(Processor, processor)._run_action(listen, rasas, output, processor.nlg, prediction) is False
    assert list(tracker.events) == list(rasas.events)
    assert tracker.get_slot("topic") == "causes"


def test_the_action_server_is_told_what_patients_said() -> None:
    tracker = Tracker("someone", Domain.load(ROOT / "bot" / "domain").slots)
    for event in (UserUttered("one"), BotUttered("said"), SlotSet("language", "fr"), UserUttered("two")):
        tracker.update(event)
    told = ServedAction("action_comment_submit", None)._action_call_format(tracker, Domain.empty())
    assert [event["text"] for event in told["tracker"]["events"]] == ["one", "two"]
    assert told["tracker"]["latest_message"]["text"] == "two"
    assert told["tracker"]["slots"]["language"] == "fr"
    assert (told["next_action"], told["sender_id"]) == ("action_comment_submit", "someone")


@pytest.mark.usefixtures("model")
async def test_the_trained_model_is_run_by_it() -> None:
    agent = await load_agent(MODEL, AvailableEndpoints())
    assert isinstance(agent.processor.graph_runner, InOrderRunner)
    parsed = await agent.parse_message("What is a refractory cancer?")
    assert parsed["intent"]["name"] == "what_is"
