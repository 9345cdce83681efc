"""The watchdog as a real process, ended by SIGKILL and SIGTERM in the middle of its work."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from bot.store.columns import now
from tests.alerted import SECRET_WORDS, alert_row, raise_alert, set_environment
from tests.receivers import DialogueServer, HttpServer

pytestmark = [pytest.mark.usefixtures("store"), pytest.mark.server]


class Process:
    """``python -m bot.safety.watchdog`` with this test's settings."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as file:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.safety.watchdog", cwd=ROOT, env=os.environ.copy(), stderr=file
            )

    async def end(self, number: int) -> int:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 15)


class Scene:
    """Everything the process talks to."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.dialogue = DialogueServer()
        self.webhook = HttpServer()

    def pages(self) -> list[tuple[str, int]]:
        return [(request.json["level"], request.json["stage"]) for request in self.webhook.requests]

    def said(self) -> list[str]:
        return [response for _, response in self.dialogue.said]


async def wait_for(what: Any, within: float = 20.0) -> None:
    for _ in range(int(within / 0.05)):
        if await asyncio.to_thread(what):
            return
        await asyncio.sleep(0.05)
    pytest.fail("It did not happen in time.")


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    made = Scene(Process(tmp_path / "watchdog.log"))
    async with made.dialogue.up(), made.webhook.up():
        set_environment(
            monkeypatch,
            duty_hours="24/7",
            port=made.dialogue.port,
            page_webhook_url=made.webhook.url,
            page_webhook_second_url=made.webhook.url,
            page_timeout=1.0,
            page_again_after="6,12,18",
            page_second_after=18,
            tell_patient_after="6,12,18",
            unanswered_after=18,
            watchdog_interval=0.1,
            log_format="json",
        )
        await made.process.start()
        await wait_for(lambda: "watchdog.started" in made.process.log.read_text(encoding="utf-8"), 30.0)
        try:
            yield made
        finally:
            await made.process.end(signal.SIGKILL)


async def test_killed_again_and_again_it_neither_forgets_nor_repeats(scene: Scene) -> None:
    began = now()
    alert_id = await asyncio.to_thread(raise_alert, "C1", began)
    # Once before, and once after each step.
    for moment in (3.0, 9.0, 15.0):
        await asyncio.sleep(moment - (now() - began).total_seconds())
        await scene.process.end(signal.SIGKILL)
        await scene.process.start()
    await wait_for(lambda: alert_row(alert_id).unanswered_at is not None and len(scene.said()) == 3)
    await asyncio.sleep(1.0)
    await scene.process.end(signal.SIGKILL)
    await scene.process.start()
    await asyncio.sleep(3.0)
    assert sorted(scene.pages()) == [("first", 0), ("first", 1), ("first", 2), ("first", 3), ("second", 1)]
    assert scene.said() == ["utter_watchdog_1", "utter_watchdog_2", "utter_watchdog_3"]
    assert alert_row(alert_id).told_stage == 3
    log = scene.process.log.read_text(encoding="utf-8")
    assert log.count('"alert.unanswered"') == 1
    assert SECRET_WORDS not in log


async def test_killed_between_the_words_and_their_note_it_does_not_say_them_again(scene: Scene) -> None:
    scene.dialogue.delay_after_saying = 60.0
    alert_id = await asyncio.to_thread(raise_alert, "E0", now())
    await wait_for(lambda: scene.said() == ["utter_watchdog_1"])
    await scene.process.end(signal.SIGKILL)
    assert alert_row(alert_id).told_stage == 0
    scene.dialogue.delay_after_saying = 0.0
    await scene.process.start()
    await wait_for(lambda: alert_row(alert_id).told_stage >= 1)
    await wait_for(lambda: scene.said() == ["utter_watchdog_1", "utter_watchdog_2"])


async def test_killed_while_a_webhook_hangs_the_next_one_sends_the_same_page(scene: Scene) -> None:
    scene.webhook.answer = "hang"
    await asyncio.to_thread(raise_alert, "E1", now())
    await scene.webhook.asked(1)
    await scene.process.end(signal.SIGKILL)
    scene.webhook.answer = 200
    await scene.process.start()
    await scene.webhook.asked(2)
    assert scene.pages() == [("first", 0), ("first", 0)]
    assert len({request.headers["idempotency-key"] for request in scene.webhook.requests}) == 1


async def test_a_page_goes_out_when_the_process_comes_back(scene: Scene) -> None:
    await scene.process.end(signal.SIGKILL)
    await asyncio.to_thread(raise_alert, "E1", now())
    await asyncio.sleep(0.5)
    assert scene.pages() == []
    await scene.process.start()
    await scene.webhook.asked(1)
    assert scene.pages() == [("first", 0)]


async def test_sigterm_ends_it_cleanly_and_a_wrong_setting_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await scene.process.end(signal.SIGTERM) == 0
    assert "watchdog.stopped" in scene.process.log.read_text(encoding="utf-8")
    set_environment(monkeypatch, duty_hours="Mon 9-18")
    await scene.process.start()
    assert await scene.process.end(0) == 1
    log = scene.process.log.read_text(encoding="utf-8")
    assert log.splitlines()[-1].startswith("Setting REPERE_DUTY_HOURS: in “Mon 9-18”")
