"""When a schedule is due, by the shop's clock, and which days a query is about.

On the day the clock goes forward, a time that doesn't exist is as much later (02:30 is 03:30); on the day it
goes back, a time that is there twice is the first of the two. Either way there is one run a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.schedules.definition import Definition

#: Days that are caught up at most: an export of older days is a task for a person.
MOST_DAYS = 31


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when it is so late on a day, in UTC."""
    local = datetime.combine(day, clock, zone)
    # What the clock leaves out is reckoned with the offset before the gap, which leads just behind it.
    return local.astimezone(UTC)


def latest_due(definition: Definition, after: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the last moment a daily schedule was due after one and up to another; None where it wasn't.

    Several that were missed are one: its run takes in all that has come.
    """
    clock = time.fromisoformat(definition.time)
    day = now.astimezone(zone).date() + timedelta(days=1)
    # A weekday is at most seven days back; the clock's changes need a day on either side.
    for _ in range(9):
        if day.isoweekday() in definition.days and after < (due := moment(day, clock, zone)) <= now:
            return due
        day -= timedelta(days=1)
    return None


def next_due(definition: Definition, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next moment a daily schedule is due."""
    clock, day = time.fromisoformat(definition.time), now.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.isoweekday() in definition.days and (due := moment(day, clock, zone)) > now:
            return due
        day += timedelta(days=1)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning of a day of the shop and that of the next one, in UTC: 23, 24 or 25 hours."""
    return moment(day, time(), zone), moment(day + timedelta(days=1), time(), zone)


def whole_days(after: date, due: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days after one that were over when a run was due, the oldest first."""
    last = due.astimezone(zone).date() - timedelta(days=1)
    day = max(after + timedelta(days=1), last - timedelta(days=MOST_DAYS - 1))
    while day <= last:
        yield day
        day += timedelta(days=1)
