"""Times in writings of other languages and programs, and those that leave something open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of


def visits(folder: Path, *cells: str, **more: object) -> Export:
    rows = "".join(f"s{i},v{i},{cell},page_view,\n" for i, cell in enumerate(cells))
    return export_of(write(folder, f"session_id,visitor_id,timestamp,event_type,price\n{rows}"), **more)


def starts(found: Export) -> list[datetime]:
    return found.column("started_at")


MORNING, EVENING = datetime(2026, 3, 2, 10, 5), datetime(2026, 3, 15, 22, 10)


@pytest.mark.parametrize(
    ("morning", "evening"),
    [
        ("02-Mar-26 10:05", "15-Mar-26 22:10"),
        ("02.03.2026 10:05 vorm.", "15.03.2026 10:10 nachm."),
        ("02/03/2026 10:05 a. m.", "15/03/2026 10:10 p. m."),
        ("02/03/2026 10:05 π.μ.", "15/03/2026 10:10 μ.μ."),
        ("02/03/2026 10:05 ص", "15/03/2026 10:10 م"),
        ("2026/03/02 上午 10:05", "2026/03/15 下午 10:10"),
        ("2026-03-02 오전 10:05", "2026-03-15 오후 10:10"),
        ("2026年3月2日 10:05", "2026年3月15日 22:10"),
        ("2026年3月2日 10時05分", "2026年3月15日 22時10分"),
        ("2026. 3. 2. 10:05", "2026. 3. 15. 22:10"),
        ("02.03.2026 10.05", "15.03.2026 22.10"),
        ("02/03/2026 10h05", "15/03/2026 22h10"),
        ("02/03/2569 10:05", "15/03/2569 22:10"),
        ("2569-03-02 10:05:00", "2569-03-15 22:10:00"),
        ("26-03-02 10:05", "26-03-15 22:10"),
        ("٢٠٢٦-٠٣-٠٢ ١٠:٠٥:٠٠", "٢٠٢٦-٠٣-١٥ ٢٢:١٠:٠٠"),
        ("Mon Mar 02 11:05:00 +0100 2026", "Sun Mar 15 23:10:00 +0100 2026"),
        ("lundi 2 mars 2026 10:05", "dim. 15 mars 2026 22:10"),
        ("lunes 2 de marzo de 2026 10:05", "dom 15 de mar de 2026 22:10"),
        ("lun 2 mar 2026 10:05", "dom 15 mar 2026 22:10"),
        ("maandag 2 maart 2026 10:05", "zo 15 mrt 2026 22:10"),
        ("pon. 2 marca 2026 10:05", "niedziela 15 marca 2026 22:10"),
        ("segunda-feira 2 de março de 2026 10:05", "domingo 15 de março de 2026 22:10"),
        ("måndag 2 mars 2026 10:05", "sön 15 mars 2026 22:10"),
        ("2 марта 2026 10:05", "15 марта 2026 22:10"),
        ("March 2nd 2026 10:05 AM", "March 15th 2026 10:10 PM"),
        ("Mon 2nd March 2026 10:05", "Sun 15th March 2026 22:10"),
        ("2026-03-02 11:05:00 +0100 CET", "2026-03-15 23:10:00 +0100 CET"),
        ("02-MAR-26 10.05.00.000000 AM", "15-MAR-26 10.10.00.000000 PM"),
        ("02MAR2026:10:05:00", "15MAR2026:22:10:00"),
        ("2026-W10-1 10:05", "2026-W11-7 22:10"),
        ("2026-W10-1T10:05:00Z", "2026-W11-7T23:10:00+01:00"),
        ("2026W101T100500", "2026W117T221000"),
        ("2026-061 10:05:00", "2026-074 22:10:00"),
        ("2026-061T10:05:00.000Z", "2026-074T22:10:00.000Z"),
        ("2026061 10:05", "2026074 22:10"),
        ("20260302T100500.000Z", "20260315T221000.000Z"),
        ("2026.03.02. 10:05:00", "2026.03.15. 22:10:00"),
        ("2.3.2026 klo 10.05", "15.3.2026 klo 22.10"),
        ("02.03.2026 kl. 10:05", "15.03.2026 kl. 22:10"),
        ("/Date(1772445900000)/", "/Date(1773612600000+0100)/"),
        ("2026-03-02T11:05:00+01:00[Europe/Berlin]", "2026-03-15T23:10:00+01:00[Europe/Berlin]"),
        ("2026-03-02T10:05Z[UTC]", "2026-03-15T22:10Z[UTC]"),
    ],
)
def test_writings(tmp_path, morning, evening):
    assert starts(visits(tmp_path, morning, evening)) == [MORNING, EVENING]


@pytest.mark.parametrize(
    "cells",
    [
        ["mar 3 mars 2026 10:05", "mer 4 mars 2026 22:10"],
        ["2 de março de 2026 10:05", "15 de março de 2026 22:10"],
        ["March 2nd, 2026 10:05 AM", "March 15th, 2026 10:10 PM"],
        ["02-MAR-26 10.05.00 AM", "15-MAR-26 10.10.00 PM"],
    ],
)
def test_writings_that_a_log_is_recognised_with(tmp_path, cells):
    events = zip(cells, ("purchase", "view_item"), strict=True)
    rows = "".join(f'v1,"{cell}",{event},40\n' for cell, event in events)
    path = write(tmp_path, f"visitor,time,event,total\n{rows}")
    assert not inspect(path).needs_mapping
    assert export_of(path).report.rejected == {}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["02/03/2569 10:05", "15/03/2569 22:10"], ["Buddhist years", "02/03/2569"]),
        (["26-03-02 10:05", "26-03-15 22:10"], ["year, month, day"]),
        (["46083.5", "46084.25"], ["46083.5 is 02 March 2026", "1904"]),
        (["03/02/2026 10:00 AM", "03/05/2026 11:00 PM"], ["day/month or month/day", "as month/day"]),
        (["03/02/2026 10:00", "03/05/2026 11:00"], ["day/month or month/day", "as day/month"]),
    ],
)
def test_what_a_writing_leaves_open_is_said(tmp_path, cells, words):
    assert visits(tmp_path, *cells).says(*words) == "warning"


def test_dates_in_both_orders_are_said_in_red(tmp_path):
    found = visits(tmp_path, "13/02/2026 10:00", "02/14/2026 11:00", "05/06/2026 10:00")
    assert found.says("have the day first and others the month") == "error"


def test_days_before_months_after_the_year_are_said_in_red(tmp_path):
    found = visits(tmp_path, "2026-15-03 10:00:00", "2026-02-03 10:00:00")
    assert found.says("have the day before the month", "2026-15-03") == "error"


def test_starts_of_sessions_that_cant_be_used_are_said(tmp_path):
    starts = ["2026-03-02 10:00:00", "foo", "1447-09-12 10:00:00", ""]
    rows = "".join(f"{i},{start},3,1\n" for i, start in enumerate(starts))
    found = export_of(write(tmp_path, f"session_id,start_time,page_views,clicks\n{rows}"))
    assert found.report.first == found.report.last == "2026-03-02T10:00:00"
    assert found.says("2 starts in “start_time” can't be read") == "warning"


def test_days_of_two_digit_years(tmp_path):
    found = visits(tmp_path, "02-Mar-26", "15-Mar-26")
    assert (found.report.first, found.report.last) == ("2026-03-02", "2026-03-15")


def test_days_of_iso_weeks(tmp_path):
    found = visits(tmp_path, "2026-W10-1", "2026-W10-7")
    assert (found.report.first, found.report.last) == ("2026-03-02", "2026-03-08")


@pytest.mark.parametrize("cells", [["0026-03-02", "0026-03-15"], ["1447-09-12", "1447-09-13"]])
def test_days_of_no_shop_are_refused(tmp_path, cells):
    with pytest.raises(IngestError, match="before 1990"):
        visits(tmp_path, *cells)


@pytest.mark.parametrize("cell", ["2026-03-01 24:00:00", "01.03.2026 24:00", "2026-03-01T24:00:00"])
def test_midnight_at_the_end_of_a_day(tmp_path, cell):
    found = visits(tmp_path, cell)
    assert starts(found) == [datetime(2026, 3, 2)]
    assert found.says("24:00", "end of that day") == "info"


@pytest.mark.parametrize(
    "zoned", ["2026-03-02 11:00:00+01:00", "2026-03-02T10:00:00Z", "2026-03-02 10:00:00 UTC", "1772445600"]
)
def test_times_without_a_zone_among_others_are_said(tmp_path, zoned):
    found = visits(tmp_path, zoned, "2026-03-02 12:00:00")
    assert starts(found) == [datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 12)]
    assert found.says("Some times in “timestamp” have a time zone", "read as UTC") == "warning"


def test_only_times_without_a_zone_are_local(tmp_path):
    cells = ["2026-03-02 11:00:00+01:00", "2026-03-02 12:00:00", "1772445600"]
    found = visits(tmp_path, *cells, time_zone="Europe/Berlin", local_times=True)
    assert starts(found) == [datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 11), datetime(2026, 3, 2, 10)]
    assert found.says("Some times in “timestamp”", "local time in Europe/Berlin") == "warning"


@pytest.mark.parametrize(
    ("hours", "read"),
    [(["9 PM", "12 AM", "11 am"], [21, 0, 11]), (["21h", "0h", "11h"], [21, 0, 11]),
     (["21 Uhr", "0 Uhr", "11 Uhr"], [21, 0, 11]), (["21", "0", "11"], [21, 0, 11])],
)  # fmt: skip
def test_hours_beside_a_day(tmp_path, hours, read):
    rows = "".join(f"s{i},v{i},2026-03-02,{hour},view,p\n" for i, hour in enumerate(hours))
    text = f"session_id,visitor_id,date,hour,event_type,product_id\n{rows}"
    path = write(tmp_path, text)
    assert not inspect(path).needs_mapping
    assert export_of(path).column("hour") == read


def test_the_24th_hour_beside_a_day_is_the_next_day(tmp_path):
    text = "session_id,visitor_id,date,hour,event_type,product_id\ns0,v0,2026-03-02,24,view,p\n"
    found = export_of(write(tmp_path, text + "s1,v1,2026-03-02,9,view,p\n"))
    assert starts(found) == [datetime(2026, 3, 3), datetime(2026, 3, 2, 9)]
    assert found.says("24:00 in “hour”") == "info"


@pytest.mark.parametrize(("first", "second"), [("2026-W01-1", "2020-W53-5"), ("2025-363", "2021-001")])
def test_weeks_and_days_of_a_year_are_days(tmp_path, first, second):
    assert starts(visits(tmp_path, first, second)) == [datetime(2025, 12, 29), datetime(2021, 1, 1)]


def test_a_day_that_a_year_does_not_have_is_refused(tmp_path):
    found = visits(tmp_path, "2025-365 10:00", "2025-366 10:00", "2024-366 10:00", "2025-W53-1 10:00")
    assert starts(found) == [datetime(2025, 12, 31, 10), datetime(2024, 12, 31, 10)]
    assert found.report.rejected == {"The time can't be read.": 2}
