"""Several tables in one file: headers repeated below, totals of each day, months on sheets of their own."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

EVENTS = "session_id,timestamp,event,revenue\n"
FIRST = "s1,2026-03-02 10:00:00,page_view,\ns1,2026-03-02 10:05:00,purchase,80\n"
SECOND = "s2,2026-03-02 10:05:00,purchase,40\n"
SESSIONS = "session_id,started_at,page_views,purchases,revenue\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{EVENTS}{FIRST}{EVENTS}{SECOND}",
        f"{SESSIONS}s1,2026-03-02 10:00:00,5,1,80\n{SESSIONS}s2,2026-03-02 11:00:00,3,1,40\n",
    ],
)
def test_a_header_once_more_is_no_row(tmp_path, text):
    path = write(tmp_path, text)
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 2, 120)
    assert made.report.rejected == {"It is the header once more.": 1}
    assert made.says("currency") is None


def test_a_header_in_another_order_is_refused_by_its_row(tmp_path):
    other = "session_id,timestamp,revenue,event\ns2,2026-03-02 10:05:00,40,purchase\n"
    with pytest.raises(IngestError, match=r"row 4 is another header.*two files"):
        export_of(write(tmp_path, f"{EVENTS}{FIRST}{other}"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "total",
    [
        "Total 2026-03-02",
        "Total 02.03.2026",
        "TOTAL: March 2026",
        "Summe für 02.03.2026",
        "2026-03-02 Total",
        "Total du 02/03/2026",
    ],
)
def test_the_total_of_a_day_is_no_session(tmp_path, total):
    made = export_of(
        write(
            tmp_path,
            f"{SESSIONS}s1,2026-03-02 10:00:00,5,1,40\n{total},,5,1,40\ns2,2026-03-03 11:00:00,3,0,0\n",
        )
    )
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 40)


def book(**sheets):
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def month(number, revenue):
    moment = datetime(2026, number, 2, 10)
    return [["session_id", "timestamp", "event", "revenue"], [f"s{number}", moment, "page_view"],
            [f"s{number}", moment.replace(minute=5), "purchase", revenue]]  # fmt: skip


@pytest.mark.slow
def test_sheets_of_the_same_columns_are_one_table(tmp_path):
    data = book(
        Cover=[["Shop"]], January=[["Visits"], *month(1, 80)], February=month(2, 20), Notes=[["a", "b", "c"]]
    )
    path = write(tmp_path, data, "file.xlsx")
    found, made = inspect(path), export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 2, 100)
    assert "The sheets January, February have the same columns and are read as one table." in found.notes
    assert "Only the sheets January, February are read; not Cover, Notes." in found.notes


HEAD = "session_id,item_id,date\n"
VIEWS = HEAD + "s1,p1,2026-03-02 10:00:00.373\ns2,p2,2026-03-02 11:00:00.100\ns3,p2,2026-03-02 12:00:00.000\n"
BOUGHT = HEAD + "s1,p1,2026-03-02 10:05:00.000\n"


@pytest.mark.parametrize(
    "files",
    [
        {"views.csv": VIEWS, "purchases.csv": BOUGHT},
        {"train_sessions.csv": VIEWS, "train_purchases.csv": BOUGHT},
        {
            "2026/shop-product-views-03.csv": VIEWS,
            "2026/shop-orders-03.csv": BOUGHT.replace("item_id", "sku"),
        },
        {"vues.csv": VIEWS, "panier.csv": HEAD + "s1,p1,2026-03-02 10:03:00.000\n", "achats.csv": BOUGHT},
    ],
    ids=lambda files: " ".join(files),
)
def test_files_of_one_type_each_are_read_as_their_names_say(tmp_path, files):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    assert any("each file is read as its name says" in note for note in inspect(path).notes)
    made = export_of(path)
    assert (len(made.rows), made.n_buyers) == (3, 1)
    assert sum(made.column("product_views")) == 3
    assert made.says("each file is read as its name says", "as purchases") == "warning"


@pytest.mark.parametrize(
    "names",
    [
        ("views_1.csv", "views_2.csv"),  # of one type
        ("orders_monday.csv", "customers.csv"),  # one isn't of events
        ("cart_purchase.csv", "purchase.csv"),  # of which type is the first?
    ],
)
def test_names_that_tell_no_types_apart_tell_nothing(tmp_path, names):
    """As before, all of it is asked about."""
    paths = [write(tmp_path, text, name) for name, text in zip(names, (VIEWS, BOUGHT), strict=True)]
    made = export_of(*paths)
    assert not made.report.told.has_outcomes
    assert made.says("its name says") is None


def test_a_column_of_types_counts_before_names_of_files(tmp_path):
    rows = "session_id,timestamp,event_type\ns1,2026-03-02 10:00:00,{}\n"
    paths = [
        write(tmp_path, rows.format("product_view"), "views.csv"),
        write(tmp_path, rows.format("cart_add"), "purchases.csv"),
    ]
    made = export_of(*paths)
    assert not made.report.told.has_outcomes
