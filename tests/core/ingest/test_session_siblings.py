"""Session rows in the situations that logs of events know: each is read by the same rule."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from core.ingest.settling.robots import INTERNAL, ROBOT
from tests.core.ingest.reading import read, write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,visitor_id,page_views,clicks,purchased,revenue"


@pytest.fixture
def export(tmp_path: Path):
    def read(text: str, name: str = "file.csv", **more: object) -> Export:
        return export_of(write(tmp_path, text, name), **more)

    return read


def starts(*cells: str, head: str = "start") -> str:
    rows = (f"s{i},{cell},3,4,{i % 2}" for i, cell in enumerate(cells))
    return lines(f"session_id,{head},page_views,clicks,purchased", *rows)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("date,start_time", ["2026-03-07,21:15:00", "2026-03-08,08:00:00"]),
        ("start_time,date", ["21:15:00,2026-03-07", "08:00:00,2026-03-08"]),
        ("Datum,Uhrzeit", ["07.03.2026,21:15", "08.03.2026,08:00"]),
        ("date,time", ["2026-03-07 00:00:00,9:15:00 PM", "2026-03-08 00:00:00,8:00:00 AM"]),
    ],
)
def test_a_start_in_two_columns(export, head, cells):
    found = export(starts(*cells, head=head))
    assert [row["started_at"] for row in found.rows] == [
        datetime(2026, 3, 7, 21, 15),
        datetime(2026, 3, 8, 8),
    ]
    assert (found.column("hour"), found.column("day_of_week")) == ([21, 8], [6, 7])


def test_day_or_month_first_is_said(export):
    assert export(starts("02/03/2026 21:15", "03/04/2026 08:00")).says("day/month or month/day") == "warning"


def test_hours_by_the_offset_a_start_is_written_with(export):
    found = export(starts("2026-03-07T21:15:00+01:00", "2026-03-08T00:10:00+01:00"))
    assert (found.column("hour"), found.column("day_of_week")) == ([21, 0], [6, 7])
    assert found.report.time_zone == "as written"


def test_starts_by_the_shops_own_clocks(export):
    found = export(starts("2026-01-05 23:30:00"), time_zone="Europe/Berlin", local_times=True)
    assert found.rows[0]["started_at"] == datetime(2026, 1, 5, 22, 30)
    assert (found.rows[0]["hour"], found.rows[0]["day_of_week"]) == (23, 1)


def test_robots_are_left_out_and_can_be_put_back(export):
    person = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36"
    robot = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    text = lines(f"{HEAD},user_agent", f"a,v1,3,4,1,40,{person}", f"b,v2,3,4,0,0,{robot}")
    found = export(text)
    assert (found.column("session_id"), found.report.robots) == (["a"], 1)
    assert found.report.rejected == {ROBOT: 1}
    assert found.says("1 session from robots left out") == "warning"
    assert len(export(text, "b.csv", keep_robots=True).rows) == 2


def test_robots_of_several_files_add_up(tmp_path):
    rows = [f"{name},v,3,4,0,0,{agent}" for name, agent in (("a", "curl/8.0"), ("b", "Mozilla/5.0"))]
    files = [
        write(tmp_path, lines(f"{HEAD},user_agent", *(f"{n}{row}" for row in rows)), f"{n}.csv") for n in "12"
    ]
    assert export_of(*files).report.robots == 2


def test_the_teams_own_visits_are_left_out(export):
    found = export(lines(HEAD, "a,qa-1,3,4,1,40", "b,v2,3,4,0,0"), internal={"visitor_id": ["QA-*"]})
    assert found.column("session_id") == ["b"]
    assert found.report.rejected == {INTERNAL: 1}


@pytest.mark.parametrize(
    ("rows", "revenue"),
    [
        # the same order in two visits of one person, with and without what data frames write
        (["a,v1,3,4,1,40,T1", "b,v1,3,5,1,40,T1", "c,v2,2,2,0,,"], [40, 0, 0]),
        (["a,v1,3,4,1,40,1001.0", "b,v1,3,5,1,40,1001", "c,v2,2,2,0,,"], [40, 0, 0]),
        # in one visit, in two rows that differ elsewhere
        (["a,v1,3,4,1,40,T1", "a,v1,3,4,1,40,T1", "c,v2,2,2,0,,"], [40, 0]),
        # numbers that start again
        (["a,v1,3,4,1,40,1", "b,v2,3,5,1,55,1"], [40, 55]),
        # no number at all
        (["a,v1,3,4,1,40,(not set)", "b,v1,3,5,1,40,(not set)"], [40, 40]),
        # numbers a spreadsheet spoilt
        (["a,v1,3,4,1,40,1.00012E+11", "b,v1,3,5,1,40,1.00012E+11"], [40, 40]),
    ],
)
def test_orders_count_once(export, rows, revenue):
    rows = [f"{row},x{i}" for i, row in enumerate(rows)]
    found = export(lines(f"{HEAD},transaction_id,note", *rows))
    assert found.column("revenue") == revenue
    assert found.column("purchased") == [amount > 0 for amount in revenue]


@pytest.mark.parametrize(
    ("head", "rows", "gross", "refunded"),
    [
        ("order_status", ["paid", "cancelled", "refunded"], 60, 20),
        ("Bestellstatus", ["Bezahlt", "Storno", "Retoure"], 60, 20),
        ("is_cancelled", ["0", "1", "1"], 40, 0),
        ("refunded", ["no", "no", "yes"], 90, 20),
        ("refund_amount", ["", "0", "12.50"], 90, 12.5),
    ],
)
def test_orders_that_came_to_nothing_or_were_refunded(export, head, rows, gross, refunded):
    amounts = [40, 30, 20]
    made = (
        f"s{i},v{i},3,4,1,{amount},{cell}" for i, (amount, cell) in enumerate(zip(amounts, rows, strict=True))
    )
    found = export(lines(f"{HEAD},{head}", *made))
    (money,) = found.report.money
    assert (found.revenue, money.gross, money.refunded) == (gross, gross, refunded)


def test_a_status_nobody_knows_is_said(export):
    found = export(lines(f"{HEAD},status", "a,v1,3,4,1,40,paid", "b,v2,3,4,1,30,zurückgestellt"))
    assert found.revenue == 70
    assert found.says("Unknown order statuses", "zurückgestellt") == "warning"


@pytest.mark.parametrize("heading", ["revenue_usd", "revenueUSD", "Revenue (USD)"])
def test_the_currency_stands_in_the_heading(export, heading):
    found = export(lines(f"session_id,page_views,clicks,{heading}", "a,1,2,40", "b,1,2,0"))
    assert (found.report.currency, found.revenue) == ("USD", 40)


def test_a_shared_sign_is_said(export):
    found = export(lines("session_id,page_views,clicks,revenue", "a,1,2,120 kr", "b,1,2,0 kr"))
    assert (found.report.currency, found.says("“kr”", "NOK")) == ("SEK", "info")


@pytest.mark.parametrize(
    ("words", "bought"),
    [
        (["✓", "✗", "✓"], [True, False, True]),
        (["buyer", "non-buyer", "Buyer"], [True, False, True]),
        (["x", "", "X"], [True, False, True]),
        (["2", "0", "1"], [True, False, True]),
    ],
)
@pytest.mark.parametrize("heading", ["purchased", "purchases"])
def test_outcomes_in_other_words(export, words, bought, heading):
    rows = (f"s{i},v{i},3,4,{word}" for i, word in enumerate(words))
    found = export(lines(f"session_id,visitor_id,page_views,clicks,{heading}", *rows))
    assert found.column("purchased") == bought


@pytest.mark.parametrize("word", ["Average", "Mean", "Durchschnitt", "Gesamtsumme", "Total général"])
def test_rows_of_averages_and_totals_are_no_sessions(export, word):
    found = export(lines(HEAD, "a,v1,3,4,1,40", f"{word},,3,4,1,40", "b,v2,3,4,0,0"))
    assert (found.column("session_id"), found.report.money[0].gross) == (["a", "b"], 40)


def test_a_row_of_totals_without_an_id(export):
    found = export(lines("page_views,clicks,country,purchased", "3,4,DE,1", "2,1,FR,0", "5,5,Total,1"))
    assert (len(found.rows), found.n_buyers) == (2, 1)


def test_ids_that_a_spreadsheet_spoilt(export):
    found = export(lines(HEAD, *(f"1.23457E+12,v{i},{i},4,{i % 2},0" for i in range(4))))
    assert len(found.rows) == 4
    assert found.says("spreadsheet") == "error"


def test_revenue_of_who_did_not_buy_is_none(export):
    found = export(lines(HEAD, "a,v1,3,4,1,40", "b,v2,3,4,0,30"))
    assert (found.revenue, found.report.money[0].gross) == (40, 40)


DURATIONS = {
    "330": 330, "330,5": 330.5, "1h 2m": 3720, "00:05:30": 330, "PT5M30S": 330, "5 min": 300,
    "1 day, 2:03:04": 93784, "0 days 00:05:30.250": 330.25, "3m05s": 185, "1 Std. 20 Sek.": 3620,
    "1,5 h": 5400, "P1DT2H": 93600, "1 hour and 5 minutes": 3900, "5 apples": None, "5m30": None,
    "< 1 min": None, "10:05 AM": None, "PT": None,
}  # fmt: skip


def test_durations_are_read_however_they_are_written_and_never_by_their_number_alone(tmp_path):
    rows = "".join(f"s{i:02};{cell};1\n" for i, cell in enumerate(DURATIONS))
    found = read(write(tmp_path, "session_id;time_spent;clicks\n" + rows))
    assert found.column("duration_seconds") == list(DURATIONS.values())
    assert any("5 cells" in made.text and "time_spent" in made.text for made in found.report.assumptions)


@pytest.mark.parametrize(
    ("header", "cells", "seconds", "said"),
    [
        ("duration", ["330000", "41000"], [330, 41], "milliseconds"),
        ("duration_ms", ["330000", "41000"], [330, 41], None),
        ("time spent (min)", ["5", "2.5"], [300, 150], None),
        ("duration", ["5:30", "45:10"], [330, 2710], "5:30 is read as minutes and seconds"),
        ("duration", ["0.0038", "0.0007"], [0.0038, 0.0007], "format the column as hh:mm:ss"),
    ],
)
def test_the_unit_of_a_duration_is_in_its_name_or_said(tmp_path, header, cells, seconds, said):
    rows = "".join(f"s{i},{cell},1\n" for i, cell in enumerate(cells))
    found = read(write(tmp_path, f"session_id,{header},clicks\n{rows}"))
    assert found.column("duration_seconds") == pytest.approx(seconds)
    warned = [made.text for made in found.report.assumptions if "duration" in made.text.lower()]
    assert [said in text for text in warned] == [True] if said else not warned
