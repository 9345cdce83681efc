"""Rasa's graph run node by node, and results of actions checked by one validator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.utils import AvailableEndpoints
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.agent import InOrderRunner, ServedAction, load_agent
from bot.errors import ModelError
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


@pytest.mark.usefixtures("model")
async def test_the_trained_model_is_run_by_it() -> None:
    agent = await load_agent(MODEL, AvailableEndpoints())
    assert isinstance(agent.processor.graph_runner, InOrderRunner)
    parsed = await agent.parse_message("What is a refractory cancer?")
    assert parsed["intent"]["name"] == "what_is"
