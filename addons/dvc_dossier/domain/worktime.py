# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The working minutes of a one-stop desk.

Moments are naive UTC outside, Vietnam's time (+07:00, no summer time) inside.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

VIETNAM = timedelta(hours=7)
DAY = timedelta(days=1)
#: a desk that does not open for this long has no working time at all
HORIZON_DAYS = 1100
#: nobody counts further, and a typed year 9999 must not keep a worker busy
LONGEST = timedelta(days=36600)
REMEMBERED_DAYS = 8000
#: "received after 15:00": Luật Hộ tịch Art. 5(3), NĐ 23/2015 Art. 7, NĐ 61/2018 Art. 18
SAME_DAY_UNTIL = time(15, 0)

Interval = tuple[datetime, datetime]


class NoWorkingTimeError(ValueError):
    """The calendar never opens."""


def to_local(moment: datetime) -> datetime:
    """Return Vietnam's time of a naive UTC moment."""
    return moment + VIETNAM


def to_utc(moment: datetime) -> datetime:
    """Return naive UTC of a naive moment in Vietnam's time."""
    return moment - VIETNAM


def local_date(moment: datetime) -> date:
    """Return the calendar day in Vietnam of a naive UTC moment."""
    return to_local(moment).date()


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the intervals sorted, touching ones joined, empty ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Iterable[Interval], closures: Sequence[Interval]) -> list[Interval]:
    """Return what is left of sorted intervals once sorted closures are cut out."""
    left = []
    for start, end in intervals:
        for closed_from, closed_to in closures:
            if closed_to <= start or end <= closed_from:
                continue
            if start < closed_from:
                left.append((start, closed_from))
            start = max(start, closed_to)
            if start >= end:
                break
        if start < end:
            left.append((start, end))
    return left


