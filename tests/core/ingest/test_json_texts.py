"""JSON in cells is read however it was written: by Python, as JSON once more, or escaped twice."""

from __future__ import annotations

import ast
import csv
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.ingest import inspect
from core.ingest.cells.json_text import texts_as_json
from core.ingest.files.nested import BROKEN_CELL, NOT_JSON
from core.ingest.recognition.head_reader import HEAD_ROWS
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

#: What pandas shows of an array of dicts: no commas between its elements.
ARRAY = """[{'price': 10, 'id': array([{'a': "it's"}], dtype=object)}
 {'price': None, 'id': array([], dtype=object)}]"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (ARRAY, [{"price": 10, "id": [{"a": "it's"}]}, {"price": None, "id": []}]),
        ("{'a': Decimal('10.50'), 'b': nan, 'c': np.float64(2.5), 'd': True}",
         {"a": "10.50", "b": None, "c": 2.5, "d": True}),
        (json.dumps(json.dumps({"a": 'x "y"'})), {"a": 'x "y"'}),
        ('{""a"": ""x"", ""b"": """"}', {"a": "x", "b": ""}),
        (json.dumps({"a": 'x "y"'}).replace("\\", "\\\\").replace('"', '\\"'), {"a": 'x "y"'}),
    ],
)  # fmt: skip
def test_what_a_text_stands_for(text, value):
    (made,) = texts_as_json([text])
    assert json.loads(made or "") == value


@pytest.mark.parametrize("text", ["", "it's", "{'a': 5'}", "[{'a': 1} ... {'a': 2}]", "{'a': (1, 2)}", None])
def test_what_can_t_be_told_is_no_json(text):
    (made,) = texts_as_json([text])
    with pytest.raises((ValueError, TypeError)):
        json.loads(made)  # type: ignore[arg-type]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=8)
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), _TEXTS)


_ROWS = st.lists(st.dictionaries(_TEXTS, st.one_of(_VALUES, st.lists(_VALUES, max_size=2)), max_size=3))


@example([[{"a": "C:\\x41", "b'": "\x1f\x1e\\"}, {'"': "\\'\\"}]])
@given(st.lists(_ROWS, min_size=5, max_size=20))
@settings(max_examples=25)
def test_python_s_own_values_come_back(values):
    written = [repr(value) for value in values]
    # Without a quote there is nothing to tell; it is JSON as it stands.
    made = [text or own for text, own in zip(texts_as_json(written), written, strict=True)]
    assert [json.loads(text) for text in made] == [ast.literal_eval(own) for own in written]


#: Two orders, of two products each: 40 and 39.50.
EVENTS = [
    {"session_id": f"s{n}", "timestamp": f"2026-03-0{n}T10:00:00Z", "event": event, "order_id": order,
     "items": items}
    for n, event, order, items in [
        (1, "purchase", "o1", [{"item_id": "a", "item_name": "Men's", "price": 10, "quantity": 2},
                               {"item_id": "b", "item_name": '5" pipe', "price": 20, "quantity": None}]),
        (2, "purchase", "o2", [{"item_id": "a", "item_name": "None, True", "price": 19.75, "quantity": 2}]),
        (3, "view_item", "", [{"item_id": "c", "item_name": "x", "price": 5, "quantity": 1}]),
    ]
]  # fmt: skip


def again(value: object) -> str:
    return json.dumps(json.dumps(value))


def by_numpy(value: list[object]) -> str:
    return "[" + "\n ".join(map(repr, value)) + "]"


def within_escapes(value: object) -> str:
    return again(value)[1:-1]


def doubled(value: object) -> str:
    return json.dumps(value).replace('"', '""')


def as_csv(items: object) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(EVENTS[0]))
    writer.writeheader()
    writer.writerows({**event, "items": items(event["items"])} for event in EVENTS)  # type: ignore[operator]
    return sink.getvalue()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return export_of(write(tmp_path_factory.mktemp("plain"), as_csv(json.dumps), "plain.csv"))


@pytest.mark.parametrize("written", [repr, by_numpy, again, within_escapes, doubled])
def test_the_products_of_orders_are_the_same(tmp_path, plain, written):
    path = write(tmp_path, as_csv(written), "a.csv")
    names = [column.name for column in inspect(path).columns]
    assert "items" not in names
    export = export_of(path)
    assert (export.rows, export.n_buyers, export.revenue) == (plain.rows, 2, plain.revenue)


@pytest.mark.parametrize("written", [repr, again])
def test_within_lines_of_json_too(tmp_path, plain, written):
    lines = [json.dumps({**event, "items": written(event["items"])}) for event in EVENTS]
    export = export_of(write(tmp_path, "\n".join(lines), "a.jsonl"))
    assert (export.rows, export.n_buyers, export.revenue) == (plain.rows, 2, plain.revenue)


