"""Columns that a loader split by the type of their values are read as the one they were."""

from __future__ import annotations

import csv
import io
import json

import duckdb
import pytest

from core.base.sql import identifier, literal
from core.ingest import inspect
from core.ingest.files.variants import joined, parts_of, whole, with_parts
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

#: Two orders of 40 and 39.50, and two views, as dlt writes them where a price was a whole number first.
ROWS: list[dict[str, object]] = [
    {"order_id": "1", "session_id": "s1", "event": "purchase", "price": 40, "price__v_double": None},
    {"order_id": "2", "session_id": "s2", "event": "purchase", "price": None, "price__v_double": 39.5},
    {"order_id": None, "session_id": "s3", "event": "view", "price": None, "price__v_double": 12.5},
    {"order_id": None, "session_id": "s4", "event": "view", "price": 20, "price__v_double": None},
]
EVENTS = [{**row, "when": f"2026-03-01T1{i}:00:00Z"} for i, row in enumerate(ROWS)]
#: By Stitch: no column is called as it was.
STITCH = {"price": "price__it", "price__v_double": "price__fl"}
#: A whole price as text.
THIRD = {"price": "price", "price__v_double": "price__v_text"}


def as_csv(rows: list[dict[str, object]]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def renamed(names: dict[str, str]) -> list[dict[str, object]]:
    return [{names.get(name, name): value for name, value in row.items()} for row in EVENTS]


def without_empty(rows: list[dict[str, object]]) -> str:
    return "\n".join(json.dumps({k: v for k, v in row.items() if v is not None}) for row in rows)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", as_csv(EVENTS)),
        ("a.jsonl", without_empty(EVENTS)),
        ("stitch.csv", as_csv(renamed(STITCH))),
        ("stitch.jsonl", without_empty(renamed(STITCH))),
        ("text.csv", as_csv(renamed(THIRD))),
    ],
)
def test_both_prices_count(tmp_path, name, data):
    path = write(tmp_path, data, name)
    assert [column.name for column in inspect(path).columns if "price" in column.name] == ["price"]
    export = export_of(path)
    assert (len(export.rows), export.n_buyers, export.revenue) == (4, 2, 79.5)


def test_of_parquet_too(tmp_path):
    lines = write(tmp_path, without_empty(EVENTS), "a.jsonl")
    path = tmp_path / "a.parquet"
    columns = ", ".join(identifier(name) for name in EVENTS[0])
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {columns} FROM read_json({literal(lines)})) TO {literal(path)}")
    export = export_of(path)
    assert (export.n_buyers, export.revenue) == (2, 79.5)


def test_a_name_that_only_ends_alike_stays():
    assert parts_of(["price__it", "user__v_id", "a__b"]) == {}
    assert parts_of(["total", "total__v_text", "total__v_double"]) == {
        "total": ["total", "total__v_text", "total__v_double"]
    }
    columns = {"a": "r.a", "b": "r.b", "a__v_text": "r.t"}
    assert joined(columns, parts_of(columns)) == {"a": "coalesce(r.a, r.t)", "b": "r.b"}


@pytest.mark.parametrize("write_rows", [as_csv, without_empty])
def test_columns_filled_side_by_side_stay_two(tmp_path, write_rows):
    """dlt writes an object's keys like that as well, and shops the languages of a title."""
    told = {"title__de": "Hose", "title__it": "Pantaloni", "order__dt": "2026-03-01", "order__ti": "10:00"}
    data = write_rows([{**row, **told} for row in EVENTS])
    path = write(tmp_path, data, "a.csv" if write_rows is as_csv else "a.jsonl")
    names = {column.name for column in inspect(path).columns}
    assert names >= told.keys() | {"price"}
    assert "price__v_double" not in names
    assert export_of(path).revenue == 79.5


#: Stitch keeps records nested in BigQuery, and splits the values in them.
NESTED = {
    "segment": [
        {"type": "track", "anonymousId": who, "messageId": who, "timestamp": "2026-03-02T10:00:00Z",
         "event": "Order Completed", "properties": {"order_id": who, **money}}
        for who, money in [("a", {"revenue__it": 40}), ("b", {"revenue__fl": 39.5}), ("c", {"revenue": 1})]
    ] + [
        {"type": "track", "anonymousId": "d", "messageId": "d", "timestamp": "2026-03-02T10:00:00Z",
         "event": "Order Completed", "properties": {"products": [{"price__it": 10}, {"price__fl": 9.5}]}}
    ],
    "ga4": [
        {"event_name": "purchase", "event_timestamp": "1772445660000000", "event_date": "20260302",
         "user_pseudo_id": who, "event_params": [{"key": "ga_session_id", "value": {"int_value": "1"}}],
         "ecommerce": {"transaction_id": who, **money}}
        for who, money in [("a", {"purchase_revenue": 40}), ("b", {"purchase_revenue__v_double": 39.5}),
                           ("c", {"purchase_revenue": 20.5})]
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", NESTED)
@pytest.mark.parametrize("written", ["lines", "json in cells"])
def test_inside_the_records_of_a_known_format(tmp_path, form, written):
    records = NESTED[form]
    if written == "lines":
        path = write(tmp_path, "\n".join(map(json.dumps, records)), "a.jsonl")
    else:
        cells = [
            {key: value if isinstance(value, str) else json.dumps(value) for key, value in each.items()}
            for each in records
        ]
        path = write(tmp_path, as_csv(cells))
    found = inspect(path)
    assert (found.format, found.needs_mapping, found.unused) == (form, False, ())
    export = export_of(path)
    assert (export.n_buyers, export.revenue) == (len(records), 100)


def test_nothing_is_made_whole_where_nothing_is_split():
    shape = {"a": "VARCHAR", "b": {"c": "VARCHAR"}, "d": [{"e": "VARCHAR"}], "f__fl": "VARCHAR"}
    assert with_parts(shape, {"b": {"x": "VARCHAR"}, "g__fl": "VARCHAR"}) == shape
    assert whole("r", shape) is None
