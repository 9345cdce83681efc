"""What the actions read of their conversation, and that each of them is known to the domain."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from pathlib import Path

import pytest
import yaml
from rasa_sdk import Action

import actions
from actions.conversation import country_of, in_store, language_of, latest_text
from bot.errors import StoreUnavailable
from bot.settings import ROOT
from bot.store import conversations
from tests.actions.running import tracker
from tests.alerted import set_environment


@pytest.mark.parametrize(("slot", "language"), [("fr", "fr"), ("en", "en"), (None, "fr"), ("de", "fr")])
def test_language(slot: str | None, language: str) -> None:
    assert language_of(tracker(language=slot)) == language


def test_country_and_text() -> None:
    assert country_of(tracker(country="be")) == "be"
    assert country_of(tracker()) is country_of(tracker(country="")) is None
    assert latest_text(tracker(("a", "b"))) == "b"
    assert latest_text(tracker()) == ""


async def test_work_runs_in_a_transaction_beside_the_event_loop(store: None) -> None:
    def work(session: object) -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return conversations.ensure(session, "c9").id  # type: ignore[arg-type]

    assert await in_store(work) == "c9"
    with pytest.raises(ZeroDivisionError):
        await in_store(lambda session: 1 / (conversations.ensure(session, "c10") is None))
    assert await in_store(lambda session: session.execute("SELECT COUNT(*) FROM conversations").scalar()) == 1


async def test_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(StoreUnavailable):
        await in_store(lambda session: conversations.ensure(session, "c9"))


def test_each_action_is_one_module_and_in_the_domain() -> None:
    found: set[str] = set()
    for path in sorted(Path(actions.__file__).parent.glob("*.py")):
        module = importlib.import_module(f"actions.{path.stem}") if path.stem != "__init__" else actions
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Action) and kind.__module__ == module.__name__:
                assert inspect.iscoroutinefunction(kind.run)
                found.add(kind().name())
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text(encoding="utf-8"))
    assert found == set(domain["actions"])
