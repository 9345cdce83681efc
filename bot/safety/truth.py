"""Right after a red flag: page once, then say what is true of it (safety.md 1.2 item 8, 5.3 rule 1).

Someone was told, or nobody is on duty until HH:MM, or nobody could be told. What is not done in two seconds
is left to the watchdog.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog

from bot.errors import RepereError, StoreError
from bot.safety import notice
from bot.safety.duty import DutyHours
from bot.safety.paging import deliver_due
from bot.safety.telling import NOBODY, OFF_DUTY
from bot.safety.tiers import PAGED
from bot.settings import get_settings
from bot.store import alerts, pages, timers
from bot.store.database import session_scope
from bot.store.pages import Reach

log = structlog.get_logger(__name__)

TOLD: Final = "utter_staff_told"
ALERTED: Final = "utter_staff_alerted"
NOT_TOLD: Final = "utter_staff_not_told"

# Seconds for finding the alert and paging, and for keeping what was said: two together.
_PAGE_WITHIN: Final = 1.7
_NOTE_WITHIN: Final = 0.3
_LOOK_AGAIN_AFTER: Final = 0.1

# A page under way outlives the patient's reply; asyncio itself holds tasks only weakly.
_under_way: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True)
class FlaggedMessage:
    """The message that raised the flag. ``flags``: the tracker's ``red_flags`` (tier, layer, evidence)."""

    conversation_id: str
    message_id: str | None
    flags: Mapping[str, Any] | None
    language: str | None
    country: str | None
    channel: str


@dataclass(frozen=True)
class Truth:
    """A response id and what its placeholders are filled with."""

    response: str
    values: dict[str, str] = field(default_factory=dict)


async def notify(message: FlaggedMessage, now: datetime) -> Truth:
    """Page the staff about this message, once, and say what is true; within two seconds, and never raises."""
    known: list[int] = []
    try:
        reached = await asyncio.wait_for(_page(message, now, known), _PAGE_WITHIN)
    except asyncio.TimeoutError:
        reached = NOT_TOLD
        log.warning("notify.out_of_time", alert_id=known[0] if known else None)
    except StoreError as error:
        reached = NOT_TOLD
        log.error("notify.store_gone", error=str(error))
    except Exception as error:
        reached = NOT_TOLD
        log.error("notify.failed", error=type(error).__name__)
    truth = _truth(message, reached, now)
    if known:
        await _note(known[0], truth.response)
    return truth


async def _page(message: FlaggedMessage, now: datetime, known: list[int]) -> str:
    """Which response is true as long as somebody is on duty; ``known`` receives the alert's id."""
    found = await asyncio.to_thread(_alert, message, now)
    if found is None:
        log.error("notify.no_alert")
        return NOT_TOLD
    alert_id, tier = found
    known.append(alert_id)
    if tier not in PAGED:
        return ALERTED
    sending = _keep(asyncio.create_task(_send(alert_id, now)))
    await asyncio.shield(sending)
    reach = await asyncio.to_thread(_reach, alert_id)
    # The watchdog may have been first, and be sending it now.
    while reach.pending and not reach.reached and not sending.result():
        await asyncio.sleep(_LOOK_AGAIN_AFTER)
        reach = await asyncio.to_thread(_reach, alert_id)
    return TOLD if reach.reached else NOT_TOLD


async def _send(alert_id: int, now: datetime) -> int:
    """How many pages were tried."""
    try:
        return len(await deliver_due(now, alert_id=alert_id))
    except StoreError as error:
        log.error("notify.outbox_gone", alert_id=alert_id, error=str(error))
        return 0


def _alert(message: FlaggedMessage, now: datetime) -> tuple[int, str] | None:
    """Id and tier of the message's alert; written now if it is the second layer's, or the store was away."""
    with session_scope(write=False) as session:
        found = pages.of_message(session, message.message_id) if message.message_id else None
        if found is not None:
            return found.id, found.tier
    flags = message.flags or {}
    if message.message_id and flags.get("tier") in alerts.ALERTED:
        with session_scope() as session:
            written, _ = alerts.record(
                session,
                message_id=message.message_id,
                conversation_id=message.conversation_id,
                tier=flags["tier"],
                layer=int(flags.get("layer") or 2),
                evidence=[
                    {key: str(piece.get(key, "")) for key in ("rule", "source", "text")}
                    for piece in flags.get("evidence") or ()
                ],
                language=message.language,
                country=message.country,
                channel=message.channel,
                at=now,
            )
            return written.id, written.tier
    with session_scope(write=False) as session:
        newest = pages.newest_unresolved(session, message.conversation_id)
        return None if newest is None else (newest.id, newest.tier)


def _reach(alert_id: int) -> Reach:
    with session_scope(write=False) as session:
        return pages.reach(session, alert_id)


def _truth(message: FlaggedMessage, on_duty_truth: str, now: datetime) -> Truth:
    settings = get_settings()
    try:
        duty = DutyHours.from_settings(settings)
        if duty.on_duty(now):
            return Truth(on_duty_truth)
        resume = notice.resume_words(duty, now, message.language or settings.default_language)
    except RepereError as error:
        # Claiming nothing is always true; the watchdog refuses to start with such a setting.
        log.error("notify.duty_unknown", error=str(error))
        return Truth(NOBODY)
    return Truth(NOBODY) if resume is None else Truth(OFF_DUTY, {"resume": resume})


async def _note(alert_id: int, response: str) -> None:
    writing = _keep(asyncio.create_task(asyncio.to_thread(_write_truth, alert_id, response)))
    await asyncio.wait({writing}, timeout=_NOTE_WITHIN)


def _write_truth(alert_id: int, response: str) -> None:
    try:
        with session_scope() as session:
            timers.note_truth(session, alert_id, response)
    except StoreError as error:
        log.warning("notify.truth_not_kept", alert_id=alert_id, error=str(error))


def _keep(task: asyncio.Task[Any]) -> asyncio.Task[Any]:
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return task