def test_a_cell_that_is_cut_off_is_refused_and_not_read_as_nothing(tmp_path):
    head, order, *rest = as_csv(repr).splitlines()
    assert order.startswith("s1,") and order.endswith('None}]"')
    more = [order.replace("s1,", f"t{n},").replace(",o1,", f",p{n},") for n in range(12)]
    cut = order.replace("None}]", "No")
    export = export_of(write(tmp_path, "\n".join([head, cut, *rest, *more]), "a.csv"))
    assert (export.n_buyers, export.report.rejected) == (13, {BROKEN_CELL: 1})


def test_in_parquet_too(tmp_path, plain):
    path = tmp_path / "a.parquet"
    columns = {name: [event[name] for event in EVENTS] for name in EVENTS[0]}
    pq.write_table(pa.table({**columns, "items": list(map(repr, columns["items"]))}), path)
    export = export_of(path)
    assert (export.rows, export.n_buyers, export.revenue) == (plain.rows, 2, plain.revenue)


#: An event of GA4's export as the client of BigQuery gives it: structs are dicts, lists arrays of numpy.
GA4 = [
    {"event_name": name, "event_timestamp": str(1772445660000000 + n), "event_date": "20260302",
     "user_pseudo_id": "u1",
     "event_params": by_numpy([{"key": "ga_session_id", "value": {"int_value": 7}},
                               {"key": "page_title", "value": {"string_value": "It's"}}]),
     "ecommerce": repr({"transaction_id": order, "purchase_revenue": amount}),
     "items": by_numpy([{"item_id": "a", "price": 12.5, "item_params": []}])}
    for n, (name, order, amount) in enumerate([("view_item", None, None), ("purchase", "o1", 12.5)])
]  # fmt: skip


def test_an_export_of_ga4_that_pandas_wrote_is_known(tmp_path):
    pd.DataFrame(GA4).to_csv(path := tmp_path / "bq.csv", index=False)
    found = inspect(path)
    assert (found.format, found.needs_mapping) == ("ga4", False)
    export = export_of(path)
    assert (len(export.rows), export.n_buyers, export.revenue) == (1, 1, 12.5)


def calls(n: int, properties: object, first: int = 0) -> list[dict[str, object]]:
    """Orders of 20.50, one for each visitor, as Segment has them."""
    return [
        {"type": "track", "event": "Order Completed", "anonymousId": f"v{i}", "messageId": f"m{i}",
         "timestamp": f"2026-03-0{1 + i % 9}T10:{i * i % 60:02}:{i % 60:02}Z",
         "properties": properties({"order_id": f"o{i}", "total": 20.5, "gift": None})}  # type: ignore[operator]
        for i in range(first, first + n)
    ]  # fmt: skip


def as_table(rows: list[dict[str, object]]) -> str:
    return pd.DataFrame(rows).to_csv(index=False)


def as_lines(rows: list[dict[str, object]]) -> str:
    return "\n".join(map(json.dumps, rows))


@pytest.mark.slow
@pytest.mark.parametrize("file", [as_table, as_lines])
@pytest.mark.parametrize("written", [again, within_escapes, repr])
@pytest.mark.parametrize("n_plain", [3, HEAD_ROWS + 10], ids=["in the head", "behind it"])
def test_an_object_in_some_rows_is_written_otherwise(tmp_path, file, written, n_plain):
    rows = calls(n_plain, json.dumps) + calls(4, written, n_plain)
    export = export_of(write(tmp_path, file(rows), f"a.{'csv' if file is as_table else 'jsonl'}"))
    n = n_plain + 4
    assert (export.n_buyers, export.revenue, export.report.rejected) == (n, 20.5 * n, {})


@pytest.mark.slow
@pytest.mark.parametrize("n_plain", [3, HEAD_ROWS + 10], ids=["in the head", "behind it"])
def test_an_object_in_some_lines_is_a_text(tmp_path, n_plain):
    rows = calls(n_plain, dict) + calls(4, json.dumps, n_plain) + calls(4, repr, n_plain + 4)
    export = export_of(write(tmp_path, as_lines(rows), "a.jsonl"))
    n = n_plain + 8
    assert (export.n_buyers, export.revenue, export.report.rejected) == (n, 20.5 * n, {})


def test_a_text_that_is_no_json_leaves_its_line_readable(tmp_path):
    rows = [*calls(3, dict), *calls(1, lambda _: "none", 3)]
    export = export_of(write(tmp_path, as_lines(rows), "a.jsonl"))
    assert (export.n_buyers, export.revenue, export.report.rejected) == (4, 61.5, {})


def test_a_text_that_is_no_json_far_below_texts_that_are_is_refused(tmp_path):
    rows = [
        {**EVENTS[2], "session_id": f"v{n}", "items": json.dumps(EVENTS[2]["items"])} for n in range(2100)
    ]
    rows.append({**EVENTS[0], "items": "a=1&b=2"})
    export = export_of(write(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl"))
    assert (len(export.rows), export.report.rejected) == (2100, {NOT_JSON: 1})
