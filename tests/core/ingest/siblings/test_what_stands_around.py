"""What stands around a table, or beside its columns, and is no reason to ask: titles, notes, apostrophes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from core.ingest import inspect
from tests.core.ingest.reading import read, write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,category"
ROWS = [[f"s{i}", f"v{i}", "2026-03-02 10:00:00", "product_view", "p", "Sale"] for i in range(4)]


def log(*categories: str) -> str:
    rows = (f"s{i},v{i},2026-03-02 10:00:00,product_view,p,{each}" for i, each in enumerate(categories))
    return "\n".join([HEAD, *rows]) + "\n"


def spreadsheet(folder: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / "export.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    "categories",
    [
        ["'Sale'", "O'Neill", "'s Heeren", "x"],
        ["'Sale'", "x", "y", "z"],
        ["x", "'Rock 'n' Roll'", "'90s", "y"],
    ],
)
def test_apostrophes_in_cells_are_letters(tmp_path, categories):
    found = read(write(tmp_path, log(*categories)))
    assert (found.report.rows_rejected, found.column("category")) == (0, categories)


def test_apostrophes_around_all_cells_are_quotes(tmp_path):
    rows = ["','".join(["s1", "v1", "2026-03-02 10:00:00", "product_view", "p", "a, b"]) for _ in range(3)]
    text = HEAD + "\n" + "".join(f"'{row}'\n" for row in rows)
    assert set(read(write(tmp_path, text)).column("category")) == {"a, b"}


def test_apostrophes_around_cells_with_a_separator_are_quotes(tmp_path):
    found = read(write(tmp_path, log("'a, b'", "x", "y", "z")))
    assert found.column("category") == ["a, b", "x", "y", "z"]


@pytest.mark.parametrize(
    "titles", [[["Visits"]], [["Visits"], [], ["Period", "March 2026"]], [[None, "Visits"], []]]
)
def test_titles_above_a_spreadsheets_table(tmp_path, titles):
    path = spreadsheet(tmp_path, Data=[*titles, HEAD.split(","), *ROWS, ROWS[0]])
    assert not inspect(path).needs_mapping
    found = read(path)
    assert len(found.rows) == 4
    assert found.refused[0]["row in file"] == str(len(titles) + 6)


def test_titles_above_a_table_of_two_columns(tmp_path):
    path = spreadsheet(tmp_path, Data=[["Visits"], ["session_id", "page_views"], ["a", 3], ["b", 4]])
    assert export_of(path).column("page_views") == [3, 4]


@pytest.mark.parametrize("first", [True, False])
def test_a_sheet_of_notes_is_not_read(tmp_path, first):
    notes, data = [["What this is"], ["Made by Jo"], ["revenue", "with tax"]], [HEAD.split(","), *ROWS]
    sheets = {"Notes": notes, "Data": data} if first else {"Data": data, "Notes": notes}
    found = read(spreadsheet(tmp_path, **sheets))
    assert len(found.rows) == 4
    assert any("“Data” is read; not Notes" in note for note in found.report.notes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("readme.txt", "Events of March, by day, and more.\nAsk Jo, if unclear.\n"),
        ("LICENSE.txt", "Use, copy, sell."),
        (
            "a/Column notes.txt",
            "price: with tax, in euros\nrevenue: without\ncategory: as in the shop, or none\n",
        ),
    ],
)
def test_a_text_beside_the_data_in_a_zip_is_not_read(tmp_path, name, text):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("z.csv", log("x", "y"))
        archive.writestr(name, text)
    found = export_of(write(tmp_path, packed.getvalue(), "export.zip"))
    assert len(found.rows) == 2
    assert found.says("Skipped in the zip", name) == "warning"


def test_data_called_txt_in_a_zip_is_read(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", log("x", '"y, z"', '"a, b, c"', "d").replace("\ns", "\nt"))
        archive.writestr("b.csv", log("x", "y"))
    assert len(export_of(write(tmp_path, packed.getvalue(), "export.zip")).rows) == 6


@pytest.mark.parametrize(
    ("head", "row", "column", "value"),
    [
        ("session_id,page_views", "3", "page_views", 3),
        ("session_id,page_views,purchased", "3,1", "page_views", 3),
        ("session_id,duration_seconds,purchased,revenue", "30,1,40", "duration_seconds", 30),
        ("session_id,page_view,view_item,add_to_cart,purchase", "3,2,1,1", "product_views", 2),
        ("session_id,session_start,page_view,search,begin_checkout", "1,3,2,1", "searches", 2),
        ("user_pseudo_id,page_view,view_item,remove_from_cart,purchase", "3,2,1,1", "cart_removes", 1),
    ],
)
def test_session_rows_need_no_question(tmp_path, head, row, column, value):
    path = write(tmp_path, f"{head}\na,{row}\nb,{row}\n")
    assert not inspect(path).needs_mapping
    found = export_of(path)
    assert found.column(column) == [value, value]
    assert found.says("no time of day") is None


def test_dates_as_spreadsheets_show_them_need_no_question(tmp_path):
    rows = "".join(f"{i},{i},{day}-Mar-26 10:05,view,p{i}\n" for i, day in enumerate(("02", "15")))
    path = write(tmp_path, f"session,visitor,time,action,sku\n{rows}")
    assert inspect(path).mapping.columns["timestamp"] == "time"
    assert not inspect(path).needs_mapping


def test_columns_of_orders_beside_session_rows_are_not_called_unused(tmp_path):
    text = "session_id,page_views,clicks,revenue,currency,order_status,order_id,note\n"
    found = inspect(write(tmp_path, text + "a,3,1,40,EUR,paid,T1,x\nb,4,1,50,EUR,cancelled,T2,y\n"))
    assert found.unused == ("note",)
    said = {column.name: column.note for column in found.columns if column.note}
    assert set(said) == {"currency", "order_status", "order_id", "note"}
    assert said["note"] == "Kept as a column of its own."
    assert said["currency"] == "Read as the currency of its row's amounts."
