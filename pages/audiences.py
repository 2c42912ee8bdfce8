"""Audiences: all that are kept, and a definition's file as the way to make one again."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, callback, clientside_callback, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.audiences.list import FILE, FILE_OPEN, FILE_PROBLEM, FILE_READ, PATH, list_page
from components.base.layout import error_panel
from core.audiences import Definition
from core.base.errors import AudienceError
from core.base.requester import requester
from core.storage import get_store

dash.register_page(__name__, path=PATH, name="Audiences", title="Audiences", order=6)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the list as it is now."""
    store = get_store()
    return list_page(
        audiences=store.audiences(),
        total=store.count_audiences(),
        latest=store.latest_result(),
        there={result.id for result in store.results(limit=10_000)},
        me=requester(),
    )


@callback(
    Output(FILE_OPEN, "data"),
    Output(FILE_PROBLEM, "children"),
    Input(FILE_READ, "data"),
    prevent_initial_call=True,
)
def open_file(told: dict[str, Any] | None) -> tuple[Any, Any]:
    """Open the form with a file's definition, or say what is wrong with the file."""
    if not told:
        raise PreventUpdate
    try:
        if told["text"] is None:
            raise AudienceError(
                "This file is too large for a definition.",
                remedy="Choose the JSON file that was downloaded from an audience's page.",
            )
        definition = Definition.read(told["text"])
    except AudienceError as error:
        return no_update, error_panel({**error.to_dict(), "where": told["name"]})
    return {"pathname": f"{PATH}/new", "query": definition.to_query()}, None


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="chooseDefinition"), Input(FILE, "n_clicks")
)
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(FILE_OPEN, "data")
)
