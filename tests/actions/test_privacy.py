"""What is known of a person, and forgetting it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from actions.privacy import ActionForgetMe, ActionKnowAboutMe
from bot.store import comments, conversations, database, handoff, ratings
from bot.store.columns import now
from bot.store.models import Comment, Conversation, Rating
from tests.actions.running import CONVERSATION, LANGUAGES, run, tracker
from tests.alerted import alert_row, raise_alert, set_environment

pytestmark = pytest.mark.usefixtures("store")


def left_behind() -> None:
    """A conversation with a comment and a rating."""
    with database.session_scope() as session:
        conversations.ensure(session, CONVERSATION, at=now())
        comments.submit(session, conversation_id=CONVERSATION, text="Très clair", display_name="Lila", language="fr")
        ratings.rate(
            session, conversation_id=CONVERSATION, utterance_id="u", topic="causes", language="fr", useful=True
        )


def rows(model: type[Comment] | type[Rating]) -> int:
    with database.session_scope(write=False) as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Messages de vous : 1", "Langue : français", "Pays : be", "Commentaires : 1", "30 jours"]),
        ("en", ["Messages from you: 1", "Language: English", "Country: be", "Comments: 1", "30 days"]),
    ],
)
async def test_what_is_known(language: str, words: list[str]) -> None:
    left_behind()
    done = await run(ActionKnowAboutMe(), tracker(language=language, country="be"))
    assert done.responses == ("utter_know_about_me",)
    assert all(word in done.text for word in words), done.text
    assert "Très clair" not in done.text
    assert done.slots == {}


async def test_no_country() -> None:
    left_behind()
    assert "Pays : –" in (await run(ActionKnowAboutMe(), tracker(language="fr"))).text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_is_known(language: str) -> None:
    done = await run(ActionKnowAboutMe(), tracker(language=language))
    assert done.responses == ("utter_know_about_me_nothing",)


async def test_of_somebody_else_nothing_is_told() -> None:
    with database.session_scope() as session:
        conversations.ensure(session, "c2", at=now())
    assert (await run(ActionKnowAboutMe(), tracker(language="fr"))).responses == ("utter_know_about_me_nothing",)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forgotten(language: str) -> None:
    left_behind()
    with database.session_scope() as session:
        comments.submit(session, conversation_id="c2", text="of another", display_name=None, language="fr")
    done = await run(ActionForgetMe(), tracker(language=language, topic="causes", comment_text="a draft"))
    assert done.responses == ("utter_erase_done",)
    assert done.slots == {"*": None, "language": language, "welcomed": True}
    assert (rows(Comment), rows(Rating)) == (1, 0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forgetting_what_was_never_stored(language: str) -> None:
    assert (await run(ActionForgetMe(), tracker(language=language))).responses == ("utter_erase_done",)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_conversation_with_an_alert_is_left_to_people(language: str) -> None:
    left_behind()
    alert_id = raise_alert("E1", at=now())
    done = await run(ActionForgetMe(), tracker(language=language))
    assert done.responses == ("utter_erase_flagged",)
    assert done.slots == {}
    assert (rows(Comment), rows(Rating)) == (1, 1)
    assert alert_row(alert_id).evidence
    with database.session_scope(write=False) as session:
        assert handoff.state(session, CONVERSATION) == "waiting"
        assert session.get(Conversation, CONVERSATION).asked_at is not None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_never_claimed_when_it_failed(
    language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    done = await run(ActionForgetMe(), tracker(language=language))
    assert done.responses == ("utter_erase_failed",)
    assert done.slots == {}


def test_names() -> None:
    assert ActionKnowAboutMe().name() == "action_know_about_me"
    assert ActionForgetMe().name() == "action_forget_me"
