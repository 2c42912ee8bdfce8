"""Clusters by country group, weekday and other sides: two of them crossed, as a heat map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import money, number, percent
from components.base.graph import graph
from components.base.layout import section
from components.clusters.controls import NONE, bar, chooser
from components.clusters.side_by_side import cluster_names
from components.clusters.state import MEASURES, Choice, crossing_of
from components.figures import clusters_over_time as figures
from components.shared.labels import value_name
from core.results.clusters.crossed import Crossed, crossed, sides
from core.results.clusters.profiles import ClusterView
from core.results.sources import Source

#: Id of this component's chart.
CROSSED = "clusters-crossed"

SIDE_NAMES = {
    "cluster": "Cluster",
    "country_group": "Country group",
    "weekday": "Weekday",
    "hour": "Hour of day",
    "device": "Device",
    "channel": "Channel",
    "category": "Main category",
}


def where_and_when(*, source: Source, view: ClusterView, choice: Choice) -> Component:
    """Return the crossing with its controls."""
    sessions = source.scored
    names = cluster_names(view.outcomes())
    rows, columns, measure = crossing_of(choice, view)
    offered = {name: SIDE_NAMES[name] for name in sides(sessions)}
    controls = bar(
        [
            chooser(name="measure", label="Show", options=MEASURES, value=measure),
            chooser(name="rows", label="by", options=offered, value=rows),
            chooser(name="columns", label="and", options=offered, value=columns),
            chooser(name="only", label="of", options={NONE: "All clusters", **names}, value=choice.only),
        ]
    )
    if rows == columns:
        hint = html.Div(
            "Choose two different groupings.",
            className="clusters-hint empty-state p-3 small text-body-tertiary",
        )
        return section(controls, hint, title="Where and when")
    told = crossed(sessions, rows, columns, choice.only)
    return section(
        controls,
        _chart(told, measure=measure, sides=(rows, columns), names=names, currency=source.currency),
        title="Where and when",
    )


def _chart(
    told: Crossed, *, measure: str, sides: tuple[str, str], names: Mapping[int, str], currency: str | None
) -> Component:
    rows, columns = (
        [value_name(side, value, dict(names)) for value in values] for side, values in _both(told, sides)
    )
    what = _what(told, measure)
    return html.Div(
        graph(
            id=CROSSED,
            figure=figures.crossed_figure(
                told=told, measure=measure, rows=rows, columns=columns, currency=currency
            ),
            title=f"{what} by {_lower(sides[0])} and {_lower(sides[1])}",
            subtitle=_unit(told, measure, currency),
            table={
                "columns": [SIDE_NAMES[sides[0]], SIDE_NAMES[sides[1]], what, "Sessions"],
                "rows": [
                    [
                        value_name(sides[0], one.row, dict(names)),
                        value_name(sides[1], one.column, dict(names)),
                        _written(figures.measured(told, one, measure), measure, currency),
                        number(figures.counted(told, one, measure)),
                    ]
                    for one in sorted(
                        told.crossings, key=lambda x: (told.rows.index(x.row), told.columns.index(x.column))
                    )
                ],
            },
            height=90 + 46 * len(rows),
            scrolls=True,
            n=told.n,
            note=_note(told, measure),
        ),
        className="chart-scroll",
        style={"--chart-width": f"{150 + 68 * len(columns)}px"},
    )


def _both(told: Crossed, sides: tuple[str, str]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return (sides[0], told.rows), (sides[1], told.columns)


def _what(told: Crossed, measure: str) -> str:
    if measure == "conversion":
        return "Conversion" if told.observed else "Predicted conversion"
    if measure == "revenue":
        return "Revenue per session" if told.paid else "Expected revenue per session"
    return "Sessions"


def _unit(told: Crossed, measure: str, currency: str | None) -> str:
    if measure == "sessions":
        return "Number of sessions; the stronger the colour, the more"
    if measure == "conversion":
        what = "Share of sessions that bought" if told.observed else "Average predicted probability"
        return f"{what}, in %; the stronger the colour, the more"
    return (
        f"In {currency}; the stronger the colour, the more"
        if currency
        else "The stronger the colour, the more"
    )


def _note(told: Crossed, measure: str) -> str | None:
    left = (
        f"{number(told.total - told.n)} sessions with rarer values are left out."
        if told.n < told.total
        else ""
    )
    few = (
        f"Grey, with their n: fewer than {figures.FEW} sessions, too few to read much into."
        if measure != "sessions"
        else ""
    )
    return " ".join(filter(None, (few, left))) or None


def _written(value: float | None, measure: str, currency: str | None) -> str:
    if measure == "sessions":
        return number(value)
    return percent(value) if measure == "conversion" else money(value, currency)


def _lower(side: str) -> str:
    name = SIDE_NAMES[side]
    return name[:1].lower() + name[1:]
