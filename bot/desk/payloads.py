"""Rows as the JSON that staff programs receive; moments are epoch seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.store.conversations import Line
from bot.store.models import Alert, Conversation, Turn


def summary(row: Conversation) -> dict[str, Any]:
    """A conversation without what was said in it."""
    names = (
        "id channel language country state owner_id reason tier outcome turns answered clarified fallbacks "
        "last_topic review"
    )
    moments = ("created_at", "last_at", "waiting_since_at", "claimed_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in names.split()},
        **{name: _seconds(getattr(row, name)) for name in moments},
    }


def alert(row: Alert) -> dict[str, Any]:
    """An alert with its evidence."""
    names = "id message_id tier layer evidence language country channel claimed_by outcome told_stage told_truth"
    moments = ("created_at", "claimed_at", "resolved_at", "withdrawn_at", "unanswered_at", "erased_at")
    return {
        **{name: getattr(row, name) for name in names.split()},
        **{name: _seconds(getattr(row, name)) for name in moments},
    }


def turn(row: Turn) -> dict[str, Any]:
    """A patient message and what became of it."""
    names = "message_id language text intent confidence outcome topic options tier ms"
    return {**{name: getattr(row, name) for name in names.split()}, "at": _seconds(row.at)}


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def line(row: Line) -> dict[str, Any]:
    """A line of the transcript."""
    return {"id": row.id, "at": row.at, "sender": row.sender, "text": row.text}
