"""Conversations as the dialogue server leaves them in the database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from bot.store import alerts, handoff, saves
from bot.store.database import session_scope

# sender, text, and for a patient what was understood (intent, confidence, actions, tier …)
Said = tuple[str, str] | tuple[str, str, Mapping[str, Any]]


def moment(seconds: float) -> datetime:
    """Epoch seconds as the store wants them."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def write_conversation(
    url: str,
    said: Sequence[Any],
    *,
    id: str = "",
    language: str = "fr",
    country: str | None = "fr",
    channel: str = "widget",
    tier: str | None = None,
    evidence: Sequence[str] = (),
    asked: bool = False,
    at: float | None = None,
    slots: Mapping[str, Any] | None = None,
) -> str:
    """Store lines (sender patient, bot or staff) through the same code as a tracker; ``tier`` raises an alert."""
    identity = id or uuid.uuid4().hex
    began = at or time.time() - 60
    events = [event for number, line in enumerate(said) for event in _events(line, began + number * 2, channel)]
    with session_scope(url) as session:
        saves.write(
            session,
            saves.Batch(
                conversation_id=identity,
                events=tuple(events),
                slots={"language": language, "country": country, **(slots or {})},
                active_loop=None,
                paused=False,
                since=began - 1,
            ),
        )
        if tier:
            alerts.record(
                session,
                message_id=f"{identity}-flag",
                conversation_id=identity,
                tier=tier,
                layer=1,
                evidence=[{"rule": "test", "source": "safety.md", "text": piece} for piece in evidence],
                language=language,
                country=country,
                channel=channel,
                at=moment(began + len(said) * 2),
            )
        elif asked:
            handoff.request(session, identity, "asked", at=moment(began + len(said) * 2))
    return identity


def _events(line: Said, at: float, channel: str) -> list[dict[str, Any]]:
    sender, text = line[0], line[1]
    more: Mapping[str, Any] = line[2] if len(line) > 2 else {}
    if sender == "patient":
        intent = more.get("intent", "causes")
        parsed = {
            "intent": {"name": intent, "confidence": more.get("confidence", 0.9)},
            "outcome_gate": {"confidence": more.get("confidence", 0.9)},
        }
        message = {"event": "user", "timestamp": at, "text": text, "parse_data": parsed, "metadata": {},
                   "input_channel": channel, "message_id": uuid.uuid4().hex}  # fmt: skip
        actions = more.get("actions", [f"utter_{intent}"])
        return [message, *({"event": "action", "timestamp": at + 0.1, "name": name} for name in actions)]
    metadata = dict(more)
    if sender == "staff":
        metadata = {"sender": "staff", "staff_id": 1, "staff_name": "Amelie", **metadata}
    return [{"event": "bot", "timestamp": at, "text": text, "data": {"custom": None}, "metadata": metadata}]
