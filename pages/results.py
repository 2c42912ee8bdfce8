"""Results: the list of them, and each one with its figures, charts, table and downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    html,
)
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.control import unless_same
from components.base.layout import button, error_panel
from components.figures.results import MEASURES
from components.home.page import not_found
from components.results import table_callbacks  # noqa: F401 (it brings its callbacks)
from components.results.address import (
    DEFAULT_MEASURE,
    PATH,
    View,
    address,
    arguments,
    find_result,
    page_query,
    view_of,
)
from components.results.basis import CONTEST, USE_NEW, in_use_now
from components.results.charts import CHART, clicked
from components.results.downloads import downloads
from components.results.filters import (
    CHIP,
    CONTROL,
    MEASURE,
    chips,
    control_values,
    read_control,
    removed,
)
from components.results.list import list_page
from components.results.list_callbacks import doubts_of, listed_results, places_of
from components.results.page import (
    ANSWER,
    BODY,
    CHIPS,
    DOWNLOADS,
    QUERY,
    RESULT,
    SORT,
    STATE,
    TABS,
    VIEW,
    answer,
    body,
    meaning,
    predicts,
    result_page,
    tabs_of,
)
from components.results.status import IDS, dialog, status, waiting_page
from components.results.threshold import THRESHOLD_SAYS
from components.shared.job_callbacks import watch_job
from components.shared.job_status import watcher
from components.shared.model_links import model_address
from core.base.errors import CoreError, NotFoundError
from core.bundle.registry import in_use
from core.bundle.repository import read_manifest
from core.jobs import scoring
from core.results.columns import Sort
from core.results.drift.drift import drift_of
from core.results.filters import Filters
from core.results.query import at_once
from core.results.sources import find_source
from core.results.trust import Trust, trust_of
from core.results.view import ResultView
from core.services import trainings
from core.storage import Result, get_store

if TYPE_CHECKING:
    from core.explain import Likely

CHARTS = {"type": CHART, "chart": ALL}
CONTROLS = {"type": CONTROL, "name": ALL}
#: Who a model was put to work by, where nobody was asked for a name.
WHO = "the results page"
CHIP_BUTTONS = {"type": CHIP, "name": ALL, "place": ALL}

dash.register_page(
    __name__,
    path=PATH,
    path_template=f"{PATH}/<result_id>",
    name="Results",
    title="Results · Smart Customer Session Predictor",
    order=2,
)


def layout(result_id: str | None = None, **query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the list of results, or one of them as the address's filters say."""
    if not result_id:
        listed = listed_results()
        return list_page(results=listed, places=places_of(listed), doubts=doubts_of(listed))
    try:
        result = find_result(result_id)
    except NotFoundError as error:
        return not_found(
            title="Result not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All results", href=PATH, kind="primary"),
        )
    if result.state == "done":
        return html.Div(_shown(result, query, route=result_id))
    place = html.Div(waited_for(result_id, ""), id=IDS.place)
    return html.Div([*watcher(ids=IDS, watched=result_id, job=result), place, dialog()])


def waited_for(result_id: str, search: str) -> Component:
    """Return what stands in the place of a result: itself once it is there, else how far it is."""
    result = find_result(result_id)
    if result.state == "done":
        return _shown(result, arguments(search), route=result_id)
    return waiting_page(result=result, place=scoring.place_of(result))


watch_job(
    IDS,
    look=lambda result_id: find_result(result_id),
    status=lambda result: status(result=result, place=scoring.place_of(result)),
    body=waited_for,
    cancel=scoring.cancel,
)


@callback(
    Output(QUERY, "data"),
    Output(CONTROLS, "value"),
    Input(CONTROLS, "value"),
    Input(CHARTS, "clickData"),
    Input(CHIP_BUTTONS, "n_clicks"),
    State(QUERY, "data"),
    prevent_initial_call=True,
)
def change(values: list[Any], clicks: list[Any], chip_clicks: list[Any], query: str) -> tuple[Any, ...]:
    """Change the filters by whatever was used: a control, a chart, a chip."""
    told = arguments(query)
    before = Filters.from_query(told)
    measure = told.get(MEASURE, DEFAULT_MEASURE)
    places = ctx.inputs_list[0]
    source, value = ctx.triggered_id, ctx.triggered[0]["value"]
    if not source or (source["type"] != CONTROL and not value):
        # Charts and buttons that have only just come onto the page.
        raise PreventUpdate
    if source["type"] == CHART:
        after = clicked(before, source["chart"], value)
    elif source["type"] == CHIP:
        after = removed(before, source["name"])
    elif source["name"] == MEASURE:
        after, measure = before, str(value)
    else:
        after = Filters.from_query({**told, source["name"]: read_control(source["name"], value)})
    changed = page_query(after, measure)
    if changed == page_query(before, told.get(MEASURE, DEFAULT_MEASURE)):
        raise PreventUpdate
    shown = control_values(after) | {MEASURE: measure}
    return (
        changed,
        [unless_same(shown.get(place["id"]["name"]), place.get("value")) for place in places],
    )


