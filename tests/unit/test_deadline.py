# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The worked examples of the counting rules, and what stops do to a deadline."""

from datetime import date, datetime, timedelta

import pytest
from conftest import load
from hypothesis import given, settings
from hypothesis import strategies as st

worktime = load("dvc_dossier", "domain/worktime.py")
deadline = load("dvc_dossier", "domain/deadline.py")

VIETNAM = timedelta(hours=7)
HOURS = [(450, 690), (780, 1020)]


def utc(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M") - VIETNAM


def closures(*days):
    found = []
    for first, last in days:
        start = datetime.combine(first, datetime.min.time()) - VIETNAM
        found.append((start, start + timedelta(days=(last - first).days + 1)))
    return found


CLOCK = worktime.WorkCalendar(
    [HOURS] * 5 + [[], []],
    closures((date(2026, 1, 1), date(2026, 1, 2)), (date(2026, 2, 16), date(2026, 2, 20))),
    {date(2026, 1, 10): HOURS},
)


@pytest.mark.parametrize(
    ("submitted", "expected"),
    [
        pytest.param("18/08/2023 16:30", "21/08/2023 08:00", id="1-over-the-weekend"),
        pytest.param("17/08/2023 11:15", "17/08/2023 13:45", id="2-over-lunch"),
        pytest.param("17/08/2023 10:30", "17/08/2023 11:30", id="ends-at-lunch"),
        pytest.param("20/08/2023 22:00", "21/08/2023 08:30", id="sunday-night"),
    ],
)
def test_one_working_hour_to_receive(submitted, expected):
    proof = deadline.receive_deadline(CLOCK, utc(submitted))
    assert proof.result == utc(expected)
    assert sum((end - start for start, end in proof.intervals), timedelta()) == timedelta(hours=1)
    assert proof.limit == "1 working_hour"


def test_example_3_paper_after_15_00_goes_on_next_morning():
    assert deadline.hand_on_by(CLOCK, utc("15/08/2023 15:20")) == utc("16/08/2023 07:30")
    assert deadline.hand_on_by(CLOCK, utc("15/08/2023 14:20")) == utc("15/08/2023 17:00")
    assert deadline.hand_on_by(CLOCK, utc("18/08/2023 15:20")) == utc("21/08/2023 07:30")


@pytest.mark.parametrize(
    ("received", "days", "expected"),
    [
        pytest.param("02/02/2026 09:00", 3, "05/02/2026 17:00", id="4-day-of-reception-not-counted"),
        pytest.param("12/02/2026 09:00", 3, "24/02/2026 17:00", id="5-tet"),
        pytest.param("08/01/2026 09:00", 3, "12/01/2026 17:00", id="6-make-up-saturday"),
        pytest.param("31/12/2025 09:00", 3, "07/01/2026 17:00", id="7-new-year"),
        pytest.param("03/02/2026 15:10", 0, "04/02/2026 17:00", id="8-same-day-after-15"),
        pytest.param("03/02/2026 14:59", 0, "03/02/2026 17:00", id="8-same-day-before-15"),
        pytest.param("01/02/2026 10:00", 3, "04/02/2026 17:00", id="received-on-a-sunday"),
    ],
)
def test_working_days(received, days, expected):
    proof = deadline.due(CLOCK, utc(received), days, "working_day")
    assert proof.result == utc(expected)
    assert len({(start + VIETNAM).date() for start, _end in proof.intervals}) == max(days, 1)
    assert proof.intervals[-1][1] == proof.result


def test_example_6_depends_on_the_make_up_day():
    plain = worktime.WorkCalendar([HOURS] * 5 + [[], []])
    assert deadline.due(plain, utc("08/01/2026 09:00"), 3, "working_day").result == utc("13/01/2026 17:00")


def test_example_9_a_supplement_restarts_the_limit():
    proof = deadline.due(CLOCK, utc("02/03/2026 09:00"), 5, "working_day")
    asked, answered = utc("04/03/2026 10:00"), utc("16/03/2026 09:00")
    assert asked <= deadline.supplement_allowed_until(CLOCK, proof.start) == utc("05/03/2026 17:00")
    again = deadline.restart(CLOCK, proof, asked, answered)
    assert again.result == utc("23/03/2026 17:00")
    assert again.start == answered
    assert again.stops == ((asked, answered),)


def test_example_10_a_delay_is_announced_the_day_before():
    assert deadline.announce_by(CLOCK, utc("20/03/2026 17:00")) == utc("19/03/2026 17:00")
    assert deadline.announce_by(CLOCK, utc("23/03/2026 17:00")) == utc("20/03/2026 17:00")


def test_working_hours_and_calendar_days():
    assert deadline.due(CLOCK, utc("02/03/2026 09:00"), 8, "working_hour").result == utc("03/03/2026 09:00")
    assert deadline.due(CLOCK, utc("02/03/2026 09:00"), 5, "day").result == utc("09/03/2026 17:00")
    assert deadline.due(CLOCK, utc("02/03/2026 09:00"), 4, "day").result == utc("06/03/2026 17:00")


@pytest.mark.parametrize(("value", "unit"), [(1, "week"), (-1, "day")])
def test_not_a_limit(value, unit):
    with pytest.raises(ValueError, match="Not a time limit"):
        deadline.due(CLOCK, utc("02/03/2026 09:00"), value, unit)


@pytest.mark.parametrize(
    ("value", "unit", "stopped", "resumed", "expected"),
    [
        (3, "working_day", "03/03/2026 10:00", "06/03/2026 09:00", "10/03/2026 17:00"),
        (3, "working_day", "03/03/2026 10:00", "03/03/2026 11:00", "05/03/2026 17:00"),
        (3, "working_day", "02/03/2026 10:00", "08/03/2026 11:00", "11/03/2026 17:00"),
        (0, "working_day", "02/03/2026 10:00", "05/03/2026 14:00", "05/03/2026 17:00"),
        (0, "working_day", "02/03/2026 10:00", "05/03/2026 15:30", "06/03/2026 17:00"),
        (4, "working_hour", "02/03/2026 10:00", "05/03/2026 16:00", "06/03/2026 10:00"),
        (15, "day", "04/03/2026 10:00", "11/03/2026 09:00", "24/03/2026 17:00"),
    ],
)
def test_a_pause_resumes(value, unit, stopped, resumed, expected):
    proof = deadline.due(CLOCK, utc("02/03/2026 09:30"), value, unit)
    after = deadline.resume(CLOCK, proof, utc(stopped), utc(resumed))
    assert after.result == utc(expected)
    assert (after.start, after.limit, after.stops) == (proof.start, proof.limit, ((utc(stopped), utc(resumed)),))


def test_a_pause_after_the_deadline_mends_nothing():
    proof = deadline.due(CLOCK, utc("02/03/2026 09:30"), 3, "working_day")
    after = deadline.resume(CLOCK, proof, utc("09/03/2026 09:00"), utc("20/03/2026 09:00"))
    assert after.result == proof.result


MOMENTS = st.integers(min_value=0, max_value=40 * 1440).map(lambda n: utc("19/12/2025 00:00") + timedelta(minutes=n))


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(1, 12), st.sampled_from(["working_hour", "working_day"]), st.data())
def test_two_pauses_never_give_less_time_than_was_promised(start, value, unit, data):
    proof = deadline.due(CLOCK, start, value, unit)
    for _pause in range(2):
        span = int((proof.result - start) / timedelta(minutes=1))
        stopped = start + timedelta(minutes=data.draw(st.integers(0, span)))
        if proof.stops:
            stopped = max(stopped, proof.stops[-1][1])
        resumed = stopped + timedelta(minutes=data.draw(st.integers(0, 9000)))
        after = deadline.resume(CLOCK, proof, stopped, resumed)
        assert after.result >= proof.result
        proof = after
    if unit == "working_hour":
        counted = sum((end - begin for begin, end in proof.intervals), timedelta())
        assert counted == timedelta(hours=value)
    else:
        assert len({(begin + VIETNAM).date() for begin, _end in proof.intervals}) == value


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(0, 12), st.sampled_from(deadline.UNITS), st.integers(0, 100))
def test_risk_lies_between_start_and_deadline(start, value, unit, share):
    proof = deadline.due(CLOCK, start, value, unit)
    risk = deadline.risk_moment(CLOCK, start, proof.result, share)
    assert min(start, proof.result) <= risk <= proof.result
    total = CLOCK.minutes_between(start, proof.result)
    if total and proof.result > start:
        assert abs(CLOCK.minutes_between(risk, proof.result) - total * share / 100) <= 1


def test_a_pause_is_no_part_of_what_is_at_risk():
    proof = deadline.due(CLOCK, utc("02/03/2026 09:00"), 5, "working_day")
    paused = deadline.resume(CLOCK, proof, utc("04/03/2026 09:00"), utc("04/05/2026 09:00"))
    risk = deadline.risk_moment(CLOCK, paused.start, paused.result, 25, paused.stops)
    assert utc("05/05/2026 09:00") < risk < paused.result


def test_the_proof_replays():
    proof = deadline.due(CLOCK, utc("12/02/2026 09:00"), 3, "working_day")
    paused = deadline.resume(CLOCK, proof, utc("13/02/2026 09:00"), utc("24/02/2026 09:00"))
    data = paused.as_dict()
    assert data["start"] == "2026-02-12 02:00:00"
    assert data["result"] == "2026-02-26 10:00:00"
    assert data["stops"] == [["2026-02-13 02:00:00", "2026-02-24 02:00:00"]]
    assert data["calendar_version"] == CLOCK.version
    assert deadline.Proof.from_dict(data) == paused
