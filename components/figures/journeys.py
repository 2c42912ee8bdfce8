"""Figures of the journeys page: pure functions from answers of ``core.journeys`` to ``go.Figure``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from components.base.format import duration, estimate, number, percent
from components.base.theme import ACCENT, CLUSTER_COLOURS, MUTED, NEGATIVE, POSITIVE
from components.figures.clusters import broken
from core.journeys.abandonment import Abandonment
from core.journeys.funnel import FunnelGroup
from core.journeys.labels import BOUGHT, LEFT, OTHER, OVER, step_name
from core.journeys.steps import Journeys
from core.journeys.times import Time
from core.schema.events import EventType

#: The colour of each step, the same in every chart.
STEP_COLOURS: dict[str, str] = {
    EventType.PAGE_VIEW: CLUSTER_COLOURS[8],
    EventType.LIST_VIEW: CLUSTER_COLOURS[4],
    EventType.SEARCH: CLUSTER_COLOURS[1],
    EventType.PRODUCT_VIEW: CLUSTER_COLOURS[0],
    EventType.CLICK: CLUSTER_COLOURS[3],
    EventType.CART_ADD: CLUSTER_COLOURS[2],
    EventType.CART_REMOVE: CLUSTER_COLOURS[5],
    EventType.CART_VIEW: CLUSTER_COLOURS[6],
    EventType.CHECKOUT: CLUSTER_COLOURS[7],
    EventType.OTHER: CLUSTER_COLOURS[9],
    EventType.PURCHASE: POSITIVE,
    BOUGHT: POSITIVE,
    LEFT: NEGATIVE,
    OVER: MUTED,
    OTHER: MUTED,
}
#: Colours of categories and pages, the commonest first: those of steps they often stand beside come last.
NAME_COLOURS = tuple(CLUSTER_COLOURS[place] for place in (0, 4, 3, 9, 7, 6, 5, 2, 1))
#: How much of a flow's colour is seen.
FLOW = 0.32
#: Ticks of an axis of seconds, by how many times the shortest time the longest is: fewer of the wider ones,
#: so that they stand side by side on a phone.
TICKS: tuple[tuple[float, tuple[int, ...]], ...] = (
    (8, (1, 2, 5, 10, 20, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400)),
    (80, (1, 3, 10, 30, 120, 600, 1_800, 7_200, 28_800, 86_400)),
    (math.inf, (1, 10, 60, 600, 3_600, 43_200)),
)
#: Room beside the ends of an axis of shares, as a share of its length: more than half a dot.
SIDE = 0.05


def step_colour(step: str, names: Sequence[str] = ()) -> str:
    """Return a step's colour; categories and pages, in the order of ``names``, get those of clusters."""
    if step in STEP_COLOURS:
        return STEP_COLOURS[step]
    name = step.partition(":")[2]
    return NAME_COLOURS[names.index(name) % len(NAME_COLOURS)] if name in names else MUTED


def flow_figure(*, found: Journeys, names: Sequence[str] = ()) -> go.Figure:
    """Return the Sankey chart of steps: a column a step, as high as sessions took it."""
    nodes = found.nodes
    places = {(node.column, node.step): place for place, node in enumerate(nodes)}
    shares = {(node.column, node.step): node.n for node in nodes}
    links = [flow for flow in found.flows if flow.source is not None]
    colours = [step_colour(node.step, names) for node in nodes]
    sources = [places[flow.column - 1, flow.source] for flow in links]  # type: ignore[index]
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            node={
                # The first steps stand in line on the left, the last ones before the end on the right.
                "align": "left" if found.view == "first" else "right",
                "label": [f"{step_name(node.step)} {percent(node.n / found.n, 0)}" for node in nodes],
                "color": colours,
                "customdata": [
                    [step_name(node.step), number(node.n), percent(node.n / found.n)] for node in nodes
                ],
                "hovertemplate": (
                    "<b>%{customdata[0]}</b><br>%{customdata[1]} sessions, %{customdata[2]} of those shown"
                    "<extra></extra>"
                ),
                "thickness": 12,
                "pad": 14,
                "line": {"width": 0},
            },
            link={
                "source": sources,
                "target": [places[flow.column, flow.target] for flow in links],
                "value": [flow.n for flow in links],
                "color": [seen_through(colours[source]) for source in sources],
                "customdata": [
                    [
                        f"{step_name(flow.source or '')} → {step_name(flow.target)}",
                        number(flow.n),
                        percent(flow.n / shares[flow.column - 1, flow.source or ""]),
                        step_name(flow.source or ""),
                    ]
                    for flow in links
                ],
                "hovertemplate": (
                    "<b>%{customdata[0]}</b><br>%{customdata[1]} sessions, %{customdata[2]} of those at "
                    "“%{customdata[3]}”<extra></extra>"
                ),
            },
        )
    )
    figure.update_layout(margin={"l": 4, "r": 4, "t": 8, "b": 8})
    return figure


