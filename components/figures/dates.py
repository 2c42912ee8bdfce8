"""The axis of days, weeks or months that every chart over time has: the same ticks on one page."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Literal

from components.base.format import short_day

#: A day as an axis of dates counts it, in milliseconds.
DAY_MS = 86_400_000
#: As many labels as fit side by side on a phone.
MOST_TICKS = 6
MONTHS_A_YEAR = 12


def date_axis(starts: Sequence[dt.date], step: Literal["day", "week", "month"]) -> dict[str, Any]:
    """Return an axis whose ticks are first days of steps, level and at most ``MOST_TICKS``.

    ``starts`` are the first days of the steps a chart shows, in any order. Marks belong at the first days; a
    bar stands above its label. Charts of the same steps have the same range and the same ticks, whatever of
    them is missing.
    """
    axis: dict[str, Any] = {"type": "date", "title": None, "tickangle": 0}
    if not starts:
        return axis
    first, last = min(starts), max(starts)
    if step == "month":
        months = 1 + (last.year - first.year) * MONTHS_A_YEAR + last.month - first.month
        ticks: dict[str, Any] = {"dtick": f"M{math.ceil(months / MOST_TICKS)}", "tickformat": "%b %Y"}
        half = dt.timedelta(days=15)
    else:
        days = 7 if step == "week" else 1
        every = math.ceil(((last - first).days // days + 1) / MOST_TICKS)
        ticks = {"dtick": every * days * DAY_MS, "tickformat": short_day()}
        half = dt.timedelta(hours=12 * days)
    ends = [dt.datetime.combine(day, dt.time()) for day in (first, last)]
    return axis | {"tick0": first.isoformat(), **ticks, "range": [ends[0] - half, ends[1] + half]}
