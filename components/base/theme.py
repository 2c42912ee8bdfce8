"""Colours and chart templates: one palette, one template for light and one for dark.

The colours are those of ``assets/css/00-tokens.css``. Figures are made without a template and without
fonts, backgrounds or grid colours of their own: ``assets/js/charts.js`` lays the template of the current
theme over every chart.
"""

from __future__ import annotations

import json

import plotly.graph_objects as go
import plotly.io as pio

from core.base.settings import ROOT
from core.base.tokens import tokens

#: Where the templates are kept for the browser.
TEMPLATES_FILE = ROOT / "assets" / "js" / "10-chart-templates.js"

_LIGHT, _DARK = tokens()

#: Told apart by people with the common colour weaknesses, and visible on white and on near-black.
CLUSTER_COLOURS: tuple[str, ...] = tuple(_LIGHT[f"cluster-{place}"] for place in range(10))
#: The one accent: what can be clicked, what is selected, a chart's only series.
ACCENT = _LIGHT["bs-primary"]
#: Good, bad, and neither; blue-green against red-orange, so that nobody needs to tell green from red.
POSITIVE, NEGATIVE, MUTED = (_LIGHT[f"chart-{tone}"] for tone in ("positive", "negative", "muted"))
#: From little to much, visible on white and on near-black; blue and orange, for people who see no red.
SEQUENCE: tuple[str, ...] = tuple(_LIGHT[f"sequence-{place}"] for place in range(4))

FONT = _LIGHT["bs-font-sans-serif"].replace('"', "'")


def _template(token: dict[str, str]) -> go.layout.Template:
    ink, quiet = token["bs-body-color"], token["bs-tertiary-color"]
    grid, axis = token["chart-grid"], token["line-strong"]
    surface, raised = token["bs-body-bg"], token["surface-raised"]
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


TEMPLATE_LIGHT, TEMPLATE_DARK = _template(_LIGHT), _template(_DARK)

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
