"""Useful or not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from actions.rating import ActionRate
from bot.errors import StoreUnavailable
from bot.store import database
from bot.store.models import Rating
from tests.actions.running import CONVERSATION, run, tracker
from tests.alerted import set_environment

pytestmark = pytest.mark.usefixtures("store")


def stored() -> list[Rating]:
    with database.session_scope(write=False) as session:
        return list(session.execute(sa.select(Rating).order_by(Rating.id)).scalars())


@pytest.mark.parametrize(
    ("said", "intent", "language", "useful"),
    [
        ("Ça m’a aidé", "useful", "fr", True),
        ("That helped", "useful", "en", True),
        ("Ça ne m’aide pas", "not_useful", "fr", False),
        ("That does not help", "not_useful", "en", False),
    ],
)
async def test_a_rating(said: str, intent: str, language: str, useful: bool) -> None:
    done = await run(ActionRate(), tracker((said,), intent, language=language, topic="causes"))
    assert (done.responses, done.slots) == ((), {})
    [rating] = stored()
    assert (rating.conversation_id, rating.utterance_id, rating.topic) == (CONVERSATION, "topic:causes", "causes")
    assert (rating.language, rating.useful) == (language, useful)


async def test_the_widget_names_the_answer() -> None:
    await run(ActionRate(), tracker(("x",), "useful", {"utterance_id": "u7"}, language="fr", topic="causes"))
    assert stored()[0].utterance_id == "u7"


async def test_a_second_thought_replaces_the_first() -> None:
    for intent in ("useful", "not_useful"):
        await run(ActionRate(), tracker(("x",), intent, language="fr", topic="causes"))
    assert [rating.useful for rating in stored()] == [False]


async def test_without_a_topic() -> None:
    await run(ActionRate(), tracker(("x",), "useful", language="fr"))
    assert [rating.topic for rating in stored()] == [None]


async def test_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(StoreUnavailable):
        await run(ActionRate(), tracker(("x",), "useful", language="fr"))


def test_name() -> None:
    assert ActionRate().name() == "action_rate"
