"""Comments wait for approval and keep their history."""

from __future__ import annotations

import pytest

from bot.errors import NotFound
from bot.store import comments
from bot.store.database import session_scope

TEXTS = [("fr", "Merci, c’est clair."), ("en", "Thank you, this is clear.")]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_submitted_ones_are_pending(url: str, language: str, text: str) -> None:
    with session_scope(url) as session:
        made = comments.submit(session, conversation_id="c", text=f"  {text} ", display_name=" ", language=language)
    with session_scope(url, write=False) as session:
        (found,) = comments.listing(session, "pending")
        assert comments.latest_of(session, "c").id == made.id  # type: ignore[union-attr]
        assert comments.latest_of(session, "d") is None
    assert (found.text, found.display_name, found.language) == (text, None, language)


def test_empty_ones_are_refused(sqlite_url: str) -> None:
    with session_scope(sqlite_url) as session, pytest.raises(ValueError, match="some text"):
        comments.submit(session, conversation_id=None, text=" \n", display_name="x", language="fr")


def test_approve_and_reject(url: str) -> None:
    with session_scope(url) as session:
        one, two = (
            comments.submit(session, conversation_id=None, text=text, display_name=None, language=language)
            for language, text in TEXTS
        )
        comments.decide(session, one.id, "approved", staff_id=7)
        with pytest.raises(ValueError, match="reason"):
            comments.decide(session, two.id, "rejected", staff_id=7, reason=" ")
        comments.decide(session, two.id, "rejected", staff_id=7, reason="names a doctor")
        with pytest.raises(NotFound):
            comments.decide(session, 4711, "approved", staff_id=7)
    with session_scope(url, write=False) as session:
        assert [found.id for found in comments.listing(session, "approved")] == [one.id]
        (rejected,) = comments.listing(session, "rejected")
    assert (rejected.reason, rejected.decided_by) == ("names a doctor", 7)
    assert rejected.decided_at is not None


def test_a_correction_by_its_author_waits_again_and_by_staff_stands(url: str) -> None:
    with session_scope(url) as session:
        made = comments.submit(session, conversation_id="c", text="un", display_name=None, language="fr")
        comments.decide(session, made.id, "approved", staff_id=7)
        comments.correct(session, made.id, text="deux", display_name="A.", staff_id=7)
        assert made.status == "approved"
        comments.correct(session, made.id, text="deux", display_name="A.")
        assert made.status == "approved", "nothing was changed"
        comments.correct(session, made.id, text="trois", display_name="A.")
        assert (made.status, made.decided_by) == ("pending", None)
    with session_scope(url, write=False) as session:
        history = comments.revisions(session, made.id)
    assert [(old.text, old.display_name, old.changed_by) for old in history] == [
        ("un", None, 7),
        ("deux", "A.", None),
    ]
