"""Differences from the average as bars of plain HTML: they are there at once while somebody draws on the map.

A chart of plotly takes some tenths of a second to come where the processor is slow, and stops the map for
as long.
"""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.base.format import MINUS, decimals
from components.figures.clusters import LESS, MORE, raw, strongest
from core.results.clusters.profiles import ProfileCell
from core.schema.sessions import FIELD


def difference_bars(
    *, cells: Sequence[ProfileCell], cluster_id: int, currency: str | None, most: int = 8
) -> Component:
    """Return the strongest differences from all sessions, more to the right and less to the left."""
    own = strongest(cells, cluster_id, most)
    sizes = [cell.difference or 0.0 for cell in own]
    widest = max((abs(size) for size in sizes), default=1.0) or 1.0
    both = min(sizes, default=0.0) < 0 < max(sizes, default=0.0)
    scale = (
        "Bars: distance from the average of all sessions, in standard deviations. Text: the cluster's "
        "own average."
    )
    return html.Div(
        [
            *(_row(cell, widest, currency) for cell in own),
            html.Div(scale, className="smaller text-body-tertiary"),
        ],
        className=f"difference-bars vstack gap-2{' difference-both' if both else ''}",
    )


def _row(cell: ProfileCell, widest: float, currency: str | None) -> Component:
    difference = cell.difference or 0.0
    # The words stand beside the bar: it takes what they leave.
    width = f"calc((100% - var(--difference-words)) * {abs(difference) / widest:.3f})"
    size = decimals(abs(difference), 1)
    sign = "" if not float(f"{abs(difference):.1f}") else "+" if difference > 0 else MINUS
    side = "more" if difference > 0 else "less"
    average, overall = raw(cell.feature, cell.mean, currency), raw(cell.feature, cell.overall_mean, currency)
    bar = html.Span(
        className="difference-bar flex-shrink-0 h-100",
        style={"width": width, "backgroundColor": MORE if difference > 0 else LESS},
    )
    words = html.Span(
        [
            average,
            html.Span(f" ({sign}{size})", className="difference-size text-body-tertiary"),
        ],
        className="text-nowrap",
    )
    return html.Div(
        [
            html.Span(FIELD[cell.feature].label, className="difference-label text-body-tertiary"),
            html.Span([bar, words], className=f"difference-track difference-{side}"),
        ],
        className="difference-row align-items-center smaller",
        title=f"{FIELD[cell.feature].label}: average {average}, all sessions {overall}",
    )
