"""Times as browsers, spreadsheets and people write them: one moment, by the clock they were written by."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from core.base.errors import IngestError
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of


def log(folder: Path, *cells: str) -> Export:
    rows = "".join(f"s{i};v{i};{cell};page_view\n" for i, cell in enumerate(cells))
    return export_of(write(folder, f"session_id;visitor_id;timestamp;event_type\n{rows}"))


@pytest.mark.parametrize(
    ("cell", "other"),
    [
        ("03/02/2026 10:05:00 p.m.", "03/14/2026 12:05:00 a.m."),
        ("3/2/2026 10:05PM", "3/14/2026 12:05AM"),
        ("Mar 2, 2026, 10:05:00 PM", "Mar 14, 2026, 12:05:00 AM"),
        ("Monday, March 2, 2026 at 10:05 PM", "Saturday, March 14, 2026 at 12:05 AM"),
        ("2. März 2026 22:05", "14. März 2026, 00:05 Uhr"),
        ("2 mars 2026 22:05:00", "14 mars 2026 à 00:05"),
        ("2 de marzo de 2026 22:05", "14 mar 2026 12:05 a. m."),
        ("20260302 22:05:00", "20260314 00:05:00"),
        ("202603022205", "202603140005"),
        ("46083,9201388889", "46095,0034722222"),
        ("46083.9201388889", "46095.0034722222"),
    ],
)
def test_moments(tmp_path, cell, other):
    found = log(tmp_path, cell, other)
    assert found.report.rejected == {}
    assert [row["started_at"] for row in found.rows] == [
        datetime(2026, 3, 2, 22, 5),
        datetime(2026, 3, 14, 0, 5),
    ]
    assert found.column("hour") == [22, 0]


def test_days_that_a_spreadsheet_counted_are_said(tmp_path):
    assert log(tmp_path, "46083.92", "46095.0").says("spreadsheets store them") == "warning"


def test_digits_of_a_day_and_an_hour_are_no_seconds(tmp_path):
    found = log(tmp_path, "2026030222", "2026030223")
    assert [row["started_at"] for row in found.rows] == [datetime(2026, 3, 2, 22), datetime(2026, 3, 2, 23)]


def test_seconds_of_the_thirties_stay_seconds(tmp_path):
    found = log(tmp_path, "2026030299", "2026039999")
    assert found.rows[0]["started_at"].year == 2034


@pytest.mark.parametrize(
    ("winter", "summer"),
    [
        ("2026-03-02 23:30:00 CET", "2026-07-02 23:30:00 CEST"),
        ("2026-03-02 23:30:00 MEZ", "2026-07-02 23:30:00 MESZ"),
        ("2026-03-02 23:30:00 Europe/Berlin", "2026-07-02 23:30:00 Europe/Berlin"),
        ("2026-03-02 23:30:00 GMT+1", "2026-07-02 23:30:00 GMT+2"),
        ("2026-03-02T23:30:00+0100", "2026-07-02T23:30:00+0200"),
        ("Mon Mar 02 2026 23:30:00 GMT+0100 (CET)", "Thu Jul 02 2026 23:30:00 GMT+0200 (CEST)"),
    ],
)
def test_zones_however_named(tmp_path, winter, summer):
    found = log(tmp_path, winter, summer)
    assert [row["started_at"] for row in found.rows] == [
        datetime(2026, 3, 2, 22, 30),
        datetime(2026, 7, 2, 21, 30),
    ]
    assert (found.column("hour"), found.report.time_zone) == ([23, 23], "as written")
    assert found.says("read as UTC") is None


@pytest.mark.parametrize(("zone", "hours"), [("BST", 1), ("EDT", -4), ("AEST", 10)])
def test_zones_that_others_share_a_name_with(tmp_path, zone, hours):
    found = log(tmp_path, f"2026-07-02 12:00:00 {zone}")
    assert found.rows[0]["started_at"] == datetime(2026, 7, 2, 12 - hours)
    assert found.rows[0]["hour"] == 12


def test_a_zone_that_the_head_does_not_show(tmp_path):
    cells = ["2026-03-02 23:30:00 CET"] * 2100 + ["2026-07-02 23:30:00 CEST"]
    found = log(tmp_path, *cells)
    assert max(row["started_at"] for row in found.rows) == datetime(2026, 7, 2, 21, 30)
    assert {row["hour"] for row in found.rows} == {23}


@pytest.mark.parametrize("cell", ["2026-W10", "1,77244560E+12", "yesterday"])
def test_what_is_no_time_is_refused(tmp_path, cell):
    with pytest.raises(IngestError, match="The time can't be read"):
        log(tmp_path, cell, cell)
