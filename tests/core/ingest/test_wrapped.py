"""Records that stand inside something else: a column of a raw table, a list in an object, several lines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.ingest import inspect
from core.ingest.files.wrapped import find_list
from tests.core.ingest.made import make
from tests.core.ingest.reading import write
from tests.core.ingest.test_trackers import GA4_TYPES, START, ga4_visit, lines

RECORDS = ga4_visit()
LOADED = [
    {"_airbyte_raw_id": f"r{i}", "_airbyte_data": each, "_airbyte_extracted_at": "2026-03-04T00:00:00Z"}
    for i, each in enumerate(RECORDS)
]
AS_TEXT = [{**row, "_airbyte_data": json.dumps(row["_airbyte_data"])} for row in LOADED]


def table(separator: str = ",") -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(AS_TEXT[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(AS_TEXT)
    return sink.getvalue()


WRAPPED = {
    "a raw table of Airbyte as lines": ("a.jsonl", lines(*LOADED)),
    "with its records as text": ("a.jsonl", lines(*AS_TEXT)),
    "as CSV": ("a.csv", table()),
    "as TSV in UTF-16": ("a.tsv", table("\t").encode("utf-16")),
    "an answer of an interface": ("a.json", json.dumps({"data": RECORDS, "next": None})),
    "deeper, over several lines": ("a.json", json.dumps({"ok": 1, "result": {"events": RECORDS}}, indent=1)),
    "page after page": ("a.json", lines({"data": RECORDS[:3]}, {"data": RECORDS[3:]})),
    "of GraphQL": (
        "a.json",
        json.dumps({"data": {"visits": {"edges": [{"node": each, "cursor": "c"} for each in RECORDS]}}}),
    ),
    "of a search engine": (
        "a.json",
        json.dumps({"took": 3, "hits": {"hits": [{"_id": "1", "_source": each} for each in RECORDS]}}),
    ),
    "each over several lines": ("a.json", "\n".join(json.dumps(each, indent=2) for each in RECORDS)),
}


@pytest.mark.parametrize("what", WRAPPED)
def test_records_are_taken_out(tmp_path, what):
    name, data = WRAPPED[what]
    path = write(tmp_path, data, name)
    assert inspect(path).format == "ga4"
    made = make(tmp_path, path)
    assert made.types == GA4_TYPES
    assert (made.buyers, made.revenue, made.report.currency, made.report.rejected) == (1, 30.0, "EUR", {})


@pytest.mark.parametrize("kind", [pa.string(), None])
def test_a_raw_table_as_parquet(tmp_path, kind):
    whole = [{key: each.get(key) for each in RECORDS for key in each} | each for each in RECORDS]
    cells = [json.dumps(each) for each in RECORDS] if kind else whole
    pq.write_table(pa.table({"_airbyte_data": pa.array(cells, kind)}), tmp_path / "raw.parquet")
    made = make(tmp_path, tmp_path / "raw.parquet")
    assert (made.types, made.revenue) == (GA4_TYPES, 30.0)


def test_a_record_loaded_twice_counts_once(tmp_path):
    again = [{**row, "_airbyte_raw_id": "x", "_airbyte_extracted_at": "2026-03-05"} for row in LOADED]
    made = make(tmp_path, write(tmp_path, lines(*LOADED, *again), "a.jsonl"))
    assert made.types == GA4_TYPES


def test_records_far_longer_than_the_head(tmp_path):
    many = [{**each, "user_pseudo_id": f"u{i}"} for i in range(400) for each in RECORDS[:4]]
    made = make(tmp_path, write(tmp_path, json.dumps({"status": "ok", "data": many, "next": 2}), "a.json"))
    assert (len(made.sessions), made.types["page_view"]) == (400, 400)


def test_what_is_cut_off_is_counted(tmp_path):
    made = make(tmp_path, write(tmp_path, json.dumps({"data": RECORDS})[:-40], "a.json"))
    assert made.report.rejected == {"The line is not a JSON object.": 1}
    assert "purchase" not in made.types


def test_raw_rows_without_a_record_are_counted(tmp_path):
    made = make(tmp_path, write(tmp_path, table() + "r99,nothing,2026-03-04\nr98\n", "a.csv"))
    assert made.report.rejected == {"The line is not a JSON object.": 2}
    assert made.types == GA4_TYPES


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a": 1}\n{"a": 2}', None),
        ('{"data": [{"a": 1}], "n": 1}', ("data",)),
        ('{"anything": [{"a": 1}, {"a": 2}]}', ("anything",)),
        ('{"n": 1, "anything": [{"a": 1}]}', None),  # may be one record with a list of its own
        ('{"data": [1, 2]}', None),
        ('{"meta": {"n": [1]}, "data": {"rows": [{"a": 1', ("data", "rows")),
        ('{\n"a": 1\n}', ()),
        ('{"mine": 1, "data": [{"a": 1}]}', None),
    ],
)
def test_where_the_records_are(text, keys):
    assert find_list(text, lambda names: "mine" in names) == keys


def test_a_session_with_a_list_of_its_events_is_a_record(tmp_path):
    record = {"session_id": "s1", "events": [{"type": "view", "at": START}, {"type": "buy", "at": START}]}
    found = inspect(write(tmp_path, lines(record), "a.json"))
    assert "session_id" in {column.name for column in found.columns}


def test_visits_of_matomo_in_one_object(tmp_path):
    visit = {"idVisit": "1", "visitorId": "v", "actionDetails": [{"type": "action", "timestamp": START}]}
    path: Path = write(tmp_path, json.dumps({"visits": [visit, {**visit, "idVisit": "2"}]}), "live.json")
    made = make(tmp_path, path)
    assert (made.report.format, made.types, len(made.sessions)) == ("matomo", {"page_view": 2}, 2)
