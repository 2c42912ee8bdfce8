"""Scenarios side by side: what differs between them, and the model's answer to each."""

from __future__ import annotations

import html as markup
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import MINUS, NOTHING, decimals, estimate, percent
from components.base.graph import graph
from components.base.layout import badge
from components.base.theme import ACCENT, MUTED, POSITIVE
from components.figures.clusters import broken
from components.shared.reasons import value_words
from core.whatif import Values

#: Ids of this component: the chart, and the field with a kept scenario's name.
CHART, NAME = "whatif-compare-chart", "whatif-compare-name"
IN_FORM = "In the form"
BAR, AROUND, LETTERS = 40, 76, 18
#: Differences of fewer percentage points aren't told.
LEAST_POINTS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One scenario: its name, its session, the model's answer, and the ways on from it.

    Without a ``prediction`` while one of its fields is invalid.

    The session in the form has no ``place`` among the kept ones, and no ways on.
    """

    name: str
    values: Values
    going_on: bool
    prediction: Mapping[str, Any] | None
    place: int | None = None
    open_href: str = ""
    remove_href: str = ""


def name_id(place: int) -> dict[str, Any]:
    """Return the id of the field with a kept scenario's name."""
    return {"type": NAME, "place": place}


def comparison(
    *,
    columns: Sequence[Column],
    labels: Mapping[str, str],
    currency: str | None,
    threshold: float | None,
) -> list[Component]:
    """Return the table of what differs and is answered, and the chart of the probabilities.

    ``labels`` are what the fields are called, in the order of the form.
    """
    table = _table(columns, labels, currency, threshold)
    answered = [(column, column.prediction) for column in columns if column.prediction is not None]
    if threshold is None or not answered:
        return [dbc.Card(table, className="min-w-0 overflow-hidden")]
    return [
        dbc.Card(table, className="min-w-0 overflow-hidden"),
        graph(
            id=CHART,
            figure=comparison_figure(columns=[column for column, _ in answered], threshold=threshold),
            title="How likely each is to buy",
            subtitle="Probability of a purchase",
            table={
                "columns": ["Scenario", "Probability"],
                "rows": [[c.name, percent(prediction["purchase_probability"])] for c, prediction in answered],
            },
            height=AROUND + BAR * len(answered),
            n=len(answered),
            unit="imagined sessions",
        ),
    ]


def nothing_kept() -> Component:
    """Return what stands there while there is nothing to compare with."""
    return html.P(
        "Keep the session above as a scenario, then change the form: both appear here side by side, with "
        "what differs and what the model predicts. You can keep up to three.",
        className="whatif-quiet measure small text-body-secondary",
    )


