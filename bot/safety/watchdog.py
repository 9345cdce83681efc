"""The process that keeps promises in time: pages go out, again and to a second person; the patient is told.

``python -m bot.safety.watchdog``. It works from rows alone: killed and started again, or running twice, it
neither forgets a step nor does it twice. SIGTERM and SIGINT end it once what it is sending has ended.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
from prometheus_client import Counter

from bot.errors import RepereError, StoreUnavailable
from bot.logs import configure_logs
from bot.safety import delivery, escalation, notice, telling
from bot.safety.duty import DutyHours
from bot.safety.escalation import PagePlan, Timers
from bot.safety.paging import deliver_due
from bot.safety.telling import Spoken
from bot.settings import Settings, get_settings
from bot.store import alerts, timers
from bot.store.columns import now as present
from bot.store.database import session_scope
from bot.store.timers import RunningAlert

log = structlog.get_logger(__name__)

TOLD: Final = Counter("repere_patients_told_total", "Words to a patient who waits for a person.", ["response"])
UNANSWERED: Final = Counter("repere_alerts_unanswered_total", "Alerts no person answered in time.", ["tier"])

# Rounds of one kind that may be under way at once; each ends by its own time limits.
_ROUNDS: Final = 8
_CONVERSATIONS_AT_ONCE: Final = 20
# Duty hours are weekly: an alert that one opening page did not move is on the desk, not in the outbox.
_OPENING_LOOKS_BACK: Final = timedelta(days=8)


class Watchdog:
    """The watchdog's work. Raises SettingsError when duty hours or timers cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._timers = Timers.from_settings(settings)
        self._duty = DutyHours.from_settings(settings)
        self._speak_within = 2 * settings.page_timeout
        self._store_is_gone = False
        self._rounds: dict[str, set[asyncio.Task[None]]] = {"pages": set(), "timers": set()}

    async def run(self, stop: asyncio.Event) -> None:
        """One round of each kind every ``watchdog_interval`` seconds until ``stop`` is set.

        A round is not waited for: a receiver that hangs holds nothing else up.
        """
        log.info("watchdog.started", interval=self._settings.watchdog_interval)
        while not stop.is_set():
            now = present()
            self._start("pages", deliver_due, now)
            self._start("timers", self.advance, now)
            try:
                await asyncio.wait_for(stop.wait(), self._settings.watchdog_interval)
            except asyncio.TimeoutError:
                continue
        await self._finish()
        log.info("watchdog.stopped")

    async def advance(self, now: datetime) -> None:
        """Put pages that are due into the outbox, write down what stayed unanswered, tell patients the truth.

        Raises StoreUnavailable.
        """
        running = await asyncio.to_thread(self._step, now)
        due = [alert for alert in running if self._timers.stage(alert, now) > alert.told_stage]
        if not due:
            return
        gate = asyncio.Semaphore(_CONVERSATIONS_AT_ONCE)
        async with delivery.http_client(self._speak_within) as client:
            by_conversation = itertools.groupby(
                sorted(due, key=lambda alert: (alert.conversation_id, alert.created_at)),
                key=lambda alert: alert.conversation_id,
            )
            await asyncio.gather(*(self._tell_all(list(group), now, client, gate) for _, group in by_conversation))

    def _step(self, now: datetime) -> list[RunningAlert]:
        """The steps that are rows only; returns the alerts that still run."""
        with session_scope(write=False) as session:
            # A minute more than the longest timer, so that a slow round misses nothing.
            running = timers.running(
                session, now, last_told=len(self._timers.tell), longest=self._timers.longest + 60.0
            )
            opening = self._opening(session, now)
        plans = [plan for alert in running for plan in self._timers.pages(alert, now)]
        plans = [plan for plan in (*plans, *opening) if alerts.page_kinds(self._settings, plan.level)]
        late = [alert for alert in running if self._timers.is_unanswered(alert, now)]
        if plans or late:
            with session_scope() as session:
                self._write(session, plans, late, now)
        return running

    def _opening(self, session: Any, now: datetime) -> list[PagePlan]:
        """One page, when a shift begins, for each alert that came before it and still waits (5.3 rule 1)."""
        began = self._duty.started_at(now)
        if began is None:
            return []
        waiting = timers.waiting_since_before(session, began, now - _OPENING_LOOKS_BACK)
        return [PagePlan(alert_id, "first", timers.OPENING, began) for alert_id in waiting]

    def _write(self, session: Any, plans: list[PagePlan], late: list[RunningAlert], now: datetime) -> None:
        for plan in plans:
            if alerts.page(session, plan.alert_id, plan.level, stage=plan.stage, due_at=plan.due_at):
                log.warning("alert.paged_again", alert_id=plan.alert_id, level=plan.level, stage=plan.stage)
        for alert in late:
            if timers.unanswered(session, alert.id, now):
                UNANSWERED.labels(alert.tier).inc()
                log.error("alert.unanswered", alert_id=alert.id, tier=alert.tier)

    async def _tell_all(
        self, waiting: list[RunningAlert], now: datetime, client: httpx.AsyncClient, gate: asyncio.Semaphore
    ) -> None:
        """One conversation's alerts, one after the other, so that words said for one count for the next."""
        async with gate:
            for alert in waiting:
                await self._tell(alert, now, client)

    async def _tell(self, alert: RunningAlert, now: datetime, client: httpx.AsyncClient) -> None:
        if alert.with_person:
            return
        stage = self._timers.stage(alert, now)
        # The clock, not ``now``: this alert may have waited behind others.
        hold_until = max(now, present()) + timedelta(seconds=1.5 * self._speak_within)
        if not await asyncio.to_thread(self._hold, alert, now, hold_until):
            return
        on_duty = self._duty.on_duty(now)
        follow_up = False
        if await asyncio.to_thread(self._needs_no_words, alert, stage, now, on_duty):
            follow_up = not on_duty and await asyncio.to_thread(self._fell_silent, alert, stage, now)
            if not follow_up:
                await asyncio.to_thread(self._told, alert, stage, None)
                return
        try:
            speaking = (
                self._say(escalation.FOLLOW_UP, alert, client)
                if follow_up
                else self._speak(alert, stage, now, on_duty, client)
            )
            spoken, response = await asyncio.wait_for(speaking, self._speak_within)
        except asyncio.TimeoutError:
            spoken, response = Spoken.UNKNOWN, ""
        if spoken is Spoken.SAID:
            await asyncio.to_thread(self._told, alert, stage, None if follow_up else response)
            TOLD.labels(response).inc()
            log.info("patient.told", alert_id=alert.id, stage=stage, response=response)
        elif spoken is Spoken.NOT_SAID:
            await asyncio.to_thread(self._let_go, alert)
        # Unknown: the hold runs out, and then the transcript shows whether it was said.

    async def _speak(
        self, alert: RunningAlert, stage: int, now: datetime, on_duty: bool, client: httpx.AsyncClient
    ) -> tuple[Spoken, str]:
        response = escalation.response_for(alert, stage)
        if not on_duty:
            language = alert.language or self._settings.default_language
            resume = notice.resume_words(self._duty, now, language)
            response = await telling.off_duty_response(client, self._settings, alert.conversation_id, resume)
        return await self._say(response, alert, client)

    async def _say(self, response: str, alert: RunningAlert, client: httpx.AsyncClient) -> tuple[Spoken, str]:
        return await telling.say(client, self._settings, alert.conversation_id, response), response

    def _fell_silent(self, alert: RunningAlert, stage: int, now: datetime) -> bool:
        """Whether to ask once if the person could call (safety.md 5.3 rule 3)."""
        if stage != 1 or alert.tier not in escalation.FOLLOWED_UP:
            return False
        if (now - alert.created_at).total_seconds() > escalation.TELL_WITHIN:
            return False
        with session_scope(write=False) as session:
            said = timers.said(session, alert.conversation_id, alert.created_at)
            return escalation.FOLLOW_UP not in said and timers.is_silent(
                session, alert.conversation_id, alert.created_at
            )

    def _needs_no_words(self, alert: RunningAlert, stage: int, now: datetime, on_duty: bool) -> bool:
        if (now - alert.created_at).total_seconds() > escalation.TELL_WITHIN:
            log.error("patient.told_too_late", alert_id=alert.id, stage=stage)
            return True
        if not on_duty and alert.told_truth and escalation.says_off_duty({alert.told_truth}):
            return True
        with session_scope(write=False) as session:
            since = self._timers.told_since(alert, stage) if on_duty else alert.created_at
            said = timers.said(session, alert.conversation_id, since)
        return not said.isdisjoint(escalation.covers(stage)) or (not on_duty and escalation.says_off_duty(said))

    def _hold(self, alert: RunningAlert, now: datetime, until: datetime) -> bool:
        with session_scope() as session:
            return timers.hold(session, alert.id, alert.told_stage, now, until)

    def _let_go(self, alert: RunningAlert) -> None:
        with session_scope() as session:
            timers.let_go(session, alert.id, alert.told_stage)

    def _told(self, alert: RunningAlert, stage: int, response: str | None) -> None:
        with session_scope() as session:
            timers.told(session, alert.id, alert.told_stage, stage=stage, truth=response)

    def _start(self, kind: str, work: Callable[[datetime], Coroutine[Any, Any, Any]], now: datetime) -> None:
        under_way = self._rounds[kind]
        if len(under_way) >= _ROUNDS:
            return
        task = asyncio.get_running_loop().create_task(self._round(kind, work(now)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _round(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreUnavailable as error:
            if not self._store_is_gone:
                log.error("watchdog.store_gone", error=str(error))
            self._store_is_gone = True
        except Exception as error:
            # Whatever is wrong with one round, the next one comes. A traceback could hold data of a row.
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{Path(place.filename).name}:{place.lineno}"
            log.error("watchdog.round_failed", kind=kind, error=type(error).__name__, at=at)
        else:
            if self._store_is_gone:
                log.warning("watchdog.store_back")
            self._store_is_gone = False

    async def _finish(self) -> None:
        left: Iterable[asyncio.Task[None]] = set().union(*self._rounds.values())
        if not left:
            return
        _, stuck = await asyncio.wait(left, timeout=self._speak_within + 1.0)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def main() -> None:
    """Run until SIGTERM or SIGINT. Raises SettingsError."""
    settings = get_settings()
    configure_logs(settings)
    watchdog = Watchdog(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await watchdog.run(stop)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except RepereError as error:
        sys.exit(str(error))
