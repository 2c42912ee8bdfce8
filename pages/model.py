"""One model: its card, and the threshold moved by hand, by F1 or by money, saved without training."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel
from components.base.query import single
from components.home.page import not_found
from components.models.card import figures_block
from components.models.page import block_section, card_page, section_id
from components.models.quality_sections import calibration_block
from components.models.threshold import (
    AMISS,
    AMOUNTS,
    BEST,
    BY_MONEY,
    CHART,
    COST,
    MATRIX,
    MODE,
    SAVE,
    SAVED,
    SAYS,
    SHOWN,
    SLIDER,
    STATE,
    TOLD,
    VALUE,
    amounts_class,
    chart,
    in_force,
    matrix,
    query,
    says,
)
from components.shared.model_links import model_address
from core.base.errors import BundleError, CoreError, DecisionError
from core.bundle.edit import set_threshold
from core.bundle.model_card import read_card
from core.bundle.threshold import ThresholdRule, best_place

dash.register_page(__name__, path_template="/models/<name>", name="Model", title="Model", nav=False)


def layout(
    name: str = "",
    threshold: str | list[str] | None = None,
    value: str | list[str] | None = None,
    cost: str | list[str] | None = None,
    **_: object,
) -> Component:
    """Return a model's card, with the threshold where the address has it."""
    try:
        return card_page(
            name,
            threshold=_number(single(threshold)),
            value=_number(single(value)),
            cost=_number(single(cost)),
        )
    except BundleError as error:
        return not_found(
            title=error.message.rstrip("."),
            text=error.remedy or "",
            action=button("All models", href="/models", kind="primary"),
        )


@callback(
    Output(SLIDER, "value"),
    Output(AMOUNTS, "className"),
    Output(AMISS, "children"),
    Output(SAYS, "children"),
    Output(MATRIX, "children"),
    Output(CHART, "children"),
    Output(STATE, "data"),
    Input(SLIDER, "value"),
    Input(MODE, "value"),
    Input(VALUE, "value"),
    Input(COST, "value"),
    Input(BEST, "n_clicks"),
    Input(SAVED, "n_clicks"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def move(
    place: int, mode: str, value: float | None, cost: float | None, _best: int, _saved: int, name: str
) -> tuple[Any, ...]:
    """Show what the threshold means where it is now."""
    shown = read_card(name)
    if not shown.counts:
        raise PreventUpdate
    rule, problem = _rule(mode, value, cost)
    if ctx.triggered_id == SAVED:
        place = shown.place or 0
    elif ctx.triggered_id == BEST or (rule is not None and ctx.triggered_id in (MODE, VALUE, COST)):
        # New amounts lead to their best threshold: that is what one wants to see.
        place = best_place(shown.counts, rule or ThresholdRule())
    place = min(max(int(place), 0), len(shown.counts) - 1)
    state = {
        "pathname": model_address(name),
        "query": query(threshold=shown.counts[place].threshold, rule=rule),
    }
    return (
        place,
        amounts_class(mode == BY_MONEY),
        problem,
        says(shown=shown, place=place, rule=rule),
        matrix(count=shown.counts[place]),
        chart(shown=shown, place=place, rule=rule),
        state,
    )


@callback(
    Output(TOLD, "children"),
    Output(section_id("calibration"), "children"),
    Output(section_id("figures"), "children"),
    Input(SAVE, "n_clicks"),
    State(SLIDER, "value"),
    State(MODE, "value"),
    State(VALUE, "value"),
    State(COST, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def save(
    clicks: int, place: int, mode: str, value: float | None, cost: float | None, name: str
) -> tuple[Any, ...]:
    """Let sessions count as buyers from the chosen threshold on, in everything scored from now on."""
    if not clicks:
        raise PreventUpdate
    counts = read_card(name).counts
    money, _ = _rule(mode, value, cost)
    rule = money or ThresholdRule()
    if place != best_place(counts, rule):
        rule = ThresholdRule(kind="hand")
    try:
        set_threshold(name, counts[place].threshold, rule)
    except CoreError as error:
        return error_panel(error.to_dict()), dash.no_update, dash.no_update
    shown = read_card(name)
    return (
        f"Saved. {in_force(shown)} Exports scored from now on follow it; results stay as they are.",
        block_section(calibration_block(shown)).children,
        block_section(figures_block(shown)).children,
    )


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)


def _rule(mode: str, value: float | None, cost: float | None) -> tuple[ThresholdRule | None, str | None]:
    """Return the rule of money, if that is the mode and its amounts can be used; or what is wrong."""
    if mode != BY_MONEY:
        return None, None
    try:
        return ThresholdRule(kind="money", value_of_buyer=value, cost_of_contact=cost).validate(), None
    except DecisionError as error:
        return None, f"{error.message} {error.remedy or ''}".strip()


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
