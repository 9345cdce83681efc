from __future__ import annotations

from datetime import datetime, timedelta, timezone

from bot.store import conversations, privacy, widget_receipts
from bot.store.columns import now
from bot.store.database import session_scope

SAID = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)


def test_a_line_is_sent_then_delivered_then_seen(url: str) -> None:
    with session_scope(url) as session:
        assert widget_receipts.receipts(session, "w-1").state(SAID) == "sent"
        widget_receipts.note(session, "w-1", SAID.timestamp(), seen=False)
        assert widget_receipts.receipts(session, "w-1").state(SAID) == "delivered"
        assert widget_receipts.receipts(session, "w-1").state(SAID + timedelta(seconds=1)) == "sent"
        widget_receipts.note(session, "w-1", SAID.timestamp(), seen=True)
        assert widget_receipts.receipts(session, "w-1").state(SAID) == "seen"
        assert widget_receipts.receipts(session, "w-2").state(SAID) == "sent"


def test_a_receipt_never_goes_back_nor_ahead_of_the_present(url: str) -> None:
    with session_scope(url) as session:
        widget_receipts.note(session, "w-1", SAID.timestamp(), seen=False)
        widget_receipts.note(session, "w-1", 0.0, seen=False)
        assert widget_receipts.receipts(session, "w-1").state(SAID) == "delivered"
        widget_receipts.note(session, "w-1", SAID.timestamp(), seen=True)
        widget_receipts.note(session, "w-1", 0.0, seen=True)
        assert widget_receipts.receipts(session, "w-1").state(SAID) == "seen"
        for far in (1e12, float("inf"), 4e9):
            widget_receipts.note(session, "w-1", far, seen=True)
        assert widget_receipts.receipts(session, "w-1").state(now() + timedelta(minutes=1)) == "sent"


def test_it_goes_with_the_conversation(url: str) -> None:
    with session_scope(url) as session:
        conversations.ensure(session, "w-1", channel="widget")
        widget_receipts.note(session, "w-1", SAID.timestamp(), seen=True)
        assert privacy.erase(session, "w-1").others == 1
        assert widget_receipts.receipts(session, "w-1").seen_at is None
