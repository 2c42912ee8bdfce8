"""From which probability on somebody is called a buyer: moved by hand, by F1 or by money, and saved."""

from __future__ import annotations

from dataclasses import replace

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import money, number, percent
from components.base.layout import button, card, section, simple_table
from components.models.card_parts import chart_card
from components.models.labels import rule_text
from components.models.threshold_parts import OLDER, TITLE, chart_part, matrix_rows, measured, share_rows
from core.bundle.model_card import Card
from core.bundle.threshold import ThresholdRule, profit_interval, profits
from core.stats.decisions import DecisionCounts

#: Ids of this component.
SLIDER, MODE = "model-threshold-slider", "model-threshold-mode"
VALUE, COST, AMOUNTS = "model-value", "model-cost", "model-amounts"
BEST, SAVED, SAVE = "model-threshold-best", "model-threshold-saved", "model-threshold-save"
SAYS, MATRIX, CHART = "model-threshold-says", "model-threshold-matrix", "model-threshold-chart"
AMISS, TOLD, STATE, SHOWN = "model-amiss", "model-threshold-told", "model-state", "model-shown"

#: Of the chart beside the controls, in pixels.
HEIGHT = 600
BY_F1, BY_MONEY = "f1", "money"


def threshold_section(*, shown: Card, place: int | None, rule: ThresholdRule | None) -> Component:
    """Return the section in which the threshold is moved; ``rule`` is one of money, or None for F1."""
    counts = shown.counts
    if not counts or place is None:
        return section(card(html.P(OLDER, className="small text-body-tertiary mb-0")), title=TITLE)
    currency, by_money = shown.manifest.currency, rule is not None
    told = rule or shown.rule
    controls = card(
        dbc.RadioItems(
            id=MODE,
            options=[
                {"label": "Balance of precision and recall", "value": BY_F1},
                {"label": "Money", "value": BY_MONEY},
            ],
            value=BY_MONEY if by_money else BY_F1,
            inline=True,
        ),
        html.Div(
            [
                _amount(VALUE, f"Value of a buyer, {currency}", told.value_of_buyer),
                _amount(COST, f"Cost per contact, {currency}", told.cost_of_contact),
            ],
            id=AMOUNTS,
            className=amounts_class(by_money),
        ),
        html.Div(id=AMISS, className="hide-empty small text-danger-emphasis", role="status"),
        html.Div("Likely-buyer cut-off", className="small fw-medium text-body-tertiary"),
        html.Div(
            dcc.Slider(
                id=SLIDER,
                min=0,
                max=len(counts) - 1,
                step=1,
                value=place,
                marks={0: "more people", len(counts) - 1: "fewer"},
                included=False,
                allow_direct_input=False,
            ),
            className="model-slider px-4",
            role="group",
            **{"aria-label": "Cut-off, from lowest to highest"},
        ),
        html.Div(says(shown=shown, place=place, rule=rule), id=SAYS, **{"aria-live": "polite"}),
        html.Div(
            [
                button("Best", id=BEST, icon="check", title="Go to the best cut-off"),
                button("The saved one", id=SAVED, kind="quiet", title="Go back to the cut-off in force"),
                button("Save this cut-off", id=SAVE, kind="primary"),
            ],
            className="d-flex flex-wrap gap-2",
        ),
        html.Div(in_force(shown), id=TOLD, role="status", className="small text-body-tertiary"),
        stack=True,
        class_name="model-threshold-controls",
    )
    return section(
        html.Div(
            [
                html.Div(
                    [
                        controls,
                        dbc.Card(matrix(count=counts[place]), id=MATRIX, className="py-2"),
                    ],
                    className="vstack gap-3",
                ),
                html.Div(
                    chart(shown=shown, place=place, rule=rule), id=CHART, className="model-threshold-chart"
                ),
            ],
            className="model-threshold columns",
        ),
        title=TITLE,
        subtitle=measured(counts),
        id="model-section-threshold",
    )


def chart(*, shown: Card, place: int, rule: ThresholdRule | None) -> Component:
    """Return the chart beside the controls: money by threshold, or precision and recall."""
    part = replace(chart_part(shown, place, rule), height=HEIGHT)
    return chart_card(part=part)


def says(*, shown: Card, place: int, rule: ThresholdRule | None) -> list[Component]:
    """Return in words what the threshold means."""
    counts = shown.counts
    count = counts[place]
    said: list[Component] = [
        html.Div(percent(count.threshold), className="model-threshold-value fs-4 fw-semibold"),
        html.P(
            [
                html.Strong(number(count.called)),
                f" of {number(count.n)} sessions are likely buyers ({percent(_of(count.called, count.n))}).",
            ]
        ),
    ]
    if rule is not None:
        currency = shown.manifest.currency
        worth = profits(counts, rule)
        said += [
            html.Div(money(worth[place], currency, 0), className="model-threshold-money fs-4 fw-semibold"),
            html.P(
                f"is the profit of contacting them on the test sessions ({_between(count, rule, currency)}, "
                f"n = {number(count.n)}): {number(count.tp)} buyers, less "
                f"{number(count.called)} contacts. Contacting everyone would earn "
                f"{money(_everybody(count, rule), currency, 0)}, nobody {money(0, currency, 0)}."
            ),
        ]
        if rule.break_even is not None:
            said.append(
                html.P(f"A contact pays for itself from a probability of {percent(rule.break_even)}.")
            )
    return said


def matrix(*, count: DecisionCounts) -> list[Component]:
    """Return right and wrong decisions, and what shares they make."""
    rows = [[name, *(number(n) for n in row)] for name, row in matrix_rows(count)]
    return [
        simple_table(
            ["", "Bought", "Didn't buy", "All"],
            rows,
            numeric=(1, 2, 3),
            caption="Right and wrong decisions at this cut-off",
        ),
        simple_table(
            ["", "Value", "95% interval", "n"],
            [list(row) for row in share_rows(count)],
            numeric=(1, 2, 3),
            caption="What this cut-off means",
            stack=True,
        ),
    ]


def in_force(shown: Card) -> str:
    """Say which threshold predictions are made with now."""
    return (
        f"In force: {percent(shown.manifest.threshold)}, chosen "
        f"{rule_text(shown.rule, shown.manifest.currency)}."
    )


def amounts_class(by_money: bool) -> str:
    """Return the classes of the two amounts: they show in the mode of money only."""
    return "model-amounts" if by_money else "model-amounts d-none"


def query(*, threshold: float, rule: ThresholdRule | None) -> str:
    """Write the state of the section as the address has it."""
    written = [f"threshold={threshold:.6g}"]
    if rule is not None:
        written += [f"value={rule.value_of_buyer:g}", f"cost={rule.cost_of_contact:g}"]
    return "&".join(written)


def _between(count: DecisionCounts, rule: ThresholdRule, currency: str) -> str:
    low, high = profit_interval(count, rule)
    return f"95% interval {money(low, currency, 0)} to {money(high, currency, 0)}"


def _everybody(count: DecisionCounts, rule: ThresholdRule) -> float:
    value, cost = rule.amounts()
    return count.buyers * value - count.n * cost


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _amount(id: str, label: str, value: float | None) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=id, className="form-label"),
            dbc.Input(id=id, type="number", min=0, step="any", value=value, debounce=True, size="sm"),
        ],
    )
