"""From which probability on somebody is called a buyer: moved by hand, by F1 or by money, and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import figures_models_more as figures
from components.format import NOTHING, money, number, percent
from components.graph import graph
from components.layout import button, card, section, simple_table
from components.models_parts import Block, Chart, Missing, Part, Table
from components.models_words import interval_text, rule_text, value_text
from core.analysis.clusters import wilson
from core.analysis.model_card import Card
from core.decision import Counts, ThresholdRule, best_place, decision_figures, profits

#: Ids of this component.
SLIDER, MODE = "model-threshold-slider", "model-threshold-mode"
VALUE, COST, AMOUNTS = "model-value", "model-cost", "model-amounts"
BEST, SAVED, SAVE = "model-threshold-best", "model-threshold-saved", "model-threshold-save"
SAYS, MATRIX, CHART = "model-threshold-says", "model-threshold-matrix", "model-threshold-chart"
AMISS, TOLD, STATE, SHOWN = "model-amiss", "model-threshold-told", "model-state", "model-shown"

#: Of the chart beside the controls, in pixels.
HEIGHT = 460
BY_F1, BY_MONEY = "f1", "money"
TITLE = "Who to act on: the threshold"
OLDER = (
    "This model was made by an older version, which didn't count right and wrong decisions at different "
    "thresholds. Train it again to choose one here."
)


def threshold_section(*, shown: Card, place: int | None, rule: ThresholdRule | None) -> Component:
    """Return the section in which the threshold is moved; ``rule`` is one of money, or None for F1."""
    counts = shown.counts
    if not counts or place is None:
        return section(card(html.P(OLDER, className="model-missing")), title=TITLE)
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
            class_name="model-mode",
        ),
        html.Div(
            [
                _amount(VALUE, f"A buyer is worth, {currency}", told.value_of_buyer),
                _amount(COST, f"A contact costs, {currency}", told.cost_of_contact),
            ],
            id=AMOUNTS,
            className=amounts_class(by_money),
        ),
        html.Div(id=AMISS, className="model-amiss", role="status"),
        html.Div("Called a buyer from", className="model-label"),
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
            className="model-slider",
            role="group",
            **{"aria-label": "Threshold, from the lowest to the highest"},
        ),
        html.Div(says(shown=shown, place=place, rule=rule), id=SAYS, **{"aria-live": "polite"}),
        html.Div(
            [
                button("Best", id=BEST, icon="check", title="Go to the best threshold"),
                button("The saved one", id=SAVED, kind="quiet", title="Go back to the threshold in force"),
                button("Save this threshold", id=SAVE, kind="primary"),
            ],
            className="model-threshold-actions",
        ),
        html.Div(in_force(shown), id=TOLD, role="status", className="model-told"),
        class_name="model-threshold-controls",
    )
    return section(
        html.Div(
            [
                html.Div(
                    [
                        controls,
                        html.Div(matrix(count=counts[place]), id=MATRIX, className="card model-matrix-card"),
                    ],
                    className="model-threshold-side",
                ),
                html.Div(
                    chart(shown=shown, place=place, rule=rule), id=CHART, className="model-threshold-chart"
                ),
            ],
            className="model-threshold",
        ),
        title=TITLE,
        subtitle=_subtitle(counts),
        id="model-section-threshold",
    )


def threshold_block(shown: Card) -> Block:
    """Return the section as it stands in a downloaded card: at the threshold in force."""
    counts, place = shown.counts, shown.place
    if not counts or place is None:
        return Block(key="threshold", title=TITLE, parts=(Missing(title="Not measured", text=OLDER),))
    rule = shown.rule if shown.rule.kind == "money" else None
    count = counts[place]
    parts: list[Part] = [_chart(shown, place, rule)]
    if rule is not None:
        parts.append(_chart(shown, place, None))
    parts.append(
        Table(
            title=f"Called a buyer from {percent(count.threshold)} on",
            columns=("", "Really bought", "Didn't buy", "Together"),
            rows=tuple((name, *(number(n) for n in row)) for name, row in _matrix(count)),
            numeric=(1, 2, 3),
        )
    )
    parts.append(
        Table(
            title="What that means",
            columns=("Figure", "Value", "95% interval", "n"),
            rows=tuple(_shares(count)),
            numeric=(1, 2, 3),
        )
    )
    chosen = rule_text(shown.rule, shown.manifest.currency)
    return Block(
        key="threshold",
        title=TITLE,
        subtitle=f"In force: {percent(shown.manifest.threshold)}, chosen {chosen}. {_subtitle(counts)}",
        parts=tuple(parts),
    )


def chart(*, shown: Card, place: int, rule: ThresholdRule | None) -> Component:
    """Return the chart beside the controls: money by threshold, or precision and recall."""
    part = _chart(shown, place, rule)
    return graph(
        id=part.key,
        figure=part.figure,
        title=part.title,
        subtitle=part.subtitle,
        n=part.n,
        unit=part.unit,
        note=part.note,
        height=HEIGHT,
        table={"columns": list(part.columns), "rows": [list(row) for row in part.rows]},
    )


def says(*, shown: Card, place: int, rule: ThresholdRule | None) -> list[Component]:
    """Return in words what the threshold means."""
    counts = shown.counts
    count = counts[place]
    said: list[Component] = [
        html.Div(percent(count.threshold), className="model-threshold-value"),
        html.P(
            [
                html.Strong(number(count.called)),
                f" of {number(count.n)} sessions are called buyers ({percent(_of(count.called, count.n))}).",
            ]
        ),
    ]
    if rule is not None:
        currency = shown.manifest.currency
        worth = profits(counts, rule)
        said += [
            html.Div(money(worth[place], currency, 0), className="model-threshold-money"),
            html.P(
                f"is what contacting them brings on the test sessions: {number(count.tp)} buyers, less "
                f"{number(count.called)} contacts. Contacting everybody brings "
                f"{money(_everybody(count, rule), currency, 0)}, nobody {money(0, currency, 0)}."
            ),
        ]
        if rule.break_even is not None:
            said.append(
                html.P(f"A contact pays for itself from a probability of {percent(rule.break_even)} on.")
            )
    return said


def matrix(*, count: Counts) -> list[Component]:
    """Return right and wrong decisions, and what shares they make."""
    rows = [[name, *(number(n) for n in row)] for name, row in _matrix(count)]
    return [
        simple_table(
            ["", "Really bought", "Didn't buy", "Together"],
            rows,
            numeric=(1, 2, 3),
            caption="Right and wrong decisions at this threshold",
        ),
        simple_table(
            ["", "Value", "95% interval", "n"],
            [list(row) for row in _shares(count)],
            numeric=(1, 2, 3),
            caption="What this threshold means",
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
    return "model-amounts" if by_money else "model-amounts model-hidden"


def query(*, threshold: float, rule: ThresholdRule | None) -> str:
    """Write the state of the section as the address has it."""
    written = [f"threshold={threshold:.6g}"]
    if rule is not None:
        written += [f"value={rule.value_of_buyer:g}", f"cost={rule.cost_of_contact:g}"]
    return "&".join(written)


def _chart(shown: Card, place: int, rule: ThresholdRule | None) -> Chart:
    counts, currency = shown.counts, shown.manifest.currency
    rows = tuple(
        (
            percent(count.threshold),
            number(count.called),
            number(count.tp),
            percent(count.precision),
            percent(count.recall),
            *((money(worth, currency, 0),) if rule else ()),
        )
        for count, worth in zip(counts, profits(counts, rule) if rule else [0.0] * len(counts), strict=True)
    )
    columns: tuple[str, ...] = ("From", "Called", "Of them buyers", "Precision", "Recall")
    best = best_place(counts, rule or ThresholdRule())
    note = "The best threshold was found on these same sessions, so its figure is a little flattering."
    if rule is None:
        return Chart(
            key="model-decisions",
            title="Precision and recall by threshold",
            subtitle="The dashed line is the threshold, the dot the best F1",
            figure=figures.decisions_figure(counts=counts, place=place, best=best),
            n=counts[place].n,
            note=note,
            columns=columns,
            rows=rows,
        )
    value, cost = rule.amounts()
    return Chart(
        key="model-profit",
        title="Profit by threshold",
        subtitle=f"A buyer is worth {money(value, currency)}, a contact costs {money(cost, currency)}; "
        "the dashed line is the threshold, the dot the best one",
        figure=figures.profit_figure(counts=counts, rule=rule, place=place, best=best, currency=currency),
        n=counts[place].n,
        note=note,
        columns=(*columns, "Profit"),
        rows=rows,
    )


def _matrix(count: Counts) -> Sequence[tuple[str, tuple[int, int, int]]]:
    return (
        ("Called buyers", (count.tp, count.fp, count.called)),
        ("Not called", (count.fn, count.tn, count.n - count.called)),
        ("Together", (count.buyers, count.n - count.buyers, count.n)),
    )


def _shares(count: Counts) -> list[tuple[str, str, str, str]]:
    wanted: Mapping[str, tuple[int, int]] = {
        "Of those called, bought (precision)": (count.tp, count.called),
        "Buyers found (recall)": (count.tp, count.buyers),
        "Sessions called buyers": (count.called, count.n),
    }
    rows = [(name, *_share(hits, n), number(n)) for name, (hits, n) in wanted.items()]
    f1 = decision_figures(count)["f1"]
    return [*rows, ("F1", value_text(f1), interval_text(f1), number(count.n))]


def _share(hits: int, n: int) -> tuple[str, str]:
    if not n:
        return NOTHING, NOTHING
    low, high = wilson(hits, n)
    return percent(hits / n), f"{percent(low)} to {percent(high)}"


def _everybody(count: Counts, rule: ThresholdRule) -> float:
    value, cost = rule.amounts()
    return count.buyers * value - count.n * cost


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _subtitle(counts: Sequence[Counts]) -> str:
    return (
        f"On {number(counts[0].n)} sessions of the test slice the model had not seen, "
        f"{number(counts[0].buyers)} of them buyers."
    )


def _amount(id: str, label: str, value: float | None) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=id, className="form-label"),
            dbc.Input(id=id, type="number", min=0, step="any", value=value, debounce=True, size="sm"),
        ],
        className="model-amount",
    )
