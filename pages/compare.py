"""Compare: two results, or two parts of one, beside each other."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component

from components.base.layout import levelled
from components.base.query import single
from components.compare.charts import SHOWN
from components.compare.controls import DEFAULT_SHOW, ONLY, PATH, SHOW, SIDE, SWAP, query_of, with_values
from components.compare.page import BODY, OPEN, QUERY, STATE, ask_page, body, compare_page
from components.home.page import not_found
from core.base.errors import CoreError
from core.results.comparison.comparison import compare
from core.results.comparison.sides import Side, address_filters, sides_of, swapped
from core.results.sources import Source, choose_source, find_source, list_sources

dash.register_page(__name__, path=PATH, name="Compare", title="Compare", order=2.5, nav=False)


def layout(
    a: str | list[str] | None = None,
    b: str | list[str] | None = None,
    show: str | list[str] | None = None,
    **query: str | list[str],
) -> Component:
    """Return the page of two sources with their filters; with one, what to compare it with."""
    sources = list_sources()
    first, notes = _chosen(single(a), sources)
    other, told = _chosen(single(b), sources) if single(b) else (None, [])
    if other is None or told:
        return ask_page(
            source=first, sources=sources, notes=[*notes, *(t.split(" You see")[0] for t in told)]
        )
    filters = address_filters(query)
    try:
        compared = compare(*_sides(first.id, other.id, filters))
    except CoreError as error:
        return not_found(title="These can't be compared", text=str(error))
    shown = single(show) if single(show) in SHOWN else DEFAULT_SHOW
    return compare_page(
        compared=compared, sources=sources, query=filters, show=shown or DEFAULT_SHOW, notes=notes
    )


@callback(
    Output(QUERY, "data"),
    Output(BODY, "children"),
    Output(STATE, "data"),
    Input({"type": ONLY, "side": ALL}, "value"),
    Input(SHOW, "value"),
    State({"type": SIDE, "side": ALL}, "value"),
    State(QUERY, "data"),
    prevent_initial_call=True,
)
def choose(
    only: list[list[str] | None], show: str, sides: list[str], query: dict[str, str]
) -> tuple[Any, ...]:
    """Show other sessions of the two, or other charts of their groups."""
    for control, values in zip(ctx.inputs_list[0], only, strict=True):
        query = with_values(query, control["id"]["side"], values or [])
    compared = compare(*_sides(sides[0], sides[1], query))
    told = {"a": sides[0], "b": sides[1], **query} | ({} if show == DEFAULT_SHOW else {"show": show})
    return (
        query,
        levelled(body(compared=compared, query=query, show=show)),
        {"pathname": PATH, "query": query_of(told)},
    )


@callback(
    Output(OPEN, "data"),
    Input({"type": SIDE, "side": ALL}, "value"),
    Input(SWAP, "n_clicks"),
    State(QUERY, "data"),
    State(SHOW, "value"),
    prevent_initial_call=True,
)
def reopen(sides: list[str], clicks: int | None, query: dict[str, str], show: str) -> Any:  # noqa: ANN401
    """Open the page of other sources, or of the same ones the other way round."""
    told = {} if show == DEFAULT_SHOW else {"show": show}
    if ctx.triggered_id == SWAP:
        if not clicks:
            return no_update
        return {"pathname": PATH, "query": query_of({"a": sides[1], "b": sides[0], **swapped(query), **told})}
    return {"pathname": PATH, "query": query_of({"a": sides[0], "b": sides[1], **query, **told})}


for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )


def _chosen(source_id: str | None, sources: list[Source]) -> tuple[Source, list[str]]:
    return choose_source(None if source_id == "latest" else source_id, sources)


def _sides(a: str, b: str, query: dict[str, str]) -> tuple[Side, Side]:
    first, last = sides_of(query)
    return Side(source=find_source(a), filters=first), Side(source=find_source(b), filters=last)
