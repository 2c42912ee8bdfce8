"""The grid's words, translated to ours and back."""

from __future__ import annotations

from typing import Any

import pytest

from core.results.columns import ColumnFilter, Sort
from core.results.table.ag_grid import MAX_BLOCK, GridRequest, filter_model, read_filter_model

MODELS: list[tuple[str, dict[str, Any], ColumnFilter]] = [
    (
        "n_events",
        {"filterType": "number", "type": "greaterThan", "filter": 3.0},
        ColumnFilter(name="n_events", op="gt", values=("3",)),
    ),
    (
        "purchase_probability",
        {"filterType": "number", "type": "inRange", "filter": 10.0, "filterTo": 40.0},
        ColumnFilter(name="purchase_probability", op="between", values=("0.1", "0.4")),
    ),
    (
        "dominant_category",
        {"filterType": "text", "type": "contains", "filter": "shoe"},
        ColumnFilter(name="dominant_category", op="has", values=("shoe",)),
    ),
    (
        "started_at",
        {"filterType": "date", "type": "equals", "dateFrom": "2026-01-05 00:00:00"},
        ColumnFilter(name="started_at", op="eq", values=("2026-01-05",)),
    ),
    ("price_mean", {"filterType": "number", "type": "blank"}, ColumnFilter(name="price_mean", op="blank")),
    (
        "purchased",
        {"filterType": "text", "type": "equals", "filter": "yes"},
        ColumnFilter(name="purchased", op="is", values=("yes",)),
    ),
]


@pytest.mark.parametrize(("name", "model", "ours"), MODELS)
def test_a_filter_is_read_and_written_back(name: str, model: dict[str, Any], ours: ColumnFilter) -> None:
    (read,) = read_filter_model({name: model | {"dateTo": None}})
    assert (read.name, read.op) == (ours.name, ours.op)
    assert [float(v) if v[0].isdigit() and "-" not in v else v for v in read.values] == [
        float(v) if v[0].isdigit() and "-" not in v else v for v in ours.values
    ]
    assert filter_model([read]) == {name: model}
    assert ColumnFilter.read(name, read.written()) == read


@pytest.mark.parametrize(
    "model",
    [
        {"drop table": {"type": "equals", "filter": "1"}},
        {"n_events": {"type": "equals", "filter": "1 OR 1=1"}},
        {"n_events": {"type": "somehow", "filter": 1}},
        {"n_events": {"type": "inRange", "filter": 1, "filterTo": None}},
        {"purchased": {"type": "equals", "filter": "perhaps"}},
        {"started_at": {"type": "equals", "dateFrom": "soon"}},
        {"dominant_category": {"type": "contains", "filter": "  "}},
    ],
)
def test_what_may_not_be_asked_is_left_out(model: dict[str, Any]) -> None:
    assert read_filter_model(model) == ()


def test_a_request_is_bounded() -> None:
    asked = GridRequest.read({"startRow": -5, "endRow": 10**9, "sortModel": [{"colId": "x", "sort": "asc"}]})
    assert (asked.start, asked.stop, asked.sort) == (0, MAX_BLOCK, ())
    assert GridRequest.read({}).stop == 1


def test_an_order_is_read() -> None:
    model = [{"colId": "revenue", "sort": "desc"}, {"colId": "n_events", "sort": "asc"}]
    assert GridRequest.read({"startRow": 0, "endRow": 50, "sortModel": model}).sort == (
        Sort(name="revenue", descending=True),
        Sort(name="n_events"),
    )
