"""What is drawn on the map, in depth: how many sessions, what becomes of them, what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, estimate, expected_number, money, number, percent
from components.base.graph import graph
from components.base.layout import button, facts, section
from components.clusters.detail import DIFFERENCES, difference_table, differences_in_words, dot, typical_table
from components.clusters.difference_bars import difference_bars
from core.base.written import counted
from core.results.area import read_area
from core.results.clusters.drawn_area import DRAWN, Selection, members, selection
from core.results.sources import Source

#: Ids of this component.
CLEAR = "clusters-clear"
AUDIENCE = "clusters-audience"

#: Sessions listed here; the results page has them all.
LISTED = 8


def area_detail(*, source: Source, names: Mapping[int, str], area: str) -> Component:
    """Return what an area holds, and what can be done with it."""
    sessions, corners = source.scored, read_area(area)
    found = selection(sessions, corners)
    if not found.n:
        return section(
            html.Div(
                "There are no sessions in that area. Draw around some dots.",
                className="clusters-hint empty-state p-3 small text-body-tertiary",
            ),
            title="Drawn on the map",
            actions=button("Clear selection", id=CLEAR, kind="quiet"),
        )
    currency = source.currency
    return section(
        html.Div(
            [
                html.Div(
                    [
                        _facts(found, currency),
                        _mixture(found, names),
                        differences_in_words(found.cells, DRAWN, currency),
                    ],
                    className="card clusters-about vstack gap-3 p-3",
                ),
                graph(
                    id=DIFFERENCES,
                    figure=difference_bars(cells=found.cells, cluster_id=DRAWN, currency=currency),
                    title="What sets them apart",
                    subtitle="Their average compared with that of all sessions",
                    table=difference_table(found.cells, DRAWN, currency, "These sessions"),
                    height=310,
                    n=found.n,
                ),
            ],
            className="clusters-detail columns columns-wide",
        ),
        _list(source, found, area),
        title="Drawn on the map",
        subtitle=f"{counted(found.n, 'session')} in this area, {percent(found.share)} of all",
        actions=[*_ways(source, area), button("Clear selection", id=CLEAR, kind="quiet")],
    )


def _ways(source: Source, area: str) -> list[Component]:
    """Return the ways on; the training data's sample is nobody's result."""
    if source.is_training:
        return []
    query = urlencode({"result": source.id, "area": area}, quote_via=quote, safe=",:")
    return [
        button(
            "Make an audience",
            id=AUDIENCE,
            href=f"/audiences/new?{query}",
            kind="primary",
            icon="audience",
        ),
        button("Open in the result", href=_result(source, area), icon="table"),
    ]


def _result(source: Source, area: str) -> str:
    return f"/results/{quote(source.id)}?{urlencode({'area': area}, quote_via=quote, safe=',:')}"


def _facts(found: Selection, currency: str | None) -> Component:
    entries = [("Sessions", number(found.n), f"{percent(found.share)} of all")]
    if found.conversion is not None:
        against = f"95% interval {percent(found.low)} to {percent(found.high)}"
        entries.append(
            (
                "Bought",
                percent(found.conversion),
                f"{against}; all sessions {percent(found.conversion_of_all)}",
            )
        )
    if found.expected_buyers is not None:
        likely = f"95% interval {expected_number(found.buyers_low)} to {expected_number(found.buyers_high)}"
        entries.append(("Expected buyers", expected_number(found.expected_buyers), likely))
    if found.expected_revenue is not None:
        paid = "" if found.revenue is None else f"; paid {money(found.revenue, currency)}"
        per = f"{money(found.expected_revenue / found.n, currency)} a session{paid}"
        entries.append(("Expected revenue", estimate(found.expected_revenue, currency), per))
    return facts(*entries, class_name="facts-large clusters-facts")


def _mixture(found: Selection, names: Mapping[int, str]) -> Component:
    """Return which clusters the sessions are of, as one bar and in words."""
    total = sum(n for _, n in found.clusters) or 1
    parts = [
        html.Span(style={**dot(cluster), "width": f"{100 * n / total:.2f}%"}) for cluster, n in found.clusters
    ]
    words = [
        html.Li(
            [
                html.Span(className="dot me-1", style=dot(cluster)),
                f"{names.get(cluster, f'Cluster {cluster}')} ",
                html.Span(f"{percent(n / total)}, {number(n)}", className="smaller text-body-tertiary"),
            ]
        )
        for cluster, n in found.clusters
    ]
    return html.Div(
        [
            html.Div(
                parts,
                className="clusters-mixture-bar d-flex overflow-hidden rounded-1",
                **{"aria-hidden": "true"},
            ),
            html.Ul(
                words,
                className="d-flex flex-wrap column-gap-3 mt-2 smaller list-unstyled",
            ),
        ],
    )


def _list(source: Source, found: Selection, area: str) -> Component:
    rows = members(source.scored, read_area(area), LISTED)
    first = rows[0].get("purchase_probability") if rows else None
    order = "likeliest to buy first" if first is not None else "in no particular order"
    more = (
        [" ", dcc.Link(f"See all {number(found.n)}", href=_result(source, area))]
        if found.n > len(rows) and not source.is_training
        else []
    )
    return typical_table(
        source,
        rows,
        title="Sessions within",
        text=[f"{len(rows)} of {number(found.n) or NOTHING} sessions, {order}.", *more],
    )
