"""Ratings: one an answer, the last tap counts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from bot.store import ratings
from bot.store.database import session_scope

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)


def rate(
    session: Any, utterance: str, useful: bool, topic: str = "causes", language: str = "fr", hours: int = 0
) -> bool:
    return ratings.rate(
        session,
        conversation_id="c",
        utterance_id=utterance,
        topic=topic,
        language=language,
        useful=useful,
        at=T0 + timedelta(hours=hours),
    )


def test_the_last_tap_counts(url: str) -> None:
    with session_scope(url) as session:
        assert rate(session, "u1", True)
        assert not rate(session, "u1", False)
        assert rate(session, "u2", True)
    with session_scope(url, write=False) as session:
        assert ratings.by_topic(session) == [ratings.Score("causes", useful=1, not_useful=1)]


def test_by_topic_language_and_time(url: str) -> None:
    with session_scope(url) as session:
        rate(session, "u1", True)
        rate(session, "u2", True, language="en")
        rate(session, "u3", False, topic="what_is", hours=5)
    with session_scope(url, write=False) as session:
        assert [score.topic for score in ratings.by_topic(session)] == ["causes", "what_is"]
        assert ratings.by_topic(session, language="en") == [ratings.Score("causes", 1, 0)]
        assert ratings.by_topic(session, since=T0 + timedelta(hours=1)) == [ratings.Score("what_is", 0, 1)]
