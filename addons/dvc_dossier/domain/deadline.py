# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Deadlines and their proofs. A clock is any object with the methods of ``worktime.WorkCalendar``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

WORKING_HOUR = "working_hour"
WORKING_DAY = "working_day"
CALENDAR_DAY = "day"
UNITS = (WORKING_HOUR, WORKING_DAY, CALENDAR_DAY)

VIETNAM = timedelta(hours=7)
#: hand-over of paper received after this time: the next morning (NĐ 61/2018 Art. 18)
AFTERNOON_LIMIT = time(15, 0)
_TEXT = "%Y-%m-%d %H:%M:%S"

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Proof:
    """Why a deadline is that minute. All moments are naive UTC.

    ``limit`` is the number and its unit, e.g. ``3 working_day``; ``intervals`` what was counted, ``stops`` when
    the clock stood still, ``calendar_version`` the content of the calendar it was counted on.
    """

    start: datetime
    limit: str
    intervals: tuple[Interval, ...]
    stops: tuple[Interval, ...]
    result: datetime
    calendar_version: str

    @property
    def value(self) -> int:
        return int(self.limit.split(" ")[0])

    @property
    def unit(self) -> str:
        return self.limit.split(" ")[1]

    def as_dict(self) -> dict[str, Any]:
        """Return the proof ready for JSON, moments as UTC text."""
        return {
            "start": self.start.strftime(_TEXT),
            "limit": self.limit,
            "intervals": [[start.strftime(_TEXT), end.strftime(_TEXT)] for start, end in self.intervals],
            "stops": [[start.strftime(_TEXT), end.strftime(_TEXT)] for start, end in self.stops],
            "result": self.result.strftime(_TEXT),
            "calendar_version": self.calendar_version,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Proof:
        """Return the proof that ``as_dict`` wrote."""

        def pairs(rows: list[list[str]]) -> tuple[Interval, ...]:
            return tuple((datetime.strptime(start, _TEXT), datetime.strptime(end, _TEXT)) for start, end in rows)

        return cls(
            start=datetime.strptime(data["start"], _TEXT),
            limit=data["limit"],
            intervals=pairs(data["intervals"]),
            stops=pairs(data["stops"]),
            result=datetime.strptime(data["result"], _TEXT),
            calendar_version=data["calendar_version"],
        )


def limit_text(value: int, unit: str) -> str:
    """Return a limit as kept in a proof, e.g. ``1 working_hour``.

    :raise ValueError: an unknown unit or a negative number
    """
    if unit not in UNITS or value < 0:
        raise ValueError(f"Not a time limit: {value} {unit}.")
    return f"{int(value)} {unit}"


def receive_deadline(clock, submitted_at: datetime, hours: int = 1) -> Proof:
    """Return the deadline to receive a dossier: one working hour from its submission (QĐ 88/2017/QĐ-UBND Art. 13)."""
    return due(clock, submitted_at, hours, WORKING_HOUR)


def due(clock, received_at: datetime, value: int, unit: str, same_day_until: time = AFTERNOON_LIMIT) -> Proof:
    """Return the deadline of a limit that starts at a moment.

    :param clock: the agency's compiled calendar
    :param received_at: start of the limit, naive UTC
    :param value: how many, 0 or more; 0 days is the same day
    :param unit: ``working_hour``, ``working_day`` or ``day`` (calendar days, never due on a day off)
    :param same_day_until: a same-day limit that starts later ends the next working day (Vietnam's time)
    :raise ValueError: an unknown unit or a negative number
    """
    limit = limit_text(value, unit)
    if unit == WORKING_HOUR:
        result, intervals = clock.add_minutes(received_at, value * 60)
    elif unit == WORKING_DAY or not value:
        days = clock.counted_days(received_at, value, same_day_until)
        result = clock.closing_of(days[-1])
        intervals = _worked(clock, days, received_at)
    else:
        result = clock.add_calendar_days(received_at, value)
        intervals = [(_next_midnight(received_at), result)]
    return Proof(received_at, limit, tuple(intervals), (), result, clock.version)


def restart(clock, proof: Proof, stopped_at: datetime, resumed_at: datetime) -> Proof:
    """Return the deadline that starts again from zero when the complete answer arrives (NĐ 61/2018 Art. 19(4))."""
    fresh = due(clock, resumed_at, proof.value, proof.unit)
    return replace(fresh, stops=(*proof.stops, (stopped_at, resumed_at)))


def resume(clock, proof: Proof, stopped_at: datetime, resumed_at: datetime) -> Proof:
    """Return the deadline that goes on after a pause (NĐ 123/2015 Art. 3(4): outside verification is not counted).

    Minutes left are counted from the resumption. Of day limits the day of the stop counts, the days up to and with the
    day of resumption do not. What was counted before the stop stays as it was promised; a deadline already passed
    stays passed.
    """
    if resumed_at < stopped_at:
        raise ValueError("A pause ends after it starts.")
    stops = (*proof.stops, (stopped_at, resumed_at))
    if stopped_at > proof.result:
        return replace(proof, stops=stops)
    if proof.unit == WORKING_HOUR:
        result, intervals = _resume_minutes(clock, proof, stopped_at, resumed_at)
    elif not proof.value:
        again = due(clock, resumed_at, 0, proof.unit)
        result, intervals = max((proof.result, proof.intervals), (again.result, again.intervals))
    elif proof.unit == WORKING_DAY:
        result, intervals = _resume_days(clock, proof, stopped_at, resumed_at)
    else:
        days = proof.value + sum(_days_apart(stop, back) for stop, back in stops)
        result = max(proof.result, clock.add_calendar_days(proof.start, days))
        intervals = (*_before(proof.intervals, stopped_at), (resumed_at, result))
    # A date that was put off meanwhile stays the promised one.
    return Proof(proof.start, proof.limit, tuple(intervals), stops, max(result, proof.result), clock.version)


def supplement_allowed_until(clock, received_at: datetime, days: int = 3) -> datetime:
    """Return until when the agency may ask for a supplement: 3 working days (NĐ 61/2018 Art. 19(4))."""
    return clock.add_working_days(received_at, days) if days else received_at


def announce_by(clock, due_at: datetime, days: int = 1) -> datetime:
    """Return until when a delay must be announced: the end of the working day before (NĐ 61/2018 Art. 19(9))."""
    day = _local_date(due_at)
    for _step in range(days):
        day = clock.previous_working_day(day)
    return clock.closing_of(day)


def hand_on_by(clock, received_at: datetime, same_day_until: time = AFTERNOON_LIMIT) -> datetime:
    """Return until when paper goes to the unit: the same day, after 15:00 the next morning (NĐ 61/2018 Art. 18)."""
    local = received_at + VIETNAM
    if clock.is_working_day(local.date()) and local.time() <= same_day_until:
        return max(received_at, clock.closing_of(local.date()))
    return clock.opening_of(clock.next_working_day(local.date()))


def working_days_between(clock, start: datetime, end: datetime) -> int:
    """Return how many working days lie after the first moment's day, up to and with the second's."""
    return clock.working_days_between(start, end)


def risk_moment(
    clock, start: datetime, deadline: datetime, share_percent: float, stops: tuple[Interval, ...] = ()
) -> datetime:
    """Return from when less than a share of the working time of a deadline is left.

    :param start: when the limit started, naive UTC
    :param deadline: when it ends, naive UTC
    :param share_percent: 0 to 100
    :param stops: when the clock stood still; that time is no part of the limit
    """
    if deadline <= start:
        return deadline
    stood = [(max(stop, start), min(back, deadline)) for stop, back in stops if back > start and stop < deadline]
    total = clock.minutes_between(start, deadline) - sum(clock.minutes_between(*stop) for stop in stood)
    left = total - int(total * (100 - min(max(share_percent, 0), 100)) / 100)
    # Since the last stop the clock has run through: the risk begins in there, or has begun before it.
    running = max((back for _stop, back in stood), default=start)
    ahead = clock.minutes_between(running, deadline)
    return min(clock.add_minutes(running, ahead - left)[0], deadline) if ahead > left else running


def _worked(clock, days, not_before: datetime) -> list[Interval]:
    """Return the working intervals of days, the part before a moment cut away."""
    found = []
    for day in days:
        for start, end in clock.day_intervals(day):
            if end > not_before:
                found.append((max(start, not_before), end))
    return found


def _before(intervals, moment: datetime) -> tuple[Interval, ...]:
    return tuple((start, min(end, moment)) for start, end in intervals if start < moment)


def _resume_minutes(clock, proof: Proof, stopped_at: datetime, resumed_at: datetime):
    used = _before(proof.intervals, stopped_at)
    spent = sum((end - start for start, end in used), timedelta())
    left = timedelta(minutes=proof.value * 60) - spent
    result, more = clock.add_time(resumed_at, left)
    return result, (*used, *more)


def _resume_days(clock, proof: Proof, stopped_at: datetime, resumed_at: datetime):
    paused = clock.working_days_between(stopped_at, resumed_at)
    if not paused:
        return proof.result, proof.intervals
    result = clock.add_working_days(proof.result, paused)
    kept = [interval for interval in proof.intervals if _local_date(interval[0]) <= _local_date(stopped_at)]
    days, day = [], _local_date(resumed_at)
    while day < _local_date(result):
        day = clock.next_working_day(day)
        days.append(day)
    return result, (*kept, *_worked(clock, days, resumed_at))


def _local_date(moment: datetime):
    return (moment + VIETNAM).date()


def _days_apart(start: datetime, end: datetime) -> int:
    return (_local_date(end) - _local_date(start)).days


def _next_midnight(moment: datetime) -> datetime:
    local = moment + VIETNAM
    return datetime.combine(local.date(), time.min) + timedelta(days=1) - VIETNAM