def seen_through(colour: str) -> str:
    """Return a colour of six hexadecimal digits, as pale as a flow is drawn."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {FLOW})"


def going_on_figure(
    *,
    groups: Sequence[FunnelGroup],
    stage: int,
    labels: Sequence[str],
    values: Sequence[str],
    colours: Sequence[str],
    whole: float | None,
    selected: Sequence[str] = (),
) -> go.Figure:
    """Return one dot a group: the share that reached a stage of those at the one before, with its interval.

    ``stage`` is the stage's place, ``values`` what a click on a group filters; the dotted line is all
    sessions' share.
    """
    stages = [group.stages[stage] for group in groups]
    shares, lows, highs = (
        [None if end is None else 100 * end for end in ends]
        for ends in zip(*((found.share, found.low, found.high) for found in stages), strict=True)
    )
    figure = go.Figure(
        go.Scatter(
            x=shares,
            y=[broken(label) for label in labels],
            mode="markers",
            marker={
                "size": 10,
                "color": list(colours),
                "opacity": [1.0 if not selected or value in selected else 0.3 for value in values],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(high or 0) - (share or 0) for high, share in zip(highs, shares, strict=True)],
                "arrayminus": [(share or 0) - (low or 0) for low, share in zip(lows, shares, strict=True)],
                "color": MUTED,
                "thickness": 1.5,
                "width": 0,
            },
            customdata=[
                [
                    value,
                    percent(found.share),
                    percent(found.low),
                    percent(found.high),
                    number(found.passed),
                    number(found.before),
                ]
                for value, found in zip(values, stages, strict=True)
            ],
            hovertemplate=(
                "<b>%{y}</b><br>%{customdata[1]} continue (%{customdata[2]} to %{customdata[3]})"
                "<br>%{customdata[4]} of %{customdata[5]} sessions<extra></extra>"
            ),
        )
    )
    farthest = max([1.0, 100 * (whole or 0.0), *(high for high in highs if high is not None)])
    nobody = [place for place, share in enumerate(shares) if share is None]
    if nobody:
        figure.add_scatter(
            x=[0] * len(nobody),
            y=[broken(labels[place]) for place in nobody],
            mode="text",
            text=["nobody got this far"] * len(nobody),
            textposition="middle right",
            textfont={"size": 11, "color": MUTED},
            hoverinfo="skip",
        )
    if whole is not None:
        figure.add_vline(x=100 * whole, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_layout(
        # Room on both sides: a dot at 0% stands clear of the groups' names, one at 100% is seen whole.
        xaxis={
            "title": "% that continue",
            "range": [-SIDE * farthest, (1 + SIDE) * farthest],
            "nticks": 5,
            "showgrid": True,
        },
        yaxis={
            "automargin": True,
            "title": None,
            "showgrid": False,
            "type": "category",
            # A group nobody of which came so far has a line all the same: charts side by side match.
            "range": [len(labels) - 0.5, -0.5],
        },
        showlegend=False,
    )
    return figure


def times_figure(*, times: Sequence[Time]) -> go.Figure:
    """Return for each way the middle half of the times as a bar and the median as a dot, on a log axis."""
    labels = [broken(way(time), 26) for time in times]
    figure = go.Figure()
    for time, label in zip(times, labels, strict=True):
        figure.add_scatter(
            x=[max(time.low, 0.5), max(time.high, 0.5)],
            y=[label, label],
            mode="lines",
            line={"width": 8, "color": seen_through(ACCENT)},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[max(time.median, 0.5) for time in times],
        y=labels,
        mode="markers",
        marker={"size": 10, "color": ACCENT},
        customdata=[
            [duration(time.median), duration(time.low), duration(time.high), number(time.n)] for time in times
        ],
        hovertemplate=(
            "<b>%{y}</b><br>median %{customdata[0]}<br>half take %{customdata[1]} to %{customdata[2]}"
            "<br>%{customdata[3]} times<extra></extra>"
        ),
    )
    far = max(time.high for time in times) / max(min(time.low for time in times), 0.5)
    ticks = next(found for most, found in TICKS if far < most)
    figure.update_layout(
        xaxis={
            "title": "time, log scale",
            "type": "log",
            "tickvals": list(ticks),
            "ticktext": [f"{seconds} s" if seconds < 60 else duration(seconds) for seconds in ticks],
            "showgrid": True,
        },
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "showgrid": False},
        showlegend=False,
    )
    return figure


def way(time: Time) -> str:
    """Return what a time lies between, in words."""
    return f"{'Start' if time.source is None else step_name(time.source)} → {step_name(time.target)}"


def leaving_figure(*, found: Abandonment, currency: str | None, most: int = 10) -> go.Figure:
    """Return after which step likely buyers left, beside all sessions that left, in shares of each."""
    steps = found.steps[:most]
    labels = [broken(step_name(step.step)) for step in steps]
    figure = go.Figure()
    for name, colour, shares, counts in (
        ("All who left", MUTED, [step.every_share for step in steps], [step.every for step in steps]),
        (
            "Likely buyers who left" if found.observed else "Likely buyers",
            ACCENT,
            [step.likely_share for step in steps],
            [step.likely for step in steps],
        ),
    ):
        figure.add_bar(
            x=[100 * share for share in shares],
            y=labels,
            name=name,
            orientation="h",
            marker={"color": colour},
            customdata=[
                [percent(share), number(count), estimate(step.expected, currency)]
                for share, count, step in zip(shares, counts, steps, strict=True)
            ],
            hovertemplate=(
                f"<b>%{{y}}</b><br>{name.lower()}: %{{customdata[0]}}, %{{customdata[1]}} sessions"
                + ("<br>%{customdata[2]} expected" if colour == ACCENT and found.expected is not None else "")
                + "<extra></extra>"
            ),
        )
    figure.update_layout(
        barmode="group",
        bargap=0.25,
        xaxis={"title": "% of the sessions", "rangemode": "tozero", "nticks": 6, "showgrid": True},
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "showgrid": False},
        legend={"traceorder": "reversed"},
    )
    return figure
