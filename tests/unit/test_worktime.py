# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The compiled clock against an oracle that walks minute by minute."""

from datetime import date, datetime, timedelta

import pytest
from conftest import load
from hypothesis import given, settings
from hypothesis import strategies as st

worktime = load("dvc_dossier", "domain/worktime.py")

VIETNAM = timedelta(hours=7)
MINUTE = timedelta(minutes=1)
DESK = [[(450, 690), (780, 1020)]] * 5 + [[], []]
HOLIDAYS = [date(2026, 2, 16) + timedelta(days=step) for step in range(5)]
MAKEUP = {date(2026, 2, 7): [(450, 690), (780, 1020)]}


def utc(text: str) -> datetime:
    """Read Vietnam's time as naive UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M") - VIETNAM


def whole_day(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time()) - VIETNAM
    return start, start + timedelta(days=1)


CLOSED_AFTERNOON = (utc("2026-02-11 13:30"), utc("2026-02-11 16:00"))
CLOCK = worktime.WorkCalendar(DESK, [*map(whole_day, HOLIDAYS), CLOSED_AFTERNOON], MAKEUP)


def is_worked(minute: datetime) -> bool:
    """The oracle: is the minute that starts at this naive UTC moment worked?"""
    local = minute + VIETNAM
    if local.date() in HOLIDAYS or CLOSED_AFTERNOON[0] <= minute < CLOSED_AFTERNOON[1]:
        return False
    spans = MAKEUP.get(local.date(), DESK[local.weekday()])
    position = local.hour * 60 + local.minute
    return any(start <= position < end for start, end in spans)


MOMENTS = st.integers(min_value=0, max_value=35 * 1440).map(lambda n: utc("2026-01-26 00:00") + n * MINUTE)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(min_value=1, max_value=1500))
def test_add_minutes_like_the_oracle(start, minutes):
    end, intervals = CLOCK.add_minutes(start, minutes)
    left, moment = minutes, start
    while left:
        left -= is_worked(moment)
        moment += MINUTE
    assert end == moment
    assert sum((b - a for a, b in intervals), timedelta()) == minutes * MINUTE
    assert all(is_worked(a) and is_worked(b - MINUTE) for a, b in intervals)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, MOMENTS)
def test_minutes_between_like_the_oracle(one, other):
    first, last = sorted((one, other))
    slow = sum(is_worked(first + n * MINUTE) for n in range((last - first) // MINUTE))
    assert CLOCK.minutes_between(first, last) == slow
    assert CLOCK.minutes_between(last, first) == -slow


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(min_value=0, max_value=3000))
def test_adding_and_measuring_agree(start, minutes):
    assert CLOCK.minutes_between(start, CLOCK.add_minutes(start, minutes)[0]) == minutes


@settings(max_examples=100, deadline=None)
@given(MOMENTS, st.integers(min_value=1, max_value=20))
def test_working_days_like_the_oracle(start, days):
    day, left = (start + VIETNAM).date(), days
    while left:
        day += timedelta(days=1)
        left -= any(is_worked(whole_day(day)[0] + n * MINUTE) for n in range(1440))
    end = CLOCK.add_working_days(start, days)
    assert (end + VIETNAM).date() == day
    assert end == CLOCK.closing_of(day)
    assert CLOCK.working_days_between(start, end) == days


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-03 15:00", "2026-02-03 17:00"),
        ("2026-02-03 15:01", "2026-02-04 17:00"),
        ("2026-02-03 05:00", "2026-02-03 17:00"),
        ("2026-02-08 09:00", "2026-02-09 17:00"),
        ("2026-02-13 15:30", "2026-02-23 17:00"),
        ("2026-02-07 09:00", "2026-02-07 17:00"),
    ],
)
def test_same_day(received, due):
    assert CLOCK.add_working_days(utc(received), 0) == utc(due)


def test_seconds_are_kept():
    start = utc("2026-02-02 16:30") + timedelta(seconds=25)
    assert CLOCK.add_minutes(start, 60)[0] == utc("2026-02-03 08:00") + timedelta(seconds=25)


def test_half_day_closure_keeps_the_day_working():
    assert CLOCK.is_working_day(date(2026, 2, 11))
    assert CLOCK.day_intervals(date(2026, 2, 11))[-1] == (utc("2026-02-11 16:00"), utc("2026-02-11 17:00"))


def test_calendar_days_never_end_on_a_day_off():
    assert CLOCK.add_calendar_days(utc("2026-02-02 09:00"), 15) == utc("2026-02-23 17:00")
    assert CLOCK.add_calendar_days(utc("2026-02-02 09:00"), 5) == utc("2026-02-07 17:00")


def test_calendar_without_hours():
    closed = worktime.WorkCalendar([[]] * 7)
    assert not closed.has_working_time()
    with pytest.raises(worktime.NoWorkingTimeError):
        closed.add_minutes(utc("2026-02-02 09:00"), 1)


def test_version_follows_the_content():
    same = worktime.WorkCalendar(DESK, [CLOSED_AFTERNOON, *map(whole_day, reversed(HOLIDAYS))], dict(MAKEUP))
    other = worktime.WorkCalendar(DESK, [*map(whole_day, HOLIDAYS)], MAKEUP)
    assert same.version == CLOCK.version != other.version


def test_a_century_is_refused():
    with pytest.raises(ValueError, match="century"):
        CLOCK.minutes_between(datetime(2026, 1, 1), datetime(9999, 1, 1))


def test_two_weeks_alternate():
    clock = worktime.WorkCalendar([[(480, 720)]] * 7 + [[]] * 7)
    worked = [clock.is_working_day(date(2026, 2, 2) + timedelta(days=7 * week)) for week in range(4)]
    assert worked in ([True, False, True, False], [False, True, False, True])
