"""Train: choose what a model learns from, see whether that is enough, and start the training."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

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
    no_update,
)
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.query import single
from components.shared.model_links import SCORE_AGAIN
from components.train.choose import CLOCK, DATASET, SCORE_FIRST
from components.train.list import LIST, LIST_CLOCK, training_list
from components.train.options import (
    BREAK_EVEN,
    BY_MONEY,
    CLUSTER_NAME,
    CLUSTER_NAMES,
    CLUSTERS,
    COST,
    MONEY,
    NAME,
    PROBLEM,
    RULE,
    START,
    THOROUGH,
    VALUE,
    WHO,
    break_even,
    cluster_names,
    field_problems,
    problem,
    problem_id,
    read_options,
)
from components.train.page import BODY, PATH, START_CLUSTERS, STATE, SUGGESTED, chosen_parts, start_page
from core.base.errors import CoreError, NotFoundError, TrainingError
from core.services import datasets, trainings

LOCATION = "_pages_location"
#: The fields that must be filled in, some only if their rule is chosen.
FIELDS = (NAME, WHO, VALUE, COST)

dash.register_page(__name__, path=PATH, name="Train a model", title="Train a model", nav=False)


def layout(
    dataset: str | list[str] | None = None, clusters: str | list[str] | None = None, **_: object
) -> Component:
    """Return the page, with a dataset chosen if the address names one that is there."""
    chosen = _chosen(single(dataset))
    return start_page(
        choices=trainings.choices(),
        chosen=chosen,
        check=trainings.check(chosen) if chosen else None,
        name=trainings.suggest_name(chosen) if chosen else "",
        clusters=single(clusters),
        trainings=trainings.recent(),
        in_use=trainings.in_use(),
    )


@callback(
    Output(BODY, "children"),
    Output(CLOCK, "disabled"),
    Output(STATE, "data"),
    Output(SUGGESTED, "data"),
    Input(DATASET, "value"),
    State(START_CLUSTERS, "data"),
    State(NAME, "value", allow_optional=True),
    State(SUGGESTED, "data"),
    prevent_initial_call=True,
)
def choose(
    dataset_id: str, clusters: str | None, name: str | None, suggested: str | None
) -> tuple[Any, bool, dict[str, str], str | None]:
    """Show whether the chosen dataset is enough, and the options; a name somebody has typed stays."""
    chosen = _chosen(dataset_id)
    query = urlencode({"dataset": chosen.dataset.id} if chosen else {})
    address = {"pathname": PATH, "query": query}
    if chosen is None:
        return None, True, address, suggested
    typed = name if name and name != suggested else None
    return (
        _parts(chosen, clusters, typed),
        not chosen.is_waiting,
        address,
        trainings.suggest_name(chosen),
    )


@callback(
    Output(BODY, "children", allow_duplicate=True),
    Output(CLOCK, "disabled", allow_duplicate=True),
    Input(SCORE_FIRST, "n_clicks"),
    State(DATASET, "value"),
    State(START_CLUSTERS, "data"),
    prevent_initial_call=True,
)
def score_first(clicks: int, dataset_id: str, clusters: str | None) -> tuple[Any, bool]:
    """Have the dataset scored, and watch that here."""
    if not clicks:
        raise PreventUpdate
    datasets.score(dataset_id)
    return _parts(trainings.choice(dataset_id), clusters), False


@callback(
    Output(BODY, "children", allow_duplicate=True),
    Output(CLOCK, "disabled", allow_duplicate=True),
    Input(CLOCK, "n_intervals"),
    State(DATASET, "value"),
    State(START_CLUSTERS, "data"),
    prevent_initial_call=True,
)
def watch(ticks: int, dataset_id: str, clusters: str | None) -> tuple[Any, bool]:
    """Follow the scoring that the check waits for."""
    chosen = _chosen(dataset_id)
    if chosen is None:
        return None, True
    return _parts(chosen, clusters), not chosen.is_waiting


@callback(
    Output(LIST, "children"),
    Output(LIST_CLOCK, "disabled"),
    Input(LIST_CLOCK, "n_intervals"),
    prevent_initial_call=True,
)
def renew(ticks: int) -> tuple[Component, bool]:
    """Renew the list while something is being trained."""
    listed = trainings.recent()
    return (
        training_list(trainings=listed, in_use=trainings.in_use()),
        all(training.is_over for training in listed),
    )


@callback(Output(MONEY, "style"), Input(RULE, "value"), prevent_initial_call=True)
def ask_money(rule: str) -> dict[str, str]:
    """Ask for the amounts once they count."""
    return {} if rule == BY_MONEY else {"display": "none"}


@callback(Output(BREAK_EVEN, "children"), Input(VALUE, "value"), Input(COST, "value"))
def tell_break_even(value: object, cost: object) -> str:
    """Say from which probability on a contact pays."""
    return break_even(value=value, cost=cost)


@callback(
    Output(CLUSTER_NAMES, "children"),
    Input(CLUSTERS, "value"),
    State({"type": CLUSTER_NAME, "place": ALL}, "value"),
    prevent_initial_call=True,
)
def ask_names(count: str, names: list[str | None]) -> list[Component]:
    """Ask for as many names as there will be clusters; those given stay."""
    return cluster_names(count=count, kept=names)


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Output(PROBLEM, "children"),
    *(Output(problem_id(field), "children") for field in FIELDS),
    *(Output(field, "invalid") for field in FIELDS),
    Input(START, "n_clicks"),
    State(DATASET, "value"),
    State(NAME, "value"),
    State(THOROUGH, "value"),
    State(RULE, "value"),
    State(VALUE, "value"),
    State(COST, "value"),
    State(CLUSTERS, "value"),
    State({"type": CLUSTER_NAME, "place": ALL}, "value"),
    State(WHO, "value"),
    running=[(Output(START, "disabled"), True, False)],
    prevent_initial_call=True,
)
def start(
    clicks: int,
    dataset_id: str,
    name: str | None,
    thorough: str,
    rule: str,
    value: object,
    cost: object,
    clusters: str,
    names: list[str | None],
    who: str | None,
) -> tuple[Any, ...]:
    """Queue the training and go where it can be watched; or say at each field what is wrong with it."""
    if not clicks:
        raise PreventUpdate
    wrong = field_problems(name=name, who=who, rule=rule, money={"value": value, "cost": cost})
    fields = (*(wrong.get(field) for field in FIELDS), *(field in wrong for field in FIELDS))
    if wrong:
        return no_update, None, *fields
    try:
        options = read_options(
            thorough=thorough,
            rule=rule,
            money={"value": value, "cost": cost},
            clusters=clusters,
            names=names,
        )
        href = trainings.start(dataset_id, name=name or "", options=options, who=who or "")
    except CoreError as error:
        if error.where == f"model {(name or '').strip()}":
            said = [f"{error.message} {error.remedy}", *[None] * (len(FIELDS) - 1)]
            return no_update, None, *said, *(field == NAME for field in FIELDS)
        return no_update, problem(error=error.to_dict()), *fields
    return href, None, *fields


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input({"type": SCORE_AGAIN, "dataset": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def score_again(clicks: list[int | None]) -> str:
    """Score a dataset with the model in use now, and go where that can be watched."""
    if not any(clicks):
        raise PreventUpdate
    return datasets.score(ctx.triggered_id["dataset"])


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)


def _chosen(dataset_id: str | None) -> trainings.Choice | None:
    if not dataset_id:
        return None
    try:
        return trainings.choice(dataset_id)
    except (NotFoundError, TrainingError):
        return None


def _parts(chosen: trainings.Choice, clusters: str | None, name: str | None = None) -> list[Component]:
    return chosen_parts(
        chosen=chosen,
        check=trainings.check(chosen),
        name=name or trainings.suggest_name(chosen),
        clusters=clusters,
    )
