"""Sending a comment for approval, and what became of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from actions.comment import ActionCommentStatus, ActionCommentSubmit
from bot.content.article import load_article
from bot.errors import StoreUnavailable
from bot.store import comments, database
from bot.store.models import Comment
from tests.actions.running import CONVERSATION, LANGUAGES, run, tracker
from tests.alerted import set_environment

pytestmark = pytest.mark.usefixtures("store")


def stored() -> list[Comment]:
    with database.session_scope(write=False) as session:
        return list(session.execute(sa.select(Comment).order_by(Comment.id)).scalars())


def decide(status: str) -> None:
    with database.session_scope() as session:
        comments.decide(session, stored()[-1].id, status, staff_id=1, reason="because")  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "kept"), [("Lila", "Lila"), (None, None), ("", None)])
async def test_sent_for_approval(language: str, name: str | None, kept: str | None) -> None:
    conversation = tracker(language=language, comment_text="  Très clair ", comment_name=name, comment_stage="confirm")
    done = await run(ActionCommentSubmit(), conversation)
    assert done.responses == ("utter_comment_sent",)
    assert done.text == load_article().comment_form.sent.in_(language)  # type: ignore[arg-type]
    assert done.slots == {"comment_stage": None, "comment_text": None, "comment_name": None}
    [comment] = stored()
    assert (comment.text, comment.display_name, comment.language) == ("Très clair", kept, language)
    assert (comment.status, comment.conversation_id) == ("pending", CONVERSATION)


@pytest.mark.parametrize("text", [None, "", "   "])
async def test_nothing_to_send(text: str | None) -> None:
    done = await run(ActionCommentSubmit(), tracker(language="fr", comment_text=text))
    assert done.responses == ("utter_comment_empty",)
    assert done.slots == {"comment_stage": "text"}
    assert stored() == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_it_cannot_be_stored_the_text_stays(
    language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    done = await run(ActionCommentSubmit(), tracker(language=language, comment_text="Très clair", comment_name="Lila"))
    assert done.responses == ("utter_comment_failed", "utter_comment_kept")
    assert done.texts[0] == load_article().comment_form.failed.in_(language)  # type: ignore[arg-type]
    assert done.slots == {"comment_stage": "failed"}


@pytest.mark.parametrize(
    ("language", "pending", "approved", "rejected"),
    [
        ("fr", "pas encore lu", "sous l’article", "non publié"),
        ("en", "not read it yet", "below the article", "not published"),
    ],
)
async def test_what_became_of_it(language: str, pending: str, approved: str, rejected: str) -> None:
    asked = tracker(language=language)
    none = await run(ActionCommentStatus(), asked)
    assert none.responses == ("utter_comment_status_none",)
    await run(ActionCommentSubmit(), tracker(language=language, comment_text="Très clair"))
    for status, words in (("pending", pending), ("approved", approved), ("rejected", rejected)):
        if status != "pending":
            decide(status)
        done = await run(ActionCommentStatus(), asked)
        assert done.responses == ("utter_comment_status",)
        assert words in done.text
        assert done.slots == {}


async def test_a_comment_of_somebody_else_is_not_told() -> None:
    with database.session_scope() as session:
        comments.submit(session, conversation_id="c2", text="x", display_name=None, language="fr")
    assert (await run(ActionCommentStatus(), tracker(language="fr"))).responses == ("utter_comment_status_none",)


async def test_the_newest_counts() -> None:
    for text in ("one", "two"):
        await run(ActionCommentSubmit(), tracker(language="en", comment_text=text))
    decide("approved")
    assert "below the article" in (await run(ActionCommentStatus(), tracker(language="en"))).text


async def test_a_store_that_is_away_is_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(StoreUnavailable):
        await run(ActionCommentStatus(), tracker(language="fr"))


def test_names() -> None:
    assert ActionCommentSubmit().name() == "action_comment_submit"
    assert ActionCommentStatus().name() == "action_comment_status"
