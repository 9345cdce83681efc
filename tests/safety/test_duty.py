"""bot/safety/duty.py"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.safety.duty import DutyHours
from bot.safety.notice import resume_words

PARIS = ZoneInfo("Europe/Paris")
OFFICE = DutyHours.parse("Mon-Fri 09:00-18:00; Sat 10:00-12:00", "Europe/Paris")


def paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("at", "on_duty", "resumes"),
    [
        ("2026-11-25T08:59:59", False, "2026-11-25T09:00"),
        ("2026-11-25T09:00:00", True, "2026-11-25T09:00"),
        ("2026-11-25T17:59:59", True, "2026-11-25T17:59:59"),
        ("2026-11-25T18:00:00", False, "2026-11-26T09:00"),
        ("2026-11-27T23:00:00", False, "2026-11-28T10:00"),
        ("2026-11-28T12:00:00", False, "2026-11-30T09:00"),
    ],
)
def test_a_week_at_the_office(at: str, on_duty: bool, resumes: str) -> None:
    assert OFFICE.on_duty(paris(at)) is on_duty
    assert OFFICE.resumes_at(paris(at)) == paris(resumes)


@pytest.mark.parametrize("text", ["", "  ", ";"])
def test_without_a_setting_nobody_is_ever_on_duty(text: str) -> None:
    nobody = DutyHours.parse(text, "Europe/Paris")
    assert not nobody.on_duty(paris("2026-11-25T12:00"))
    assert nobody.resumes_at(paris("2026-11-25T12:00")) is None
    assert nobody.started_at(paris("2026-11-25T12:00")) is None


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Santiago", "Asia/Beirut"])
def test_round_the_clock_has_no_gap_even_when_the_clock_changes_at_midnight(zone: str) -> None:
    always = DutyHours.parse("24/7", zone)
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert all(always.on_duty(start + timedelta(minutes=30 * step)) for step in range(0, 365 * 48, 7))


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    nights = DutyHours.parse("Fri-Sat 20:00-08:00", "Europe/Paris")
    assert nights.on_duty(paris("2026-11-27T20:00"))
    assert nights.on_duty(paris("2026-11-29T07:59"))
    assert not nights.on_duty(paris("2026-11-29T08:00"))
    assert not nights.on_duty(paris("2026-11-29T20:00"))
    assert not nights.on_duty(paris("2026-11-27T07:00"))


def test_days_wrap_around_the_week_and_come_in_both_languages() -> None:
    english = DutyHours.parse("Sat-Mon, Wed 09:00-12:00, 14:00-24:00", "Europe/Paris")
    french = DutyHours.parse("sam-lun,mer 9:00-12:00,14:00-24:00", "Europe/Paris")
    assert english == french
    assert english.on_duty(paris("2026-11-23T23:59"))
    assert not english.on_duty(paris("2026-11-23T13:00"))
    assert not english.on_duty(paris("2026-11-24T10:00"))
    assert english.on_duty(paris("2026-11-25T14:00"))


def test_summer_time_shifts_the_instant_and_not_the_wall_clock() -> None:
    assert OFFICE.resumes_at(paris("2026-03-27T19:00")) == datetime(2026, 3, 28, 9, 0, tzinfo=timezone.utc)
    # Monday after the change: 09:00 is one hour earlier in UTC.
    assert OFFICE.resumes_at(paris("2026-03-28T19:00")) == datetime(2026, 3, 30, 7, 0, tzinfo=timezone.utc)
    assert OFFICE.resumes_at(paris("2026-10-24T19:00")) == datetime(2026, 10, 26, 8, 0, tzinfo=timezone.utc)


def test_hours_that_the_clock_skips_or_repeats() -> None:
    night = DutyHours.parse("Sun 02:30-05:00", "Europe/Paris")
    # 2026-03-29 02:30 does not exist: it is read by winter time, 01:30 UTC.
    assert night.resumes_at(paris("2026-03-29T00:00")) == datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)
    assert not night.on_duty(datetime(2026, 3, 29, 1, 29, tzinfo=timezone.utc))
    # 2026-10-25 02:30 comes twice: duty starts at the first and lasts through.
    assert night.on_duty(paris("2026-10-25T02:30", fold=0))
    assert night.on_duty(paris("2026-10-25T02:10", fold=1))
    assert not night.on_duty(paris("2026-10-25T02:10", fold=0))


@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 10)),
    st.sampled_from(["Mon-Fri 09:00-18:00; Sat 10:00-12:00", "Sun 01:00-04:00", "Fri-Mon 22:00-03:30"]),
)
def test_duty_resumes_at_the_first_instant_it_can(naive: datetime, text: str) -> None:
    duty, at = DutyHours.parse(text, "Europe/Paris"), naive.replace(tzinfo=timezone.utc)
    resumes = duty.resumes_at(at)
    assert resumes is not None
    assert resumes >= at
    assert duty.on_duty(resumes)
    assert duty.on_duty(at) or not duty.on_duty(resumes - timedelta(seconds=1))
    minutes = int((resumes - at).total_seconds() // 60)
    assert not any(duty.on_duty(at + timedelta(minutes=step)) for step in range(0, minutes, 10))


def test_start_of_duty_joins_shifts_that_touch() -> None:
    duty = DutyHours.parse("Mon-Fri 09:00-12:00,12:00-18:00,19:00-20:00", "Europe/Paris")
    assert duty.started_at(paris("2026-11-25T17:00")) == paris("2026-11-25T09:00")
    assert duty.started_at(paris("2026-11-25T19:30")) == paris("2026-11-25T19:00")
    assert duty.started_at(paris("2026-11-25T18:30")) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Mon-Fri 09:00-18:00; Foo 10:00-12:00", "“Foo”"),
        ("Mon 9-18", "“Mon 9-18”"),
        ("Mon 09:00-25:00", "“09:00-25:00”"),
        ("Mon 09:60-10:00", "“09:60-10:00”"),
        ("Mon 09:00-09:00", "00:00-24:00"),
        ("09:00-18:00", "“09:00-18:00”"),
        ("Mon-Tue-Wed 09:00-18:00", "“Mon-Tue-Wed”"),
        ("Mon 24:00-25:00", "“24:00-25:00”"),
    ],
)
def test_an_error_names_the_setting_and_the_part(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match="REPERE_DUTY_HOURS") as caught:
        DutyHours.parse(text, "Europe/Paris")
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        ("2026-11-25T07:00", "09:00", "09:00"),
        ("2026-11-25T23:30", "09:00 jeudi", "09:00 on Thursday"),
        ("2026-11-28T13:00", "09:00 lundi", "09:00 on Monday"),
    ],
)
def test_words_for_the_hour_in_both_languages(at: str, french: str, english: str) -> None:
    assert resume_words(OFFICE, paris(at), "fr") == french
    assert resume_words(OFFICE, paris(at), "en") == english


def test_words_use_the_clock_of_the_duty_zone() -> None:
    montreal = DutyHours.parse("Mon-Fri 09:00-17:00", "America/Toronto")
    # 23:00 in Paris is 17:00 in Toronto: duty has just ended there.
    assert resume_words(montreal, paris("2026-11-25T23:00"), "en") == "09:00 on Thursday"
    assert resume_words(DutyHours.parse("", "Europe/Paris"), paris("2026-11-25T23:00"), "fr") is None
