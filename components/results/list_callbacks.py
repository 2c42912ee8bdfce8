"""The callbacks of the list of results, and what it lists."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from functools import partial

from dash import ALL, Input, Output, callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.results.list import LIST, LIST_CLOCK, STOP, is_busy, result_list
from core.base.errors import NotFoundError
from core.jobs import scoring
from core.results.filters import Filters
from core.results.query import at_once
from core.results.trust import doubt_of
from core.results.view import ResultView, Sums
from core.storage import Place, Result, get_store


@callback(
    Output(LIST, "children"),
    Output(LIST_CLOCK, "disabled"),
    Input(LIST_CLOCK, "n_intervals"),
    prevent_initial_call=True,
)
def renew(ticks: int) -> tuple[Component, bool]:
    """Renew the list while something is being scored."""
    return _list_now()


@callback(
    Output(LIST, "children", allow_duplicate=True),
    Output(LIST_CLOCK, "disabled", allow_duplicate=True),
    Input({"type": STOP, "result": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def stop_listed(clicks: list[int | None]) -> tuple[Component, bool]:
    """Stop the scoring of one of the list."""
    if not any(clicks):
        raise PreventUpdate
    with suppress(NotFoundError):
        scoring.cancel(ctx.triggered_id["result"])
    return _list_now()


def _list_now() -> tuple[Component, bool]:
    """Return the list as it is, and whether nothing of it is on its way."""
    listed = listed_results()
    shown = result_list(results=listed, places=places_of(listed), doubts=doubts_of(listed))
    return shown, not is_busy(listed)


def listed_results() -> list[tuple[Result, Sums | None]]:
    """Return all results, newest first, each with its sums once it is done."""
    return [(result, _sums(result)) for result in get_store().results()]


def places_of(listed: list[tuple[Result, Sums | None]]) -> dict[str, Place]:
    """Return where those that wait are in the line, by result."""
    places = {result.id: scoring.place_of(result) for result, _ in listed}
    return {result_id: place for result_id, place in places.items() if place is not None}


def doubts_of(listed: list[tuple[Result, Sums | None]]) -> dict[str, str]:
    """Return why not to act on a result, of each of those one shouldn't act on, by result."""
    done = [result for result, sums in listed if sums is not None and sums.n]
    doubts = zip(done, at_once([partial(doubt_of, result) for result in done]), strict=True)
    return {result.id: doubt for result, doubt in doubts if doubt}


def _sums(result: Result) -> Sums | None:
    if result.state != "done":
        return None
    try:
        view = ResultView(result.path)
        sums = view.kpis(Filters())
    except NotFoundError:
        return None
    # Of an export or a model without amounts no revenue is known, which is not 0.
    return sums if "expected_revenue" in view.told else replace(sums, expected_revenue=math.nan)
