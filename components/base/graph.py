"""One way to show a chart: a titled card with the chart, its size of sample, and the same as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import number, separators
from core.base.written import counted

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    # plotly.js 4 shows a button that uploads the chart to a cloud, unless told not to.
    "showSendToCloud": False,
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "showTips": False,
    "doubleClick": "reset",
}

#: Tools of a chart one can move about in.
_TOOLS = ("zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d")


def graph(
    *,
    id: str | Mapping[str, Any],
    figure: go.Figure | Component,
    title: str,
    subtitle: str | None = None,
    table: Mapping[str, Sequence[Any]] | None = None,
    height: int = 320,
    n: int | None = None,
    note: str | None = None,
    unit: str = "sessions",
    tools: Sequence[str] = (),
    scrolls: bool = False,
) -> Component:
    """Return a chart in a card.

    Parameters
    ----------
    id
        Of the ``dcc.Graph``: clicks arrive at its ``clickData``.
    figure
        Without template, fonts, backgrounds and grid colours: the browser lays the current theme over it.
        A component stands for itself: a chart that is drawn by a script of its own.
    table
        ``{"columns": [...], "rows": [[...], ...]}``: what the chart shows, in figures, for those who
        can't see it or want to copy it.
    height
        Of the chart in pixels.
    n
        How many ``unit`` the chart is made of.
    note
        A sentence under the chart: what is left out, what an interval means.
    tools
        Modebar buttons to offer (``"zoom2d"``, ``"lasso2d"``, ...); none by default.
    scrolls
        Whether it may be wider than its card (``.chart-scroll``), where the arrow keys move it.
    """
    if isinstance(figure, go.Figure) and separators() != ".,":
        figure.update_layout(separators=separators())
    head: list[Component] = [html.H3(title, className="card-title")]
    if subtitle:
        head.append(html.Div(subtitle, className="card-subtitle measure mt-1 small text-body-tertiary"))
    # dict ids can't be targets of aria-labelledby: the name is said outright.
    chart = html.Div(
        figure
        if isinstance(figure, Component)
        else dcc.Graph(
            id=id,
            figure=figure,
            config=_config(tools),
            responsive=True,
            style={"height": f"{height}px"},
            className="chart-plot",
        ),
        className="chart-frame",
        role="figure",
        # The room is there before the chart is, so that nothing below moves when it comes.
        style=None if isinstance(figure, Component) else {"minHeight": f"{height}px"},
        **({"tabIndex": 0} if scrolls else {}),
        **{"aria-label": ". ".join(filter(None, (title, subtitle)))},
    )
    said = [
        text
        for text in (None if n is None else f"n = {counted(n, unit.removesuffix('s'), unit)}", note)
        if text
    ]
    parts: list[Any] = [html.Div(head, className="chart-words mb-2")]
    if table is not None:
        parts.append(_twin(title, table, height))
    parts.append(chart)
    if said:
        parts.append(
            html.Div(
                [html.Span(text) for text in said],
                className="chart-note d-flex flex-wrap column-gap-3 mt-2 smaller text-body-tertiary",
            )
        )
    return html.Div(parts, className="card chart-card")


def _config(tools: Sequence[str]) -> dict[str, Any]:
    if not tools:
        return CONFIG
    unwanted = [tool for tool in (*_TOOLS, "toImage") if tool not in tools]
    return {**CONFIG, "displayModeBar": True, "modeBarButtonsToRemove": unwanted}


def _twin(title: str, table: Mapping[str, Sequence[Any]], height: int) -> Component:
    """Return the table that takes the chart's place while it is open (``20-components.css``)."""
    columns, rows = list(table["columns"]), [list(row) for row in table["rows"]]
    numeric = {
        place
        for place in range(len(columns))
        if any(_is_number(row[place]) for row in rows) and all(_is_number(row[place], True) for row in rows)
    }
    told = {
        "caption": title,
        "columns": columns,
        "numeric": sorted(numeric),
        "rows": [[str(_cell(cell)) for cell in row] for row in rows],
    }
    return html.Details(
        [
            html.Summary(
                [
                    html.Span("Show as table", className="chart-to-table"),
                    html.Span("Show as chart", className="chart-to-plot"),
                    html.Span(f": {title}", className="visually-hidden"),
                ],
                className="chart-toggle position-absolute smaller fw-medium list-unstyled rounded",
            ),
            # Drawn by ``assets/js/tables.js`` when it is opened: a page of charts has thousands of cells,
            # and as components each of them would slow down every change of the page.
            html.Div(
                className="chart-table",
                style={"maxHeight": f"{height}px"},
                **{"data-table": json.dumps(told)},
            ),
        ],
        className="chart-twin",
    )


def _cell(cell: object) -> object:
    if cell is None or (_is_number(cell) and not isinstance(cell, str)):
        return number(cast("float | None", cell))
    return cell


def _is_number(cell: object, blank: bool = False) -> bool:
    """Tell whether a cell is a number, or text that is one with a unit."""
    if cell is None or cell == "–":
        return blank
    if isinstance(cell, bool):
        return False
    if isinstance(cell, str):
        return cell.lstrip("−-+<>€$£¥ ")[:1].isdigit() and "–" not in cell and " to " not in cell
    return isinstance(cell, (int, float)) or hasattr(cell, "__float__")
