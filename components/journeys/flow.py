"""The chart of steps: where visitors go first, or what they do last."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import percent
from components.base.graph import graph
from components.base.layout import card, empty_state
from components.figures import journeys as figures
from components.journeys.state import Look
from core.base.written import counted
from core.journeys.labels import step_name
from core.journeys.paths import Paths
from core.journeys.steps import Journeys, journeys
from core.results.filters import Filters
from core.results.sources import Source

#: Id of the chart.
FLOW = "journeys-flow"
#: Width a column of the chart needs, in pixels; a narrower card scrolls.
COLUMN_WIDTH = 132
#: Rows of the chart's table.
MOST_ROWS = 200


def flow(*, source: Source, paths: Paths, look: Look, filters: Filters) -> Component:
    """Return the chart of the filtered sessions' steps."""
    level = look.level if look.level in paths.levels else None
    found = journeys(
        source, filters, look.steps, view=look.view, level=level or paths.usual_level, merge=look.merge
    )
    if not found.n:
        return card(empty_state("No journeys like this", _none_of(look)))
    names = paths.names(found.level)
    chart = graph(
        id=FLOW,
        figure=figures.flow_figure(found=found, names=names),
        title=_flow_title(look),
        subtitle=_flow_subtitle(look),
        table=flow_table(found),
        height=max(360, min(640, 64 * max(_most_in_a_column(found), 4))),
        n=found.n,
        note=_flow_note(found, look),
        scrolls=True,
    )
    # A chart of many steps is as wide as it needs to be, and scrolls within its card.
    return html.Div(chart, className="journeys-flow chart-scroll", style={"--chart-width": _width(found)})


def _width(found: Journeys) -> str:
    return f"{found.columns * COLUMN_WIDTH}px"


def _most_in_a_column(found: Journeys) -> int:
    columns = [node.column for node in found.nodes]
    return max(columns.count(column) for column in set(columns))


def _none_of(look: Look) -> str:
    return {
        "purchase": "None of these sessions bought. Look at the last steps before leaving instead.",
        "exit": "All of these sessions bought. Look at the last steps before buying instead.",
    }.get(look.view, "None of these sessions' steps are known.")


def _flow_title(look: Look) -> str:
    return {
        "first": f"The first {look.steps} steps",
        "purchase": f"The last {look.steps} steps before buying",
        "exit": f"The last {look.steps} steps before leaving without buying",
        "all": f"The last {look.steps} steps",
    }[look.view]


def _flow_subtitle(look: Look) -> str:
    return (
        "From left to right: what visitors do first, second and so on. The wider a band, the more sessions "
        "take that path"
        if look.view == "first"
        else "From left to right, up to the end of the visit. The wider a band, the more sessions take that "
        "path"
    )


def _flow_note(found: Journeys, look: Look) -> str:
    sample = f"A fixed sample of the {counted(found.of, 'session')}. " if found.is_sample else ""
    once = "The same step repeated in a row counts once. " if look.merge else ""
    ends = (
        "Shares are of all sessions shown; who has left or bought has no further steps."
        if look.view == "first"
        else "Shares are of all sessions shown; short visits begin further right."
    )
    return f"{sample}{once}Up to the first purchase. {ends}"


def flow_table(found: Journeys) -> dict[str, list[Any]]:
    """Return the flows of the chart in figures, the first steps first."""
    rows = []
    for flow in found.flows[:MOST_ROWS]:
        source = "(the visit begins)" if flow.source is None else step_name(flow.source)
        rows.append([flow.column, source, step_name(flow.target), flow.n, percent(flow.n / found.n)])
    return {"columns": ["Step", "From", "To", "Sessions", "Share of all shown"], "rows": rows}
