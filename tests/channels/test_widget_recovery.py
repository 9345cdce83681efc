from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.channels.widget_recovery import ATTEMPTS, SPACING, claim
from bot.safety.detector import assess
from bot.store import database, inbox
from bot.store.columns import now
from bot.store.models import InboxMessage


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    with database.session_scope(sqlite_url) as opened:
        yield opened


def receive(session: Session, message_id: str, age: float, channel: str = "widget", text: str = "Bonjour") -> None:
    inbox.receive(
        session,
        message_id=message_id,
        conversation_id="w-1",
        channel=channel,
        text=text,
        metadata={"language": "en", "country": "gb", "title": "T"},
        received_at=now() - timedelta(seconds=age),
        assessment=assess(text),
        language="en",
        country="gb",
    )


def claimed(session: Session, **more: object) -> list[str]:
    return [message.message_id for message in claim(session, **more)]  # type: ignore[arg-type]


def test_what_waits_for_long_is_taken_up_oldest_first(session: Session) -> None:
    receive(session, "fresh", SPACING - 1)
    receive(session, "old", SPACING + 1)
    receive(session, "older", SPACING + 2)
    receive(session, "other", SPACING + 2, channel="telegram")
    receive(session, "done", SPACING + 2)
    inbox.mark_handled(session, "done")
    assert claimed(session) == ["older", "old"]


def test_it_comes_back_as_it_was_sent(session: Session) -> None:
    receive(session, "old", SPACING + 1, text="/simplify")
    (message,) = claim(session)
    assert (message.text, message.language, message.country, message.channel) == ("/simplify", "en", "gb", "widget")
    assert message.metadata["title"] == "T"


def test_the_only_server_takes_up_at_once_what_came_before_it_started(session: Session) -> None:
    receive(session, "before", 2)
    receive(session, "since", 0)
    assert claimed(session, stopped_before=now() - timedelta(seconds=1)) == ["before"]


def test_one_of_two_servers_gets_it_and_nobody_gets_it_for_ever(session: Session) -> None:
    receive(session, "old", SPACING + 1)
    assert claimed(session) == ["old"]
    assert claimed(session) == []
    row = session.get(InboxMessage, "old")
    for attempt in range(1, ATTEMPTS):
        row.received_at = now() - timedelta(seconds=SPACING * (attempt + 1) + 1)
        session.flush()
        assert claimed(session) == ["old"]
        session.refresh(row)
    row.received_at = now() - timedelta(days=1)
    session.flush()
    assert claimed(session) == []
