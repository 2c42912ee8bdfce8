"""Reasons as columns of a download, in every format, for any number of rows, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import ExplainError
from core.bundle.predictor import Predictor
from core.explain import explain_one, reason_columns, reason_schema, reasons
from core.explain.columns import asked_reasons
from core.results import sources
from core.results.export import Added, stream_query
from core.results.filters import Filters
from core.results.sources import find_source
from core.results.table.download import stream_export
from core.results.view import ResultView
from tests.core.explain import kinds
from tests.core.whatif.shop import Shop

NEW = reason_schema().names


def download(shop: Shop, fmt: str, query: dict[str, str], asked: str = "yes") -> bytes:
    added = asked_reasons(shop.result.id, asked)
    view = ResultView(shop.result.path)
    return b"".join(stream_export(view, Filters.from_query(query), fmt, name="x", added=added))


def test_a_download_has_the_reasons_of_each_session(shop: Shop) -> None:
    query = {"min_p": "0.05", "sort": "-expected_revenue"}
    table = pq.read_table(io.BytesIO(download(shop, "parquet", query)))
    plain = pq.read_table(io.BytesIO(download(shop, "parquet", query, asked="no")))
    assert table.column_names == [*plain.column_names, *NEW]
    assert table.drop_columns(NEW).to_pylist() == plain.to_pylist()
    assert table.num_rows > 20
    predictor = Predictor.load(shop.result.bundle)
    for row in table.to_pylist()[:10]:
        told = reasons(predictor, explain_one(predictor, row))
        assert [row[f"reason_{number}"] for number in (1, 2, 3)] == [reason.sentence for reason in told]
        assert [row[f"reason_{number}_feature"] for number in (1, 2, 3)] == [one.feature for one in told]
        assert row["reason_1_points"] == pytest.approx(told[0].points, abs=1e-12)


def test_csv_and_xlsx_say_the_same(shop: Shop) -> None:
    query = {"min_p": "0.2"}
    rows = list(csv.DictReader(io.StringIO(download(shop, "csv", query).decode())))
    sheet = openpyxl.load_workbook(io.BytesIO(download(shop, "xlsx", query))).active
    names, *cells = sheet.iter_rows(values_only=True)
    place = names.index("reason_1")
    assert [row["reason_1"] for row in rows] == [row[place] for row in cells]
    assert names[-len(NEW) :] == tuple(NEW)
    assert len(rows) > 5


def test_columns_are_worked_out_part_by_part_and_are_safe() -> None:
    seen = []

    def make(batch: pa.RecordBatch) -> pa.Table:
        seen.append(batch.num_rows)
        return pa.table({"reason_1": pa.array(["=1+1"] * batch.num_rows)})

    added = Added(schema=pa.schema([("reason_1", pa.string())]), make=make)
    sql = "select range as number, '@' || range as reason_1 from range(?)"
    sent = b"".join(stream_query(duckdb.connect(), sql, [30_000], "csv", name="x", added=added))
    lines = sent.decode().splitlines()
    # The export's own column of that name stays as it is.
    assert lines[0] == "number,reason_1,reason_1_predicted"
    assert lines[1:] == [f"{number},'@{number},'=1+1" for number in range(30_000)]
    assert sum(seen) == 30_000
    assert max(seen) < 10_000


def test_who_stops_reading_stops_the_work() -> None:
    seen = []

    def make(batch: pa.RecordBatch) -> pa.Table:
        seen.append(batch.num_rows)
        return pa.table({"reason_1": pa.array(["why" * 50] * batch.num_rows)})

    added = Added(schema=pa.schema([("reason_1", pa.string())]), make=make)
    rows = stream_query(
        duckdb.connect(), "select range as n from range(5000000)", [], "csv", name="x", added=added
    )
    assert next(rows).startswith(b"n,reason_1")
    rows.close()
    assert sum(seen) < 1_000_000


def test_a_model_that_was_trained_anew_gives_no_reasons(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    old = replace(find_source(shop.result.id), made=sources._moment("2020-01-01T00:00:00"))
    monkeypatch.setattr("core.explain.columns.find_source", lambda _: old)
    with pytest.raises(ExplainError, match="deleted or retrained"):
        asked_reasons(shop.result.id, "yes")
    assert asked_reasons(shop.result.id, None) is None
    monkeypatch.undo()
    # The small bundle's revenue is an average.
    with pytest.raises(ExplainError, match="same revenue from every buyer"):
        asked_reasons(shop.result.id, "revenue")


def test_revenue_has_reasons_in_money() -> None:
    found = reason_columns(kinds.predictor(), kinds.rows().slice(0, 40), target="revenue", currency="USD")
    assert all("$" in text for text in found["reason_1"].to_pylist())
    assert found.schema == reason_schema()
    assert reason_columns(kinds.predictor(), kinds.rows().slice(0, 0), n=2).column_names == NEW[:6]
