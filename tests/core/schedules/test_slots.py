"""When a schedule is due by the shop's clock, on usual days and on those the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.schedules.definition import Definition
from core.schedules.slots import MOST_DAYS, day_bounds, latest_due, moment, next_due, whole_days

BERLIN = ZoneInfo("Europe/Berlin")
SEVEN = Definition(time="07:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (date(2026, 7, 1), "07:00", "2026-07-01 05:00"),
        (date(2026, 12, 1), "07:00", "2026-12-01 06:00"),
        # There is no 02:30 on this day, and two of them on that.
        (date(2026, 3, 29), "02:30", "2026-03-29 01:30"),
        (date(2026, 10, 25), "02:30", "2026-10-25 00:30"),
    ],
)
def test_a_time_is_by_the_clock_of_the_shop(day: date, clock: str, expected: str) -> None:
    assert moment(day, time.fromisoformat(clock), BERLIN) == utc(expected)


@pytest.mark.parametrize("clock", ["00:00", "01:30", "02:00", "02:30", "03:00", "07:00", "23:59"])
def test_there_is_one_run_a_day_all_year_round(clock: str) -> None:
    definition = Definition(time=clock)
    after, now, runs = utc("2026-01-01 12:00"), utc("2026-01-01 12:00"), []
    while now < utc("2027-01-01 12:00"):
        now += timedelta(minutes=30)
        if due := latest_due(definition, after, now, BERLIN):
            runs.append(due.astimezone(BERLIN).date())
            after = due
    assert runs == sorted(set(runs))
    assert len(runs) == 365


def test_runs_that_were_missed_are_one() -> None:
    due = latest_due(SEVEN, utc("2026-11-02 06:00"), utc("2026-11-06 05:59"), BERLIN)
    assert due == utc("2026-11-05 06:00")
    assert latest_due(SEVEN, due, utc("2026-11-06 05:59"), BERLIN) is None


def test_only_on_chosen_weekdays() -> None:
    monday = Definition(time="07:00", days=(1,))
    assert next_due(monday, utc("2026-11-30 05:59"), BERLIN) == utc("2026-11-30 06:00")
    assert next_due(monday, utc("2026-11-30 06:00"), BERLIN) == utc("2026-12-07 06:00")
    assert latest_due(monday, utc("2026-11-23 06:00"), utc("2026-11-29 23:00"), BERLIN) is None
    assert latest_due(monday, utc("2026-11-22 06:00"), utc("2026-11-29 23:00"), BERLIN) == utc(
        "2026-11-23 06:00"
    )


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 1), 24)]
)
def test_a_day_has_the_hours_it_has(day: date, hours: int) -> None:
    since, until = day_bounds(day, BERLIN)
    assert until - since == timedelta(hours=hours)
    assert since.astimezone(BERLIN).date() == day


def test_a_query_is_asked_for_days_that_are_over() -> None:
    due = utc("2026-11-05 06:00")
    days = list(whole_days(date(2026, 11, 1), due, BERLIN))
    assert days == [date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)]
    assert list(whole_days(date(2026, 11, 4), due, BERLIN)) == []
    assert len(list(whole_days(date(2020, 1, 1), due, BERLIN))) == MOST_DAYS
