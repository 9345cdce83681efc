"""When somebody of the staff is on duty, so that the patient is told the truth (safety.md 5.3 rule 1).

The setting ``duty_hours`` holds shifts separated by ``;``, each a set of days and one or more hour ranges::

    Mon-Fri 09:00-12:30,14:00-18:00; Sat 10:00-12:00      Sat-Sun 20:00-08:00      24/7

Days are English or French abbreviations, single (``Mon``), ranged (``Fri-Mon`` wraps around the week) or
listed (``Mon,Wed``). An end that is not after its start lies on the next day; ``24:00`` ends the day. With an
empty setting nobody is ever on duty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import SettingsError
from bot.settings import Settings

_DAYS: Final[dict[str, int]] = {
    name: number
    for names in (
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    )
    for number, name in enumerate(names)
}
_SHIFT: Final = re.compile(r"(?P<days>[A-Za-z ,-]*[A-Za-z])\s+(?P<hours>\d[\d: ,-]*)")
_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True)
class Shift:
    """A weekly shift in wall-clock time: weekday 0 (Monday)–6, start and end in minutes after its midnight.

    ``end`` is above ``start`` and may lie on the next day (up to 48 × 60).
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class DutyHours:
    """Weekly duty hours in one time zone. All moments that go in must know their zone; what comes out is UTC.

    A shift lasts from the instant its start names to the instant its end names. Where a change to summer or
    winter time makes a wall-clock time missing or double, it is read as in calendars (RFC 5545 3.3.5): a
    missing one by the offset before the gap, a double one as its first occurrence.
    """

    shifts: tuple[Shift, ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: str) -> DutyHours:
        """Read the setting's syntax. Raises SettingsError that names the wrong part."""
        if text.strip() == "24/7":
            return cls(tuple(Shift(day, 0, _DAY_MINUTES) for day in range(7)), ZoneInfo(zone))
        parts = [part.strip() for part in text.split(";")]
        shifts = [shift for part in parts if part for shift in _parse_part(part)]
        return cls(
            tuple(sorted(set(shifts), key=lambda shift: (shift.weekday, shift.start, shift.end))),
            ZoneInfo(zone),
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> DutyHours:
        """The duty hours of this installation. Raises SettingsError that names the wrong part."""
        return cls.parse(settings.duty_hours, settings.duty_timezone)

    def on_duty(self, at: datetime) -> bool:
        """Whether somebody is on duty at ``at``."""
        return any(start <= at < end for start, end in self._around(at))

    def resumes_at(self, at: datetime) -> datetime | None:
        """The first moment from ``at`` on with somebody on duty (``at`` itself in a shift); None: never."""
        if self.on_duty(at):
            return at.astimezone(timezone.utc)
        return min((start for start, _ in self._around(at) if start > at), default=None)

    def started_at(self, at: datetime) -> datetime | None:
        """When the duty that covers ``at`` began, shifts without a gap taken as one; None while off duty.

        Duty without end is followed back for two days.
        """
        began = min((start for start, end in self._around(at) if start <= at < end), default=None)
        for start, end in sorted(self._around(at), reverse=True):
            if began is not None and start < began <= end:
                began = start
        return began

    def local(self, at: datetime) -> datetime:
        """``at`` on the staff's wall clock."""
        return at.astimezone(self.zone)

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every shift, start and end in UTC, that could cover ``at`` or be the next one after it."""
        first = self.local(at).date() - timedelta(days=2)
        for day in (first + timedelta(days=offset) for offset in range(11)):
            for shift in self.shifts:
                if shift.weekday == day.weekday():
                    yield self._instant(day, shift.start), self._instant(day, shift.end)

    def _instant(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, _DAY_MINUTES)
        wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=self.zone)
        return wall.astimezone(timezone.utc)


def _parse_part(part: str) -> Iterator[Shift]:
    match = _SHIFT.fullmatch(part)
    if match is None:
        raise _wrong(part, "expected days and hours such as “Mon-Fri 09:00-18:00”")
    days = sorted({day for item in match["days"].split(",") for day in _parse_days(item.strip(), part)})
    for item in match["hours"].split(","):
        start, end = _parse_hours(item.strip(), part)
        yield from (Shift(day, start, end) for day in days)


def _parse_days(item: str, part: str) -> list[int]:
    names = [name.strip() for name in item.split("-")]
    unknown = [name for name in names if name.lower() not in _DAYS]
    if unknown or len(names) > 2:
        raise _wrong(part, f"“{unknown[0] if unknown else item}” is no day or range of days")
    first, last = _DAYS[names[0].lower()], _DAYS[names[-1].lower()]
    return [(first + offset) % 7 for offset in range((last - first) % 7 + 1)]


def _parse_hours(item: str, part: str) -> tuple[int, int]:
    match = _HOURS.fullmatch(item)
    if match is None:
        raise _wrong(part, f"“{item}” is no range of hours such as 09:00-18:00")
    from_hour, from_minute, to_hour, to_minute = (int(group) for group in match.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES:
        raise _wrong(part, f"“{item}” is outside 00:00-24:00")
    if start == end:
        raise _wrong(part, f"“{item}” is empty; a whole day is 00:00-24:00")
    return start, end if end > start else end + _DAY_MINUTES


def _wrong(part: str, reason: str) -> SettingsError:
    return SettingsError(f"Setting REPERE_DUTY_HOURS: in “{part}”, {reason}.")
