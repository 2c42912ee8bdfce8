"""Why there are so many clusters: how each number of them did, the rule that chose, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, decimals, number, percent
from components.base.graph import graph
from components.base.layout import button, kpi, kpi_row, section
from components.base.theme import MUTED
from components.figures.models_early import clustering_figure
from components.shared.model_links import model_link
from core.bundle.repository import Manifest
from core.results.sources import Source

#: Ids of this component.
WHY = "clusters-why"
RENAME = "clusters-rename"

TITLE = "Why this many clusters"
HEIGHT = 300


def why(*, source: Source, manifest: Manifest | None) -> Component:
    """Return the section; ``manifest`` is of the bundle that scored the source, None if it is gone."""
    if manifest is None:
        return section(
            html.P(
                f"The model “{source.bundle}” that scored these sessions was deleted or retrained. Score the "
                "export again to see how its clusters were chosen.",
                className="clusters-hint empty-state p-3 small text-body-tertiary",
            ),
            title=TITLE,
        )
    tried, chosen = candidates(manifest), int(manifest.clustering.get("k") or len(manifest.clusters))
    parts = [_figures(manifest, tried, chosen)]
    if tried:
        parts.insert(0, _chart(tried, chosen))
    return section(
        html.Div(parts, className="clusters-why columns"),
        title=TITLE,
        subtitle=html.Span([reason(manifest), " Chosen when ", model_link(source.bundle), " was trained."]),
        actions=[
            button("Rename clusters", id=RENAME),
            button(
                "Choose the number yourself",
                href=train_address(source, chosen),
                title="Train a model with the number of clusters you choose",
            ),
        ],
    )


def reason(manifest: Manifest) -> str:
    """Say in a sentence why there are so many."""
    told = manifest.clustering
    if told.get("reason"):
        return str(told["reason"])
    n = len(manifest.clusters)
    if told.get("chosen_by") == "hand":
        return f"Set to {n} manually."
    return f"Of the numbers tried, {n} separates visits best; which were stable wasn't recorded."


def candidates(manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the numbers of clusters that were tried, fewest first."""
    told = list(manifest.clustering.get("candidates") or ())
    if not told:
        # Models of older versions kept only how well each number separates visits.
        silhouettes = manifest.curves.get("silhouettes") or {}
        told = [{"k": int(k), "silhouette": value} for k, value in silhouettes.items()]
    return sorted(told, key=lambda row: int(row["k"]))


def train_address(source: Source, k: int) -> str:
    """Return where a model with a number of clusters of one's own is trained."""
    dataset = {"dataset": source.dataset_id} if source.dataset_id else {}
    return f"/train?{urlencode({**dataset, 'clusters': k})}"


def _chart(tried: Sequence[Mapping[str, Any]], chosen: int) -> Component:
    stable = any(row.get("stability") is not None for row in tried)
    return graph(
        id=WHY,
        figure=_marked(clustering_figure(candidates=tried, chosen=chosen), tried, chosen),
        title="How each number of clusters performed",
        subtitle=(
            "Separation: how much closer visits are to their own cluster than to the next. "
            "Stability: how similar the clusters are when found again in other samples of the same visits; "
            "stable from 0.8"
            if stable
            else "Separation: how much closer visits are to their own cluster than to the next"
        ),
        table={
            "columns": ["Clusters", "Separation (silhouette)", "Stability", "Smallest cluster"],
            "rows": [
                [
                    f"{row['k']}{' (chosen)' if row['k'] == chosen else ''}",
                    _with_interval(row, "silhouette"),
                    _with_interval(row, "stability"),
                    percent(row.get("smallest")),
                ]
                for row in tried
            ],
        },
        height=HEIGHT,
        n=tried[0].get("n"),
        note=f"{number(tried[0]['resamples'])} resamples; lines through the points are 95% intervals"
        if stable and tried[0].get("resamples")
        else None,
        unit="sessions",
    )


def _marked(figure: go.Figure, tried: Sequence[Mapping[str, Any]], chosen: int) -> go.Figure:
    """Draw a line where the chosen number is."""
    places = [int(row["k"]) for row in tried]
    if chosen in places:
        figure.add_vline(
            x=places.index(chosen),
            line={"dash": "dot", "width": 1.5, "color": MUTED},
            annotation_text=f"{chosen} chosen",
            # Away from the legend, and from the lines, which seldom come down there.
            annotation_position="bottom right" if chosen != places[-1] else "bottom left",
        )
    return figure


def _figures(manifest: Manifest, tried: Sequence[Mapping[str, Any]], chosen: int) -> Component:
    """Return how good the clusters are: on sessions not learned from, and on samples drawn anew."""
    told = manifest.metrics.get("clusters", {})
    row = next((row for row in tried if int(row["k"]) == chosen), {})
    stability = {
        "value": row.get("stability"),
        "low": row.get("stability_low"),
        "high": row.get("stability_high"),
    }
    return html.Div(
        kpi_row(
            kpi(
                "Silhouette",
                _score(told.get("silhouette")),
                _interval(told.get("silhouette"), "sessions"),
            ),
            kpi(
                "Davies–Bouldin index",
                _score(told.get("davies_bouldin")),
                _interval(told.get("davies_bouldin"), "sessions"),
            ),
            kpi(
                "Stability",
                _score(stability),
                _interval(stability | {"n": row.get("resamples")}, "samples"),
            ),
        ),
    )


def _with_interval(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return NOTHING
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    text = decimals(value, 2)
    return text if low is None or high is None else f"{text} ({decimals(low, 2)} to {decimals(high, 2)})"


def _score(figure: Mapping[str, Any] | None) -> str:
    value = (figure or {}).get("value")
    return decimals(value, 3)


def _interval(figure: Mapping[str, Any] | None, unit: str) -> str:
    told = figure or {}
    if told.get("value") is None:
        return "not measured for this model"
    n = f"n\u00a0=\u00a0{number(told.get('n'))} {unit}" if told.get("n") else ""
    if told.get("low") is None:
        return n
    return f"{decimals(told['low'], 3)} to {decimals(told['high'], 3)}{', ' if n else ''}{n}"