@callback(
    Output(ANSWER, "children"),
    Output(BODY, "children"),
    Output(THRESHOLD_SAYS, "children"),
    Input(QUERY, "data"),
    State(RESULT, "data"),
    prevent_initial_call=True,
)
def show(query: str, result_id: str) -> tuple[Any, Any, Any]:
    """Show the answer and the charts of the filtered sessions."""
    result = find_result(result_id)
    view, told = ResultView(result.path), arguments(query)
    filters = Filters.from_query(told)
    trust, likely = _answer(result, view, filters)
    newest = _newest(result)
    return (
        answer(
            result=result,
            view=view,
            filters=filters,
            trust=trust,
            likely=likely,
            in_use=None if newest else in_use(),
            is_newest=newest is None,
        ),
        body(result=result, view=view, filters=filters, measure=_measure(told), trust=trust),
        meaning(result=result, view=view, filters=filters),
    )


@callback(
    Output(CONTEST, "children"),
    Input({"type": USE_NEW, "result": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def use_new(clicks: list[int | None]) -> Component:
    """Put the model to work that does better on this export."""
    if not any(clicks):
        raise PreventUpdate
    result = find_result(ctx.triggered_id["result"])
    contest = result.basis.contest if result.basis else None
    if contest is None or contest.bundle is None:
        raise PreventUpdate
    try:
        trainings.use(contest.bundle, who=WHO, confirmed=False)
    except CoreError as error:
        return error_panel(error.to_dict(), button("Open the model", href=model_address(contest.bundle)))
    return in_use_now(result, contest.bundle)


@callback(
    Output(STATE, "data"),
    Output(DOWNLOADS, "children"),
    Output(CHIPS, "children"),
    Output(TABS, "children"),
    Input(QUERY, "data"),
    Input(SORT, "data"),
    State(RESULT, "data"),
    State(VIEW, "data"),
    prevent_initial_call=True,
)
def keep(query: str, sort: str, result_id: str, shown: View) -> tuple[dict[str, str], Any, Any, Any]:
    """Keep the address, the downloads, the chips and the tabs as the page is."""
    filters = replace(Filters.from_query(arguments(query)), sort=Sort.read(sort))
    result = find_result(result_id)
    view = ResultView(result.path)
    return (
        address(result_id, query, sort, shown),
        downloads(result_id=result.id, filters=filters, reasons=predicts(view)),
        chips(filters=filters, clusters=view.cluster_names, currency=result.currency),
        tabs_of(result, shown, filters),
    )


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)


def _shown(result: Result, query: dict[str, Any], *, route: str) -> Component:
    filters, shown = Filters.from_query(query), view_of(query)
    view = ResultView(result.path)
    report = get_store().dataset(result.dataset_id).report
    trust, likely = _answer(result, view, filters) if shown == "overview" else (None, ())
    return result_page(
        result=result,
        route=route,
        view=view,
        filters=filters,
        measure=_measure(query),
        shown=shown,
        refused=report.rows_rejected if report else 0,
        assumptions=report.assumptions if report else (),
        money=report.money if report else (),
        time_zone=(report.time_zone or "UTC") if report else None,
        in_use=in_use(),
        drift=drift_of(result),
        trust=trust,
        likely=likely,
        newest=_newest(result),
        learned_from=_learned_from(result),
    )


def _learned_from(result: Result) -> str | None:
    """Return what the shop's own model was trained on, where it scored an export that came later."""
    if result.basis is None or result.basis.kind != "in_use":
        return None
    with suppress(CoreError):
        return str(read_manifest(result.bundle).training.get("source") or "") or None
    return None


def _newest(result: Result) -> str | None:
    """Return the newest finished result of the same export, where that is another one."""
    finished = (one for one in get_store().results(result.dataset_id) if one.state == "done")
    newest = next(finished, result)
    return None if newest.id == result.id or result.is_example else newest.id


def _answer(result: Result, view: ResultView, filters: Filters) -> tuple[Trust | None, Sequence[Likely]]:
    """Return how far to trust a result, and its filtered sessions most likely to buy."""
    # Here, not above: what takes predictions apart brings libraries the list of results does without.
    from core.explain import likeliest

    if not predicts(view):
        return None, ()
    likely = partial(likeliest, find_source(result.id), filters)
    # Side by side; each answer is kept.
    questions: list[Callable[[], object]] = [likely, partial(view.prepare, filters)]
    at_once(questions)
    return trust_of(result), likely()


def _measure(told: dict[str, Any]) -> str:
    measure = told.get(MEASURE, DEFAULT_MEASURE)
    return measure if measure in MEASURES else DEFAULT_MEASURE
