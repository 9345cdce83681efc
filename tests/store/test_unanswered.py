"""Messages that nobody answered are taken up, each by one server, and not for ever."""

from __future__ import annotations

import threading
from datetime import timedelta

from bot.store import inbox, unanswered
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import InboxMessage
from bot.store.unanswered import ATTEMPTS, SPACING


def receive(url: str, message_id: str, seconds_ago: float, channel: str = "rest") -> None:
    with session_scope(url) as session:
        inbox.receive(
            session,
            message_id=message_id,
            conversation_id="c",
            channel=channel,
            text="é",
            metadata={},
            received_at=now() - timedelta(seconds=seconds_ago),
            assessment=None,
            language=None,
            country=None,
        )


def claim(url: str, *, all_before_now: bool = False) -> list[str]:
    with session_scope(url) as session:
        found = unanswered.claim(session, "rest", stopped_before=now() if all_before_now else None)
        return [row.message_id for row in found]


def test_what_waits_for_long_oldest_first_of_this_channel(url: str) -> None:
    receive(url, "fresh", SPACING - 5)
    receive(url, "old", SPACING + 5)
    receive(url, "older", SPACING + 6)
    receive(url, "other", SPACING + 6, channel="widget")
    receive(url, "done", SPACING + 6)
    with session_scope(url) as session:
        inbox.mark_handled(session, "done")
    assert claim(url) == ["older", "old"]
    assert claim(url) == []


def test_the_only_server_takes_up_at_once_what_came_before_it_began(url: str) -> None:
    receive(url, "fresh", 1)
    assert claim(url) == []
    assert claim(url, all_before_now=True) == ["fresh"]


def test_so_often_and_no_more(url: str) -> None:
    receive(url, "m", SPACING + 1)
    for attempt in range(ATTEMPTS):
        assert claim(url) == ["m"]
        with session_scope(url) as session:
            session.get(InboxMessage, "m").received_at = now() - timedelta(seconds=SPACING * (attempt + 2) + 1)
    assert claim(url) == []
    assert claim(url, all_before_now=True) == []


def test_of_several_servers_one_gets_it(url: str) -> None:
    for number in range(10):
        receive(url, f"m{number}", SPACING + 1)
    taken: list[str] = []
    threads = [threading.Thread(target=lambda: taken.extend(claim(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"m{number}" for number in range(10))
