"""Colours and chart templates: one palette, one template for light and one for dark.

The same colours as ``assets/css/00-tokens.css``; a test holds the two together. Figures are made
without a template and without fonts, backgrounds or grid colours of their own:
``assets/js/charts.js`` lays the template of the current theme over every chart.
"""

from __future__ import annotations

import json
from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio

#: Told apart by people with the common colour weaknesses, and visible on white and on near-black.
CLUSTER_COLOURS: tuple[str, ...] = (
    "#1c6cdd",
    "#cda205",
    "#1aa472",
    "#af5ba2",
    "#24aff7",
    "#b63104",
    "#908901",
    "#7937a4",
    "#9aa7b3",
    "#90355f",
)

#: The one accent: what can be clicked, what is selected, a chart's only series.
ACCENT = "#5661d9"
#: Good, bad, and neither; blue-green against red-orange, so that nobody needs to tell green from red.
POSITIVE = "#0f8f74"
NEGATIVE = "#cf4a26"
MUTED = "#8a909c"

#: From little to much, visible on white and on near-black; blue and orange, for people who see no red.
SEQUENCE: tuple[str, ...] = ("#3d6be0", "#8d5fd0", "#d4568f", "#ee8226")

FONT = "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

#: Where the templates are kept for the browser.
TEMPLATES_FILE = Path(__file__).resolve().parents[2] / "assets" / "js" / "10-chart-templates.js"


def _template(*, ink: str, quiet: str, grid: str, axis: str, surface: str, raised: str) -> go.layout.Template:
    axis_style = {
        "gridcolor": grid,
        "linecolor": axis,
        "zerolinecolor": axis,
        "zerolinewidth": 1,
        "tickcolor": axis,
        "ticks": "",
        "ticklabelstandoff": 4,
        "automargin": True,
        "tickfont": {"color": quiet, "size": 12},
        "title": {"font": {"color": quiet, "size": 12}, "standoff": 8},
    }
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": ink},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=[ACCENT, *CLUSTER_COLOURS[1:]],
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        xaxis={**axis_style, "showgrid": False},
        yaxis=axis_style,
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.02,
            "x": 0,
            "font": {"color": quiet, "size": 12},
            "bgcolor": "rgba(0,0,0,0)",
        },
        hoverlabel={
            "bgcolor": raised,
            "bordercolor": axis,
            "font": {"family": FONT, "size": 12, "color": ink},
            "align": "left",
        },
        annotationdefaults={"font": {"color": quiet, "size": 12}},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": quiet, "activecolor": ink},
        bargap=0.2,
        hovermode="closest",
        dragmode=False,
        separators=".,",
    )
    data = {
        "bar": [
            {
                "marker": {"line": {"width": 0}, "cornerradius": 2},
                "error_x": {"color": ink},
                "error_y": {"color": ink},
            }
        ],
        "pie": [{"marker": {"line": {"color": surface, "width": 1}}}],
        "heatmap": [{"textfont": {"color": ink}}],
        "scatter": [{"line": {"width": 2}, "marker": {"line": {"width": 0}}}],
    }
    return go.layout.Template(layout=layout, data=data)


TEMPLATE_LIGHT = _template(
    ink="#1b1d23", quiet="#5f6672", grid="#eceef1", axis="#d5d9df", surface="#ffffff", raised="#ffffff"
)
TEMPLATE_DARK = _template(
    ink="#e8eaee", quiet="#a0a7b4", grid="#262a31", axis="#3a3f49", surface="#17191d", raised="#23262c"
)

# A figure carries no template of its own; the browser lays the current one over it.
pio.templates.default = None


def templates_script() -> str:
    """Return the script that hands both templates to the browser."""
    templates = {"light": TEMPLATE_LIGHT.to_plotly_json(), "dark": TEMPLATE_DARK.to_plotly_json()}
    written = json.dumps(templates, sort_keys=True, default=lambda part: part.to_plotly_json())
    return (
        "// The chart templates of components/base/theme.py; written by `python -m components.base.theme`.\n"
        f"window.predictorChartTemplates = {written};\n"
    )


if __name__ == "__main__":
    TEMPLATES_FILE.write_text(templates_script(), encoding="utf-8")