class WorkCalendar:
    """A compiled calendar: weekly hours, closures and make-up days, frozen under a version.

    :param week: working spans of 14 days (Monday of an even week first), each in minutes after midnight, Vietnam's time
    :param closures: naive UTC intervals in which the desk is closed
    :param makeup_days: days that are worked on top of the week, with their spans in minutes
    """

    def __init__(
        self,
        week: Sequence[Sequence[tuple[int, int]]],
        closures: Iterable[Interval] = (),
        makeup_days: Mapping[date, Sequence[tuple[int, int]]] | None = None,
    ) -> None:
        if len(week) not in (7, 14):
            raise ValueError("A week has 7 days, or 14 where two weeks alternate.")
        days = [tuple(sorted((int(start), int(end)) for start, end in spans if start < end)) for spans in week]
        self._week = tuple(days * (14 // len(days)))
        self._closures = merge((to_local(start), to_local(end)) for start, end in closures)
        self._closure_ends = [end for _start, end in self._closures]
        self._makeup = {day: tuple(sorted(map(tuple, spans))) for day, spans in (makeup_days or {}).items()}
        self._days: dict[date, tuple[Interval, ...]] = {}
        self.version = self._content_hash()

    def _content_hash(self) -> str:
        content = {
            "week": self._week,
            "closures": [[start.isoformat(), end.isoformat()] for start, end in self._closures],
            "makeup": sorted([day.isoformat(), spans] for day, spans in self._makeup.items()),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def has_working_time(self) -> bool:
        """Tell whether any day of the week is worked at all."""
        return any(self._week)

    # Days (Vietnam's time inside)

    def _spans(self, day: date) -> tuple[Interval, ...]:
        """Return the working intervals of a day in Vietnam's time, remembered."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) > REMEMBERED_DAYS:
                self._days.clear()
            known = self._days[day] = self._compute_spans(day)
        return known

    def _compute_spans(self, day: date) -> tuple[Interval, ...]:
        spans = self._makeup.get(day)
        if spans is None:
            # Odoo's two-week calendars alternate by the count of weeks since the year 1.
            parity = ((day.toordinal() - 1) // 7) % 2
            spans = self._week[day.weekday() + 7 * parity]
        midnight = datetime.combine(day, time.min)
        opened = merge((midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)) for start, end in spans)
        first = bisect_right(self._closure_ends, midnight)
        closures = []
        for closure in self._closures[first:]:
            if closure[0] >= midnight + DAY:
                break
            closures.append(closure)
        return tuple(subtract(opened, closures))

    def is_working_day(self, day: date) -> bool:
        """Tell whether the desk works on a day (a date in Vietnam's time)."""
        return bool(self._spans(day))

    def day_intervals(self, day: date) -> list[Interval]:
        """Return the working intervals of a day, naive UTC."""
        return [(to_utc(start), to_utc(end)) for start, end in self._spans(day)]

    def opening_of(self, day: date) -> datetime | None:
        """Return when the desk opens on a day (naive UTC), nothing on a day off."""
        spans = self._spans(day)
        return to_utc(spans[0][0]) if spans else None

    def closing_of(self, day: date) -> datetime | None:
        """Return when the desk closes on a day (naive UTC), nothing on a day off."""
        spans = self._spans(day)
        return to_utc(spans[-1][1]) if spans else None

    def next_working_day(self, day: date, include: bool = False) -> date:
        """Return the first working day after a day, or the day itself where ``include`` and it is worked.

        :raise NoWorkingTimeError: the desk does not open within three years
        """
        candidate = day if include else day + DAY
        for _step in range(HORIZON_DAYS):
            if self._spans(candidate):
                return candidate
            candidate += DAY
        raise NoWorkingTimeError(f"No working day within {HORIZON_DAYS} days after {day}.")

    def previous_working_day(self, day: date) -> date:
        """Return the last working day before a day.

        :raise NoWorkingTimeError: the desk did not open within three years
        """
        candidate = day - DAY
        for _step in range(HORIZON_DAYS):
            if self._spans(candidate):
                return candidate
            candidate -= DAY
        raise NoWorkingTimeError(f"No working day within {HORIZON_DAYS} days before {day}.")

    # Minutes

    def _spans_from(self, moment: datetime) -> Iterator[Interval]:
        """Yield the working intervals at and after a local moment, cut at it."""
        day = self.next_working_day(moment.date(), include=True)
        while True:
            for start, end in self._spans(day):
                if end > moment:
                    yield max(start, moment), end
            day = self.next_working_day(day)

    def add_minutes(self, start_utc: datetime, minutes: int) -> tuple[datetime, list[Interval]]:
        """Return when so many working minutes have passed, and the intervals counted.

        :param start_utc: naive UTC
        :param minutes: working minutes, 0 or more
        :return: the end (naive UTC) and the counted intervals (naive UTC)
        :raise ValueError: negative minutes
        :raise NoWorkingTimeError: the desk does not open within three years
        """
        return self.add_time(start_utc, timedelta(minutes=minutes))

    def add_time(self, start_utc: datetime, left: timedelta) -> tuple[datetime, list[Interval]]:
        """Return the same as ``add_minutes`` for a working time of any length."""
        if left < timedelta():
            raise ValueError("Working time is counted forwards only.")
        counted: list[Interval] = []
        if not left:
            return start_utc, counted
        for start, end in self._spans_from(to_local(start_utc)):
            if end - start >= left:
                counted.append((to_utc(start), to_utc(start + left)))
                break
            counted.append((to_utc(start), to_utc(end)))
            left -= end - start
        return counted[-1][1], counted

    def intervals_between(self, a_utc: datetime, b_utc: datetime) -> list[Interval]:
        """Return the working intervals between two naive UTC moments, cut at both.

        :raise ValueError: they are more than a century apart
        """
        if b_utc - a_utc > LONGEST:
            raise ValueError("The moments are more than a century apart.")
        start, end = to_local(a_utc), to_local(b_utc)
        found = []
        day = start.date()
        while day <= end.date():
            for opened, closed in self._spans(day):
                opened, closed = max(opened, start), min(closed, end)
                if opened < closed:
                    found.append((to_utc(opened), to_utc(closed)))
            day += DAY
        return found

    def minutes_between(self, a_utc: datetime, b_utc: datetime) -> int:
        """Return the whole working minutes between two naive UTC moments; negative where the second is earlier."""
        if b_utc < a_utc:
            return -self.minutes_between(b_utc, a_utc)
        worked = sum((end - start for start, end in self.intervals_between(a_utc, b_utc)), timedelta())
        return int(worked // timedelta(minutes=1))

    # Days counted by law

    def counted_days(self, start_utc: datetime, days: int, same_day_until: time = SAME_DAY_UNTIL) -> list[date]:
        """Return the working days counted for a limit; the last is the due day.

        The day of reception is not counted (Bộ luật Dân sự 2015 Art. 147). 0 days: the day itself, where it is
        worked and the desk still open and not after ``same_day_until``; else the next working day.
        """
        if days < 0:
            raise ValueError("Days are counted forwards only.")
        local = to_local(start_utc)
        if not days:
            spans = self._spans(local.date())
            in_time = spans and local < spans[-1][1] and local <= datetime.combine(local.date(), same_day_until)
            return [local.date() if in_time else self.next_working_day(local.date())]
        counted = []
        day = local.date()
        for _step in range(days):
            day = self.next_working_day(day)
            counted.append(day)
        return counted

    def add_working_days(self, start_utc: datetime, days: int, same_day_until: time = SAME_DAY_UNTIL) -> datetime:
        """Return the closing time (naive UTC) of the last counted working day.

        :param start_utc: reception, naive UTC; its day in Vietnam's time is not counted
        :param days: working days; 0 is the same day, after ``same_day_until`` the next working day
        :param same_day_until: last time of day (Vietnam) at which a same-day limit still ends that day
        """
        return self.closing_of(self.counted_days(start_utc, days, same_day_until)[-1])

    def add_calendar_days(self, start_utc: datetime, days: int) -> datetime:
        """Return the closing time (naive UTC) of the due day, counted in calendar days and never a day off."""
        if days < 0:
            raise ValueError("Days are counted forwards only.")
        return self.closing_of(self.next_working_day(local_date(start_utc) + days * DAY, include=True))

    def working_days_between(self, a_utc: datetime, b_utc: datetime) -> int:
        """Return the number of working days after the first moment's day up to and with the second's."""
        first, last = local_date(a_utc), local_date(b_utc)
        return sum(self.is_working_day(first + step * DAY) for step in range(1, (last - first).days + 1))
