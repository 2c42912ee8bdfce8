"""What was left unread or undecided without a word once: it is read, or it is said."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from core.ingest import inspect
from core.ingest.settling.refunds import NO_VISIT
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

LOG = "session_id,visitor_id,timestamp,event_type,product_id,price,revenue"


@pytest.fixture
def export(tmp_path: Path):
    def read(head: str, *rows: str, **more: object) -> Export:
        return export_of(write(tmp_path, lines(head, *rows)), **more)

    return read


@pytest.mark.parametrize(
    ("heads", "read"),
    [
        ("revenue_gross,revenue_net", "revenue_gross"),
        ("revenueNet,revenueGross", "revenueGross"),
        ("Nettoumsatz,Bruttoumsatz", "Bruttoumsatz"),
        ("Net sales,Gross sales (EUR)", "Gross sales (EUR)"),
        ("CA HT,CA TTC", "CA TTC"),
    ],
)
def test_of_revenue_before_and_after_tax_one_is_read_and_said(export, heads, read):
    gross, net = ("119", "100") if heads.startswith(read) else ("100", "119")
    found = export(f"session_id,page_views,clicks,{heads}", f"a,3,4,{gross},{net}", "b,1,1,0,0")
    assert (found.revenue, found.n_buyers) == (119, 1)
    assert found.says(f"“{read}” is read as revenue") == "warning"


HOURS = {
    "9 PM": 21, "12 am": 0, "12 p.m.": 12, "09h": 9, "21h30": 21, "9 Uhr": 9, "21.30 Uhr": 21, "21:59:59": 21,
    "9.0": 9, "9.75": 9, "24": 0, "0": 0, "09:00 - 10:00": 9, "9-10": 9, "2026030217": 17,
    "2026-03-02 17:05": 17,
}  # fmt: skip


def test_hours_are_read_however_they_are_written(export):
    rows = [f"s{i:02},{i},1,{cell}" for i, cell in enumerate(HOURS)]
    found = export("session_id,page_views,clicks,hour", *rows)
    assert dict(zip(HOURS, found.column("hour"), strict=True)) == HOURS
    assert found.says("24", "midnight") == "info"
    assert found.says("no hour of a day") is None


def test_hours_that_are_none_are_said(export):
    found = export(
        "session_id,page_views,clicks,Stunde", "a,3,4,25", "b,1,1,evening", "c,1,1,13 pm", "d,1,1,7"
    )
    assert found.column("hour") == [None, None, None, 7]
    assert found.says("3 cells of “Stunde”", "25", "evening") == "warning"
    assert export("session_id,page_views,clicks,hour", "a,3,4,24", "b,1,1,9").says("24 and no 0") == "warning"


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["00123", "123", "00456"], "123 beside 00123"),
        (["00123", "789", "00456"], "789 beside 00123"),
        (["00123", "00456", "10789"], None),
        (["0123a", "123", "00456"], None),
        (["1", "10", "100"], None),
        (["01711234567", "1711234567", "049301234"], "1711234567 beside 01711234567"),
    ],
)
@pytest.mark.parametrize("heading", ["session_id", "visitor_id"])
def test_leading_zeros_that_some_ids_have_lost_are_said_in_red(export, ids, said, heading):
    other = {"session_id": "visitor_id", "visitor_id": "session_id"}[heading]
    rows = [f"{each},x{i},2026-03-02 10:0{i}:00,page_view" for i, each in enumerate(ids)]
    found = export(f"{heading},{other},timestamp,event_type", *rows)
    visits = export(
        f"{heading},{other},page_views,clicks", *(f"{each},x{i},3,{i}" for i, each in enumerate(ids))
    )
    for each in (found, visits):
        assert each.says("leading zeros", said or "") == ("error" if said else None)


def test_leading_zeros_that_one_of_two_files_has_lost(tmp_path):
    head = "session_id,visitor_id,page_views,clicks"
    files = [
        write(tmp_path, lines(head, *(f"s{day}{i},{each},3,{i}" for i, each in enumerate(ids))), f"{day}.csv")
        for day, ids in enumerate((["00123", "00456"], ["123", "456"]))
    ]
    assert export_of(*files).says("2 visitor ids", "leading zeros") == "error"


def test_visitor_ids_of_session_rows_that_a_spreadsheet_spoilt(export):
    head = "session_id,visitor_id,page_views,clicks"
    found = export(head, *(f"s{i},1.23457E+12,3,{i}" for i in range(3)))
    assert found.says("visitor id", "lost digits") == "error"
    cut = export(head, "a,123456789012345000,3,1", "b,123456789012346000,3,2")
    assert cut.says("end in zeros", "visitor_id") == "error"


def test_empty_cells_beside_yes_and_no_are_counted_and_said(export):
    head = "session_id,page_views,is_returning,purchased"
    found = export(head, "a,3,yes,1", "b,1,,0", "c,1,no,", "d,2,perhaps,")
    assert found.column("is_returning") == [True, None, False, None]
    assert found.says("1 empty cell of “is_returning”", "unknown") == "info"
    assert found.says("2 empty cells of “purchased”", "unknown") == "warning"
    assert found.says("“is_returning” says neither yes nor no", "perhaps (1)") == "warning"
    full = export(head, "a,3,yes,1", "b,1,no,0")
    assert full.says("empty cell") is None


def test_the_main_currency_is_that_of_most_orders(export):
    views = [f"s{i},v{i},2026-03-02 10:00:00,product_view,p1,6400,,JPY" for i in range(6)]
    orders = [f"b{i},w{i},2026-03-02 10:00:00,purchase,p1,,40,EUR" for i in range(2)]
    found = export(f"{LOG},currency", *views, *orders)
    assert (found.report.currency, found.revenue) == ("EUR", 80)
    assert found.says("EUR", "that of most orders") == "warning"
    looked = export(f"{LOG},currency", *views, *(row.replace("purchase", "product_view") for row in orders))
    assert looked.report.currency == "JPY"
    head = "session_id,page_views,clicks,purchased,revenue,currency"
    rows = ["a,1,2,1,40,EUR", "b,1,3,1,50,EUR", *(f"c{i},1,{i},0,,JPY" for i in range(5))]
    visits = export(head, *rows)
    assert (visits.report.currency, visits.revenue) == ("EUR", 90)
    assert visits.says("that of most orders") == "warning"


def test_files_in_two_currencies_count_in_that_of_most_orders(tmp_path):
    head = "session_id,page_views,clicks,purchased,revenue,currency"
    yen = lines(head, *(f"y{i},1,{i},{int(i == 0)},{6400 * (i == 0)},JPY" for i in range(5)))
    euros = lines(head, "a,1,2,1,40,EUR", "b,1,3,1,50,EUR")
    found = export_of(write(tmp_path, yen, "1.csv"), write(tmp_path, euros, "2.csv"))
    assert (found.report.currency, found.revenue) == ("EUR", 90)


@pytest.mark.parametrize("with_sessions", [True, False])
def test_a_visit_that_holds_nothing_but_a_refund_is_none(export, with_sessions):
    rows = [
        "s1,v1,2026-03-02 10:00:00,product_view,p1,40,", "s1,v1,2026-03-02 10:05:00,purchase,p1,40,40",
        "s2,v1,2026-03-04 10:00:00,refund,p1,,40", "s3,v2,2026-03-04 11:00:00,purchase,p1,,-15",
        "s4,v3,2026-03-04 11:00:00,page_view,p1,,", "s4,v3,2026-03-04 11:01:00,refund,p1,,5",
    ]  # fmt: skip
    head = LOG
    if not with_sessions:
        head, rows = LOG.partition(",")[2], [row.partition(",")[2] for row in rows]
    found = export(head, *rows)
    assert [row["visitor_id"] for row in found.rows] == ["v1", "v3"]
    (money,) = found.report.money
    assert (money.gross, money.refunded, found.n_buyers) == (40, 60, 1)
    assert found.report.rejected == {NO_VISIT: 2}
    assert found.says("2 refunds", "not as sessions") == "info"
    assert found.says("of rows don't count") is None


def test_the_visit_of_an_order_that_was_paid_back_later_stays_one(export):
    rows = [
        "s1,v1,2026-03-02 10:00:00,purchase,p1,,40,returned",
        "s2,v2,2026-03-02 10:00:00,purchase,p1,,30,paid",
    ]
    found = export(f"{LOG},order_status", *rows)
    assert (len(found.rows), found.n_buyers, found.report.money[0].net) == (2, 2, 30)


def test_a_session_row_that_holds_nothing_but_a_refund_is_none(export):
    head = "session_id,page_views,clicks,purchased,revenue"
    found = export(head, "a,5,4,1,40", "b,0,0,0,-40", "c,2,1,0,-3", "d,0,0,0,0")
    assert found.column("session_id") == ["a", "c", "d"]
    assert found.report.money[0].refunded == 43
    assert found.report.rejected == {NO_VISIT: 1}


def zipped(folder: Path, **files: str) -> Path:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return write(folder, sink.getvalue(), "export.zip")


def test_a_file_in_a_zip_that_is_not_read_is_named(tmp_path):
    day, other = (lines(LOG, f"{s},{s},2026-03-02 10:00:00,purchase,p1,40,40") for s in ("s1", "s2"))
    path = zipped(tmp_path, **{"a.csv": day, "b.dat": other, "liesmich.md": "Hallo", "leer.csv": ""})
    assert any("b.dat, liesmich.md" in note for note in inspect(path).notes)
    found = export_of(path)
    assert (found.revenue, found.says("Skipped in the zip", "b.dat")) == (40, "warning")


def test_pieces_without_an_ending_are_read_beside_an_empty_mark_of_success(tmp_path):
    pieces = {
        f"part-0000{i}": lines(LOG, f"s{i},v{i},2026-03-02 10:00:00,purchase,p1,40,40") for i in range(2)
    }
    found = export_of(zipped(tmp_path, **pieces, _SUCCESS=""))
    assert (found.revenue, found.says("Skipped")) == (80, None)


@pytest.mark.parametrize(
    "row", ["Ø,2,2.5,0.5,20", "Min,1,1,0,0", "Maximum,5,4,1,40", "Made on 2 March 2026,,,,"]
)
def test_what_stands_below_a_table_is_no_session(export, row):
    found = export("session_id,page_views,clicks,purchased,revenue", "a,5,4,1,40", "b,1,1,0,0", row)
    assert (found.column("session_id"), found.revenue) == (["a", "b"], 40)
    assert sum(found.report.rejected.values()) == 1