def comparison_figure(*, columns: Sequence[Column], threshold: float) -> go.Figure:
    """Return the probability of each scenario as a bar, with the cut-off; all have a prediction."""
    shares = [100 * float((column.prediction or {})["purchase_probability"]) for column in columns]
    top = max(1.25 * max(shares), 1.1 * 100 * threshold)
    places = list(range(len(columns)))
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=places,
            orientation="h",
            marker={"color": [ACCENT if column.place is None else MUTED for column in columns]},
            text=[percent(share / 100) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.add_shape(
        type="line",
        x0=100 * threshold,
        x1=100 * threshold,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": POSITIVE, "width": 1, "dash": "dash"},
    )
    figure.add_annotation(
        text="likely-buyer cut-off",
        x=100 * threshold,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right" if 100 * threshold > top / 2 else "left",
        showarrow=False,
    )
    names = [broken(markup.escape(column.name, quote=False), LETTERS) for column in columns]
    figure.update_layout(
        xaxis={"title": "probability of a purchase, %", "range": [0, top], "nticks": 5},
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": names,
            "range": [len(columns) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
        },
        margin={"t": 28},
        showlegend=False,
    )
    return figure


def differing(columns: Sequence[Column], labels: Mapping[str, str]) -> list[str]:
    """Return the fields that are not the same in every scenario, in the order of the form."""
    first = columns[0].values
    return [
        name for name in labels if any(column.values.get(name) != first.get(name) for column in columns[1:])
    ]


def _table(
    columns: Sequence[Column], labels: Mapping[str, str], currency: str | None, threshold: float | None
) -> Component:
    names = differing(columns, labels)
    rows = [_row(labels[n], [value_words(n, c.values.get(n), currency) for c in columns]) for n in names]
    if len({column.going_on for column in columns}) > 1:
        rows.append(_row("The visit", ["still going on" if c.going_on else "over" for c in columns]))
    if not rows:
        rows = [_row("Nothing differs yet", ["" for _ in columns])]
    heads = [html.Th("What differs", scope="col"), *(_head(column) for column in columns)]
    body = [html.Tbody(rows), html.Tbody(_answers(columns, currency, threshold), className="whatif-answers")]
    caption = html.Caption("Scenarios side by side", className="visually-hidden")
    table = html.Table(
        [caption, html.Thead(html.Tr(heads)), *body], className="table table-hover whatif-compare"
    )
    return html.Div(
        table,
        className="overflow-x-auto",
        tabIndex=0,
        role="region",
        **{"aria-label": "Scenarios side by side"},
    )


def _answers(columns: Sequence[Column], currency: str | None, threshold: float | None) -> list[Component]:
    answers = [column.prediction or {} for column in columns]
    rows = []
    if threshold is not None:
        shares = [one.get("purchase_probability") for one in answers]
        rows.append(_row("Probability", [_against(share, shares[0]) for share in shares]))
        rows.append(_row("Likely buyer", [_is_likely(share, threshold) for share in shares]))
    for name, label in (
        ("revenue_if_purchase", "Revenue if it buys"),
        ("expected_revenue", "Expected revenue"),
    ):
        if any(one.get(name) is not None for one in answers):
            rows.append(_row(label, [estimate(one.get(name), currency) for one in answers]))
    return [*rows, _row("Behaves like", [one.get("cluster_name", NOTHING) for one in answers])]


def _is_likely(share: float | None, threshold: float) -> Any:  # noqa: ANN401 (words, or a badge)
    if share is None:
        return NOTHING
    return badge("likely buyer", "success") if share >= threshold else "no"


def _against(share: float | None, first: float | None) -> Any:  # noqa: ANN401 (words, or words and a note)
    if share is None or first is None:
        return "a field is invalid" if share is None else percent(share)
    text = percent(share)
    points = 100 * (share - first)
    if abs(points) < LEAST_POINTS:
        return text
    sign = "+" if points > 0 else MINUS
    return [
        text,
        html.Span(
            f"{sign}{decimals(abs(points), 1)} points",
            className="ms-2 smaller text-body-tertiary text-nowrap",
        ),
    ]


def _row(label: str, cells: Sequence[Any]) -> Component:
    return html.Tr([html.Th(label, scope="row"), *(html.Td(cell) for cell in cells)])


def _head(column: Column) -> Component:
    if column.place is None:
        return html.Th(column.name, scope="col")
    return html.Th(
        [
            html.Label(
                f"Name of {column.name}",
                htmlFor=json.dumps(name_id(column.place), sort_keys=True, separators=(",", ":")),
                className="visually-hidden",
            ),
            dbc.Input(
                id=name_id(column.place),
                value=column.name,
                type="text",
                maxlength=40,
                debounce=True,
                size="sm",
                class_name="whatif-compare-name",
                autocomplete="off",
            ),
            html.Div(
                [
                    dcc.Link("Open", href=column.open_href, title=f"Open {column.name} in the form"),
                    dcc.Link("Remove", href=column.remove_href, title=f"Remove {column.name}"),
                ],
                className="d-flex gap-3 pt-1 fw-medium",
            ),
        ],
        scope="col",
    )
