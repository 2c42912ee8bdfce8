"""Every chart: named, with its table and its n, without a cloud button."""

from __future__ import annotations

import json

import plotly.graph_objects as go
from dash import dcc, html

from components.base.graph import graph
from tests.components.reading import of_class, of_type, text

TABLE = {
    "columns": ["Cluster", "Sessions", "Share", "Interval"],
    "rows": [["Comparers", 1200, "48.0%", "47.0% to 49.0%"], ["Unknown", None, "–", "–"]],
}


def chart(**more: object):
    return graph(
        id={"type": "chart", "name": "size"},
        figure=go.Figure(go.Bar(y=[1])),
        title="Sessions",
        subtitle="By cluster",
        **more,
    )


def test_the_chart_keeps_its_id_and_offers_no_cloud() -> None:
    (plot,) = of_type(chart(), dcc.Graph)
    assert plot.id == {"type": "chart", "name": "size"}
    assert plot.config["showSendToCloud"] is False
    assert plot.config["displaylogo"] is False
    assert plot.responsive is True


def test_the_chart_has_a_name_for_those_who_cannot_see_it() -> None:
    (frame,) = of_class(chart(), "chart-frame")
    assert frame.role == "figure"
    assert getattr(frame, "aria-label") == "Sessions. By cluster"


def test_the_table_twin_says_the_same() -> None:
    shown = chart(table=TABLE, n=1234, note="Half are left out.")
    (twin,) = of_type(shown, html.Details)
    assert "Show as table" in text(twin)
    (place,) = of_class(twin, "chart-table")
    table = json.loads(getattr(place, "data-table"))
    assert table["columns"] == TABLE["columns"]
    assert table["rows"] == [["Comparers", "1,200", "48.0%", "47.0% to 49.0%"], ["Unknown", "–", "–", "–"]]
    assert table["numeric"] == [1, 2]
    (note,) = of_class(shown, "chart-note")
    assert text(note) == "n = 1,234 sessions Half are left out."
    (one,) = of_class(chart(n=1, unit="likely buyers"), "chart-note")
    assert text(one) == "n = 1 likely buyer"


def test_without_a_table_nothing_promises_one() -> None:
    assert not of_type(chart(), html.Details)
    assert not of_class(chart(), "chart-note")


def test_tools_are_only_those_asked_for() -> None:
    (plot,) = of_type(chart(tools=("lasso2d",)), dcc.Graph)
    assert plot.config["displayModeBar"] is True
    assert "lasso2d" not in plot.config["modeBarButtonsToRemove"]
    assert "zoom2d" in plot.config["modeBarButtonsToRemove"]
