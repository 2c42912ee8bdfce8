from __future__ import annotations

import csv
import threading
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import ExportError
from core.results import export
from core.results.export import export_query, stream_query, write_table

TEXTS = [
    "=1+1",
    "+49",
    "-",
    "@cmd",
    "\tx",
    "\rx",
    "plain",
    'a "quoted", ä',
    "<b>&amp;",
    "two\nlines",
    "",
    None,
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    n = len(TEXTS)
    path = tmp_path / "table.parquet"
    columns = {
        "text": pa.array(TEXTS, pa.string()),
        "=HYPERLINK": pa.array(range(n), pa.int64()),
        "amount": pa.array([-1.5, 0.1 + 0.2, 1e-7, 1e20, float("nan"), float("inf"), *[None] * (n - 6)]),
        "flag": pa.array([True, False, *[None] * (n - 2)]),
        "at": pa.array([datetime(2026, 3, 1, 12, 30, 15), *[None] * (n - 1)], pa.timestamp("us")),
        "on": pa.array([date(2026, 3, 1), *[None] * (n - 1)], pa.date32()),
        "code": pa.array([7, *[None] * (n - 1)], pa.int32()),
    }
    pq.write_table(pa.table(columns), path)
    return path


def expected(text: str | None) -> str | None:
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text


def first_column(path: Path) -> list[object]:
    if path.suffix == ".xlsx":
        rows = openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True)
        return [row[0] for row in rows]
    with duckdb.connect() as connection:
        read = connection.read_csv if path.suffix == ".csv" else connection.read_parquet
        return [row[0] for row in read(str(path)).fetchall()]


def test_csv_cells_that_would_run_as_formulas_are_escaped(table: Path, tmp_path: Path) -> None:
    write_table(table, tmp_path / "out.csv", "csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    assert header[:2] == ["text", "'=HYPERLINK"]
    assert [row[0] for row in rows] == [expected(text) or "" for text in TEXTS]
    assert [float(row[2]) for row in rows[:4]] == [-1.5, 0.1 + 0.2, 1e-7, 1e20]


def test_xlsx_reads_back_as_what_it_was(table: Path, tmp_path: Path) -> None:
    write_table(table, tmp_path / "out.xlsx", "xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    header, *rows = list(sheet.iter_rows(values_only=True))
    assert header == ("text", "'=HYPERLINK", "amount", "flag", "at", "on", "code")
    assert [row[0] for row in rows] == [expected(text) for text in TEXTS]
    assert [row[1] for row in rows] == list(range(len(TEXTS)))
    assert [row[2] for row in rows[:6]] == [-1.5, 0.1 + 0.2, 1e-7, 1e20, None, None]
    assert rows[0][3:] == (True, datetime(2026, 3, 1, 12, 30, 15), datetime(2026, 3, 1), 7)
    assert rows[1][3] is False
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        sql = "select chr(1) || 'a' || chr(11) || 'b' || chr(65535) as text, repeat('x', 40000) as long"
        export_query(connection, sql, [], tmp_path / "out.xlsx", "xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True))
    assert rows[1] == ("ab", "x" * 32_767)


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet"])
def test_a_query_keeps_its_order_and_takes_parameters(fmt: str, table: Path, tmp_path: Path) -> None:
    out = tmp_path / f"it's.{fmt}"
    sql = 'select "=HYPERLINK" as n from read_parquet(?) where n > ? order by n desc'
    with duckdb.connect() as connection:
        export_query(connection, sql, [str(table), 8], out, fmt)
    assert first_column(out) == [11, 10, 9]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet"])
def test_what_is_streamed_is_what_would_have_been_written(fmt: str, table: Path, tmp_path: Path) -> None:
    sql, params = "select * from read_parquet(?) order by text nulls last", [str(table)]
    with duckdb.connect() as connection:
        export_query(connection, sql, params, tmp_path / f"whole.{fmt}", fmt)
        chunks = list(stream_query(connection.cursor(), sql, params, fmt, name="x"))
    (tmp_path / f"streamed.{fmt}").write_bytes(b"".join(chunks))
    assert first_column(tmp_path / f"streamed.{fmt}") == first_column(tmp_path / f"whole.{fmt}")
    if fmt == "csv":
        assert b"".join(chunks) == (tmp_path / "whole.csv").read_bytes()


def test_who_stops_reading_stops_the_query() -> None:
    rows = "select range as n, repeat('x', 100) as text from range(1000000000)"
    with duckdb.connect() as connection:
        chunks = stream_query(connection.cursor(), rows, [], "csv", name="x")
        assert next(chunks).startswith(b"n,text")
        chunks.close()
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert not any(thread.name == "download" for thread in threading.enumerate())


def test_an_error_on_the_way_breaks_the_stream_off() -> None:
    text = "case when range = 900000 then error('gone') else repeat('x', 50) end"
    rows = f"select {text} as text from range(1000000)"
    with duckdb.connect() as connection:
        chunks = stream_query(connection.cursor(), rows, [], "csv", name="x")
        with pytest.raises(duckdb.Error, match="gone"):
            list(chunks)


def test_a_stream_refuses_before_its_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "XLSX_ROWS", 11)
    with duckdb.connect() as connection, pytest.raises(ExportError, match=r"visits.xlsx.*there are 11"):
        next(stream_query(connection.cursor(), "select range from range(11)", [], "xlsx", name="visits.xlsx"))


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "XLSX_ROWS", 11)
    with duckdb.connect() as connection:
        export_query(connection, "select range from range(10)", [], tmp_path / "fits.xlsx", "xlsx")
        with pytest.raises(ExportError, match=r"out.xlsx.*at most 10 rows, but there are 11"):
            export_query(connection, "select range from range(11)", [], tmp_path / "out.xlsx", "xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["fits.xlsx"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with duckdb.connect() as connection, pytest.raises(ExportError, match="ods"):
        export_query(connection, "select 1", [], tmp_path / "out.ods", "ods")
