"""Days are the shop's, by the clock an export was read with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base import shop
from core.results import aggregates
from core.results.filters import Filters
from core.results.view import ResultView
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA


def _result(tmp_path: Path, zone: str, moments: list[str]) -> ResultView:
    starts = pd.to_datetime(moments)
    local = starts.tz_localize("UTC").tz_convert(zone)
    frame = pd.DataFrame(
        {
            "session_id": [str(place) for place in range(len(moments))],
            "started_at": starts,
            "day_of_week": local.day_of_week + 1,
            "hour": local.hour,
        }
    )
    schema = pa.schema([*SESSION_SCHEMA, *PREDICTION_SCHEMA])
    arrays = [
        pa.array(frame[field.name], field.type) if field.name in frame else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), tmp_path / "sessions.parquet")
    return ResultView(tmp_path / "sessions.parquet")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_a_session_stands_on_the_day_of_the_shops_clock(tmp_path: Path, zone: str) -> None:
    # A Sunday's turn to Monday, and the night summer time ends.
    moments = [
        "2026-10-04 23:30",
        "2026-10-05 00:30",
        "2026-10-24 23:30",
        "2026-10-25 02:30",
        "2026-10-25 12:00",
    ]
    view = _result(tmp_path, zone, moments)
    local = pd.to_datetime(moments).tz_localize("UTC").tz_convert(zone)

    counted = {group.key: group.sums.n for group in view.groups(Filters(), "day")}

    assert counted == {day: int((local.date == day).sum()) for day in sorted(set(local.date))}
    assert (view.span.first_day, view.span.last_day) == (min(local.date), max(local.date))
    for day, n in counted.items():
        assert view.kpis(Filters(start=day, end=day)).n == n


def test_weeks_begin_where_the_working_week_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = _result(tmp_path, "UTC", ["2026-01-03 12:00", "2026-01-04 12:00", "2026-09-01 12:00"])
    monkeypatch.setattr(aggregates, "week_begins", lambda: 7)
    assert shop.week_begins() == 1
    assert [group.key for group in view.groups(Filters(), "day")] == [
        date(2025, 12, 28),
        date(2026, 1, 4),
        date(2026, 8, 30),
    ]


def test_a_weekday_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    view = _result(tmp_path, "UTC", ["2026-10-07 12:00"])
    table = pq.read_table(view.path)
    place = table.schema.get_field_index("day_of_week")
    pq.write_table(table.set_column(place, "day_of_week", pa.array([6])), view.path)
    assert [group.key for group in ResultView(view.path).groups(Filters(), "day")] == [date(2026, 10, 7)]


def test_weekdays_stand_as_the_shop_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = _result(tmp_path, "UTC", [f"2026-01-{day:02d} 12:00" for day in range(5, 12)])
    monkeypatch.setattr(shop, "week_begins", lambda *_: 7)
    assert [group.key for group in view.groups(Filters(), "weekday")] == [7, 1, 2, 3, 4, 5, 6]
