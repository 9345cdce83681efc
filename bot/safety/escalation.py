"""The timers of an alert no person has taken (safety.md 5.2, 5.3 rule 2), as pure rules.

Pages again at 1, 2 and 5 minutes, a second person at 5, the manager at 10, words to the patient at 2, 5 and 10,
UNANSWERED at 10; all of them settings. A step that was missed while nothing ran is made up for by the newest one due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.safety.telling import NOBODY, OFF_DUTY
from bot.settings import Settings
from bot.store.alerts import PageLevel
from bot.store.timers import RunningAlert

# There are texts for so many stages; further stages repeat the last one.
_TEXTS: Final = 3
# Said once to somebody who fell silent when nobody is on duty; on duty the words of the wait are enough (5.3 rule 3).
FOLLOW_UP: Final = "utter_follow_up_silent"
FOLLOWED_UP: Final = frozenset({"E0", "C1", "C2"})
# Words about a wait that ended long ago help nobody: seconds.
TELL_WITHIN: Final = 24 * 3600.0


@dataclass(frozen=True)
class PagePlan:
    """A page to put into the outbox."""

    alert_id: int
    level: PageLevel
    stage: int
    due_at: datetime


@dataclass(frozen=True)
class Timers:
    """Seconds after the alert was raised; ``again`` and ``tell`` ascending."""

    again: tuple[float, ...]
    second: float
    manager: float
    tell: tuple[float, ...]
    unanswered: float

    @classmethod
    def from_settings(cls, settings: Settings) -> Timers:
        """The timers of this installation. Raises ValueError on a setting that is no list of numbers."""
        return cls(
            again=settings.seconds("page_again_after"),
            second=settings.page_second_after,
            manager=settings.page_manager_after,
            tell=settings.seconds("tell_patient_after"),
            unanswered=settings.unanswered_after,
        )

    @property
    def longest(self) -> float:
        """Seconds after which an alert has no step to come."""
        return max((*self.again, self.second, self.manager, *self.tell, self.unanswered))

    def pages(self, alert: RunningAlert, now: datetime) -> list[PagePlan]:
        """Pages that are due and not in the outbox."""
        plans = []
        age = (now - alert.created_at).total_seconds()
        stage = sum(age >= after for after in self.again)
        if stage and ("first", stage) not in alert.paged:
            due_at = alert.created_at + timedelta(seconds=self.again[stage - 1])
            plans.append(PagePlan(alert.id, "first", stage, due_at))
        further: tuple[tuple[PageLevel, float], ...] = (("second", self.second), ("manager", self.manager))
        for level, after in further:
            if age >= after and (level, 1) not in alert.paged:
                plans.append(PagePlan(alert.id, level, 1, alert.created_at + timedelta(seconds=after)))
        return plans

    def stage(self, alert: RunningAlert, now: datetime) -> int:
        """How many times the patient should have been told something by ``now``."""
        age = (now - alert.created_at).total_seconds()
        return sum(age >= after for after in self.tell)

    def told_since(self, alert: RunningAlert, stage: int) -> datetime:
        """From when on words of ``stage`` or later count for this alert as well.

        Alerts of one conversation, a little apart, share their words. The margin is half the first wait.
        """
        return alert.created_at + timedelta(seconds=self.tell[stage - 1] - self.tell[0] / 2)

    def is_unanswered(self, alert: RunningAlert, now: datetime) -> bool:
        """Whether it has to be written down that nobody answered in time."""
        return alert.unanswered_at is None and (now - alert.created_at).total_seconds() >= self.unanswered


def response_for(alert: RunningAlert, stage: int) -> str:
    """Id of the response for ``stage`` while on duty; "we have told a person" only where that is true."""
    text = min(stage, _TEXTS)
    return f"utter_watchdog_{text}" if alert.reached or text == _TEXTS else f"utter_watchdog_{text}_not_told"


def covers(stage: int) -> frozenset[str]:
    """Ids of the responses after which nothing of ``stage`` is left to say."""
    texts = range(min(stage, _TEXTS), _TEXTS + 1)
    return frozenset(f"utter_watchdog_{text}{end}" for text in texts for end in ("", "_not_told"))


def says_off_duty(responses: frozenset[str] | set[str]) -> bool:
    """Whether one of ``responses`` says that nobody is on duty."""
    return not responses.isdisjoint({OFF_DUTY, NOBODY})
