"""Delivery of the pages that are due: claimed from the outbox, sent at once, tried again with growing pauses.

Nothing of a patient's reply waits for any of this; it only reads and writes rows of the outbox.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog
from prometheus_client import Counter

from bot.errors import StoreUnavailable
from bot.safety import delivery, mail, webhook
from bot.safety.delivery import Attempt
from bot.settings import Settings, get_settings
from bot.store import pages
from bot.store.database import session_scope
from bot.store.pages import ClaimedPage

log = structlog.get_logger(__name__)

DELIVERED: Final = Counter("repere_pages_delivered_total", "Pages that reached their receiver.", ["kind", "level"])
FAILED: Final = Counter("repere_page_attempts_failed_total", "Attempts that failed.", ["kind", "level"])
GIVEN_UP: Final = Counter("repere_pages_given_up_total", "Pages that will not be tried again.", ["kind", "level"])

# Few enough that a mail server accepts them all at once, so that each is sent well within its claim.
BATCH: Final = 50
# Longest pause between two attempts, seconds.
_LONGEST_BACKOFF: Final = 60.0


@dataclass(frozen=True)
class Delivery:
    """What became of one page. ``retry_at``: when it is tried again; None: delivered or given up."""

    page_id: int
    alert_id: int
    kind: str
    level: str
    stage: int
    delivered: bool
    given_up: bool
    error: str
    retry_at: datetime | None


async def deliver_due(now: datetime, *, alert_id: int | None = None) -> list[Delivery]:
    """Send every page that is due at ``now`` (of one alert only, when given), at most :data:`BATCH`.

    Each is tried once, all at the same time, within ``page_timeout`` seconds. Safe to run in several processes
    and several times at once: a page is claimed before it is sent. Raises StoreUnavailable when the outbox
    cannot be read.
    """
    settings = get_settings()
    claimed = await asyncio.to_thread(_claim, settings, now, alert_id)
    if not claimed:
        return []
    async with delivery.http_client(settings.page_timeout, proxies=True) as client:
        return list(await asyncio.gather(*(_deliver(page, now, client, settings) for page in claimed)))


def backoff(attempt: int, base: float, draw: float) -> float:
    """Seconds to wait after attempt ``attempt`` (from 1): ``base`` · 2^(attempt - 1), at most a minute.

    ``draw`` (0..1) spreads the wait over its upper half, so that many pages do not come back in one moment.
    """
    full = min(base * 2.0 ** min(attempt - 1, 30), _LONGEST_BACKOFF)
    return full * (0.5 + 0.5 * draw)


def _claim(settings: Settings, now: datetime, alert_id: int | None) -> list[ClaimedPage]:
    with session_scope(write=False) as session:
        if not pages.any_due(session, now, alert_id=alert_id):
            return []
    # Twice the longest attempt: whoever is alive has written the outcome by then.
    until = now + timedelta(seconds=2 * settings.page_timeout)
    with session_scope() as session:
        pages.stop(session, now)
        return pages.claim(session, now, until, limit=BATCH, alert_id=alert_id)


async def _deliver(page: ClaimedPage, now: datetime, client: httpx.AsyncClient, settings: Settings) -> Delivery:
    began = time.monotonic()
    attempt = await _attempt(page, client, settings)
    ended = now + timedelta(seconds=time.monotonic() - began)
    done = _outcome(page, attempt, ended, settings)
    facts = {"page_id": page.id, "alert_id": page.alert_id, "kind": page.kind, "level": page.level}
    if done.delivered:
        DELIVERED.labels(page.kind, page.level).inc()
        log.info("page.delivered", **facts, stage=page.stage, attempt=page.attempt)
    else:
        FAILED.labels(page.kind, page.level).inc()
        log.warning("page.failed", **facts, attempt=page.attempt, error=done.error)
    if done.given_up:
        GIVEN_UP.labels(page.kind, page.level).inc()
        log.error(
            "page.given_up",
            **facts,
            tier=page.tier,
            stage=page.stage,
            attempts=page.attempt,
            error=done.error,
        )
    try:
        await asyncio.to_thread(_record, page, done, ended)
    except StoreUnavailable:
        # The claim runs out by itself; the receiver knows the page by its id if it comes twice.
        log.error("page.outcome_not_written", **facts, delivered=done.delivered)
    return done


async def _attempt(page: ClaimedPage, client: httpx.AsyncClient, settings: Settings) -> Attempt:
    try:
        # httpx and aiosmtplib time each step by itself; a receiver that drips could outlast them all.
        return await asyncio.wait_for(
            webhook.send(page, client, settings) if page.kind == "webhook" else mail.send(page, settings),
            settings.page_timeout,
        )
    except asyncio.TimeoutError:  # no built-in TimeoutError before Python 3.11
        return delivery.TIMED_OUT
    except Exception as error:
        return delivery.of_error(error)


def _outcome(page: ClaimedPage, attempt: Attempt, ended: datetime, settings: Settings) -> Delivery:
    again = not attempt.delivered and attempt.retry and page.attempt < settings.page_max_attempts
    pause = max(backoff(page.attempt, settings.page_backoff, random.random()), attempt.pause or 0.0)
    return Delivery(
        page_id=page.id,
        alert_id=page.alert_id,
        kind=page.kind,
        level=page.level,
        stage=page.stage,
        delivered=attempt.delivered,
        given_up=not attempt.delivered and not again,
        error=attempt.error,
        retry_at=ended + timedelta(seconds=pause) if again else None,
    )


def _record(page: ClaimedPage, done: Delivery, at: datetime) -> None:
    with session_scope() as session:
        if done.delivered:
            pages.delivered(session, page.id, at)
        elif done.retry_at is not None:
            pages.retry(session, page.id, done.retry_at, done.error)
        else:
            pages.give_up(session, page, at, done.error)
