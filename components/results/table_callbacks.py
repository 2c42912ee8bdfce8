"""The callbacks of a result's table of sessions: its rows, its own filters, its columns."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, no_update
from dash.exceptions import PreventUpdate

from components.results.address import DEFAULT_MEASURE, arguments, find_result, page_query
from components.results.filters import MEASURE
from components.results.page import QUERY, REFRESHED, RESULT, SORT
from components.results.table import APPLIED, CHOSEN, GRID, PINNED, grid_rows
from core.results.filters import Filters
from core.results.table.ag_grid import GridRequest, filter_model, read_filter_model
from core.results.table.rows import page
from core.results.view import ResultView


@callback(
    Output(QUERY, "data", allow_duplicate=True),
    Input(GRID, "filterModel"),
    State(QUERY, "data"),
    prevent_initial_call=True,
)
def change_by_table(model: dict[str, Any] | None, query: str) -> str:
    """Change the filters by the table's own."""
    told = arguments(query)
    before = Filters.from_query(told)
    after = before.with_columns(read_filter_model(model or {}))
    if after == before:
        raise PreventUpdate
    return page_query(after, told.get(MEASURE, DEFAULT_MEASURE))


@callback(
    Output(GRID, "filterModel"),
    Input(QUERY, "data"),
    State(GRID, "filterModel"),
    prevent_initial_call=True,
)
def keep_table(query: str, model: dict[str, Any] | None) -> dict[str, Any]:
    """Keep the table's own filters as the page has them: a chip may have removed one."""
    columns = Filters.from_query(arguments(query)).columns
    if read_filter_model(model or {}) == columns:
        raise PreventUpdate
    return filter_model(columns)


@callback(
    Output(GRID, "getRowsResponse"),
    Output(SORT, "data"),
    Input(GRID, "getRowsRequest"),
    State(QUERY, "data"),
    State(SORT, "data"),
    State(RESULT, "data"),
    prevent_initial_call=True,
)
def rows(request: dict[str, Any] | None, query: str, sort: str, result_id: str) -> tuple[Any, Any]:
    """Answer the table's question for a block of rows."""
    if request is None:
        raise PreventUpdate
    asked = GridRequest.read(request)
    result = find_result(result_id)
    view = ResultView(result.path)
    found, total = page(view, Filters.from_query(arguments(query)), asked)
    written = ",".join(part.written() for part in asked.sort)
    return (
        {
            "rowData": grid_rows(rows=found, result_id=result.id, told=view.told, own=view.own),
            "rowCount": total,
        },
        no_update if written == sort else written,
    )


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="refreshSessions"),
    Output(REFRESHED, "data"),
    Input(QUERY, "data"),
    State(GRID, "id"),
    prevent_initial_call=True,
)

clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="freeIds"),
    Output(PINNED, "data"),
    Input(GRID, "id"),
)

clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="showColumns"),
    Output(APPLIED, "data"),
    Input(CHOSEN, "value"),
    State(CHOSEN, "options"),
    State(GRID, "id"),
)
