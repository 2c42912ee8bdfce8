"""Nested values of known formats that no format reads: offered to whoever maps columns by hand."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace

import pytest

from core.base.resources import memory_for
from core.ingest import SourceFile, ingest, inspect
from core.ingest.base.model import NESTED, READ_ALREADY, UNREAD
from core.ingest.exports import inspect_files, read_heads
from core.ingest.files.nested import discover
from core.ingest.files.source import RECORD_BYTES
from core.ingest.recipes import fingerprint, is_sure
from core.services.preview import preview
from tests.core.ingest.reading import SETTINGS, read, write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.test_trackers import GA4_TYPES, ga4_visit, lines

RECORDS = [
    {**each, "app_info": {"version": "3.1", "store": {"name": "Berlin"}}, "event_params": [
        *each["event_params"], {"key": "shade", "value": {"string_value": "red"}}]}
    for each in ga4_visit()
]  # fmt: skip


def table() -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, dict.fromkeys(key for row in RECORDS for key in row))
    writer.writeheader()
    for row in RECORDS:
        writer.writerow({k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in row.items()})
    return sink.getvalue()


FILES = {"events.json": lines(*RECORDS), "events.csv": table(), "wrapped.json": json.dumps({"data": RECORDS})}


@pytest.mark.parametrize("name", FILES)
def test_they_are_offered_and_read_when_mapped(tmp_path, name):
    path = write(tmp_path, FILES[name], name)
    found = inspect(path)
    assert (found.format, found.needs_mapping) == ("ga4", False)
    offered = {column.name: column.examples for column in found.columns}
    assert offered["event_params.shade"] == ("red",)
    assert offered["app_info.store.name"] == ("Berlin",)
    columns = {**found.mapping.columns, "colour": "event_params.shade", "channel": "app_info.store.name"}
    made = export_of(path, mapping=replace(found.mapping, columns=columns))
    (row,) = made.rows
    assert (row["revenue"], row["channel"], made.report.rejected) == (30.0, "Berlin", {})
    assert row["dominant_colour_group"] is not None


def test_a_value_that_its_format_reads_is_not_offered_as_unread(tmp_path):
    notes = {c.name: c.note for c in inspect(write(tmp_path, FILES["events.json"], "events.json")).columns}
    read = ("event_params.ga_session_id", "device.category", "geo.country", "items.price")
    assert {notes[name] for name in read} == {READ_ALREADY}
    assert {notes[name] for name in ("event_params.shade", "app_info.store.name")} == {NESTED}
    assert notes["event_date"] == UNREAD


def test_nothing_else_changes_where_none_is_mapped(tmp_path):
    path = write(tmp_path, FILES["events.json"], "events.json")
    (head,) = read_heads([SourceFile(path, path.name)])
    narrow = head.narrowed(inspect(path).mapping.columns.values())
    assert narrow.layout is head.layout.known
    assert "event_params.shade" not in narrow.names
    assert narrow.rows[0] == tuple(
        cell for name, cell in zip(head.names, head.rows[0], strict=True) if name in narrow.names
    )
    made = export_of(path)
    assert sum(GA4_TYPES.values()) == made.report.rows_kept


def test_the_first_rows_are_shown_as_they_would_be_read(tmp_path):
    path = write(tmp_path, FILES["events.json"], "events.json")
    (head,) = read_heads([SourceFile(path, path.name)])
    mapping = inspect(path).mapping
    shown = preview(
        head, replace(mapping, columns={**mapping.columns, "brand": "event_params.shade"}), SETTINGS
    )
    assert "red" in shown.rows[0]


def test_a_recipe_does_not_hang_on_which_nested_values_a_day_has(tmp_path):
    one = write(tmp_path, FILES["events.json"], "1.json")
    other = write(tmp_path, lines(*ga4_visit("u.9")), "2.json")
    assert fingerprint(inspect(one)) == fingerprint(inspect(other))
    assert is_sure(inspect(one).mapping, [SourceFile(other, other.name)])
    both = inspect_files([SourceFile(each, each.name) for each in (one, other)])
    assert not any("lack some" in note for note in both.notes)


def test_what_a_format_reads_otherwise_is_not_offered(tmp_path):
    """The format takes the country for a text: that a record has an object there opens nothing."""
    odd = [{**each, "user_id": {"a": 1}} for each in ga4_visit()]
    found = inspect(write(tmp_path, lines(*odd), "odd.json"))
    assert not any(column.name.startswith("user_id.") for column in found.columns)
    assert {"a.b", "c"} == set(discover([{"a": {"b": 1}, "c": 2}]).names)


@pytest.mark.parametrize("written", [lambda events: lines(*events), json.dumps], ids=["lines", "array"])
def test_a_record_longer_than_usual_is_read_like_any_other(tmp_path, written):
    first, second, *others = ga4_visit()
    long = {**second, "app_info": {"log": "x" * RECORD_BYTES}}
    usual, made = (
        read(write(tmp_path, written([first, each, *others]), name))
        for each, name in ((second, "usual.json"), (long, "long.json"))
    )
    assert made.report.rejected == {}
    assert made.rows == usual.rows


def test_three_quarters_of_what_a_step_gets_are_enough_for_nested_days_on_many_threads(tmp_path):
    visits = [event for n in range(2000) for event in ga4_visit(f"u.{n}")[:4]]
    packed = gzip.compress(lines(*visits).encode(), 1)
    limit = f"{memory_for(len(packed)) * 3 // 4}B"
    settings = SETTINGS.model_copy(update={"duckdb_memory_limit": limit, "threads": 8})
    report = ingest(write(tmp_path, packed, "day.json.gz"), tmp_path / "read", settings=settings)
    assert report.rows_kept == len(visits)


@pytest.mark.parametrize("word", ["null", "\\N", "None", "nan", ""])
def test_words_for_nothing_leave_a_column_of_json_one(tmp_path, word):
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(["anonymous_id", "timestamp", "event", "properties"])
    writer.writerow(["a1", "2026-03-02T10:00:00Z", "Product Viewed", word])
    order = json.dumps({"order_id": "T1", "revenue": 40, "currency": "EUR"})
    writer.writerow(["a1", "2026-03-02T10:05:00Z", "Order Completed", order])
    writer.writerow(["a2", "2026-03-02T10:05:00Z", "Product Viewed", "{}"])
    export = export_of(write(tmp_path, sink.getvalue()))
    assert (len(export.rows), export.n_buyers, export.revenue) == (2, 1, 40)
    assert export.report.rejected == {}
