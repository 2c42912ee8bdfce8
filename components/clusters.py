"""The clusters page put together: the source, the map beside the list, and what the other parts add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import figures_clusters as figures
from components.clusters_compare import CONVERSION, REVENUE, SIZES, cluster_names, comparison, profile
from components.clusters_detail import DETAIL, detail, dot
from components.clusters_only import clusters_only_notice
from components.clusters_rename import rename_dialog
from components.clusters_why import why
from components.format import date, number, percent
from components.graph import graph
from components.layout import badge, banner, empty_state, page, synthetic_badge
from core.analysis.clusters import ClusterView, Outcomes
from core.analysis.sources import Source
from core.bundle import ClusterNote, Manifest
from core.sessions import FIELD

PATH = "/clusters"

#: Ids of this component. ``SHOWN`` holds the id of the source on the page, ``SELECTED`` the cluster's.
SOURCE = "clusters-source"
OPEN = "clusters-open"
SHOWN = "clusters-shown"
SELECTED = "clusters-selected"
STATE = "clusters-state"
MAP = "clusters-map"
ITEM = "clusters-item"
BODY = "clusters-body"

#: Charts in which a click selects a cluster.
CLICKED = (MAP, SIZES, CONVERSION, REVENUE)


def item_id(cluster_id: int) -> dict[str, Any]:
    """Return the id of a cluster's entry in the list."""
    return {"type": ITEM, "cluster": cluster_id}


def selection(cluster_id: int | None) -> dict[str, int | None]:
    """Return what ``SELECTED`` holds; never plain nothing, which a store takes for a change when it loads."""
    return {"cluster": cluster_id}


def clusters_page(
    *,
    sources: Sequence[Source],
    source: Source,
    view: ClusterView,
    manifest: Manifest | None,
    selected: int | None,
    notes: Sequence[str] = (),
) -> Component:
    """Return the whole page for one source, with one cluster selected or none.

    ``manifest`` is of the bundle that scored the source, None if that is gone.
    """
    return page(
        dcc.Store(id=SHOWN, data=source.id),
        dcc.Store(id=SELECTED, data=selection(selected)),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *([banner("warning", "Not everything in this link could be used", " ".join(notes))] if notes else []),
        html.Div(
            clusters_body(source=source, view=view, manifest=manifest, selected=selected),
            id=BODY,
            className="clusters-body",
        ),
        # Outside of what is drawn anew once names are saved.
        *([rename_dialog(bundle=source.bundle, notes=cluster_notes(manifest))] if manifest else []),
        title="Clusters",
        subtitle="The kinds of visit the model tells apart, and what becomes of each.",
        actions=_picker(sources, source),
    )


def clusters_body(
    *,
    source: Source,
    view: ClusterView,
    manifest: Manifest | None,
    selected: int | None,
    renamed: bool = False,
) -> list[Component]:
    """Return what depends on the clusters' names; ``renamed`` says that they have just been saved."""
    outcomes = view.outcomes()
    line = _source_line(source, outcomes)
    if not outcomes.clusters:
        nothing = "This source holds no scored sessions. Choose another one."
        return [line, empty_state("No sessions here", nothing)]
    said = sentences(manifest)
    predicts = any(share is not None for share in view.points()["purchase_probability"])
    return [
        *(
            [banner("success", "The new names are saved", f"In the model “{source.bundle}”.")]
            if renamed
            else []
        ),
        line,
        *([] if predicts else [clusters_only_notice(bundle=source.bundle)]),
        _overview(view, outcomes, said, selected),
        html.Div(detail(source=source, view=view, sentences=said, selected=selected), id=DETAIL),
        comparison(outcomes=outcomes, currency=source.currency),
        profile(view=view, outcomes=outcomes, currency=source.currency),
        # Where the dialog was opened from, and people look.
        *([_saved(source)] if renamed else []),
        why(source=source, manifest=manifest),
    ]


def _saved(source: Source) -> Component:
    return banner("success", "The new names are saved", f"They are kept in the model “{source.bundle}”.")


def cluster_notes(manifest: Manifest | None) -> dict[int, ClusterNote]:
    """Return each cluster's name and sentence, by id."""
    return dict(enumerate(manifest.clusters)) if manifest else {}


def sentences(manifest: Manifest | None) -> dict[int, str]:
    """Return what is said of each cluster, by id."""
    return {number: note.sentence for number, note in cluster_notes(manifest).items()}


def names(manifest: Manifest | None) -> dict[int, str]:
    """Return what each cluster is called now, by id."""
    return {number: note.name for number, note in cluster_notes(manifest).items()}


def item_class(cluster_id: int, selected: int | None) -> str:
    """Return the class of a cluster's entry in the list."""
    return "clusters-item clusters-item-selected" if cluster_id == selected else "clusters-item"


def axis_words(view: ClusterView) -> tuple[str, str]:
    """Say what grows along the map's horizontal and vertical axis, with an arrow the way it grows."""
    titles = []
    for axis in view.axes():
        words = ", ".join(_lower(FIELD[name].label) for name in axis.features)
        towards = f"more: {words} →" if axis.rising else f"← more: {words}"
        titles.append(towards if words else "")
    return titles[0], titles[1]


def _picker(sources: Sequence[Source], source: Source) -> Component:
    options = [{"label": _option(known), "value": known.id} for known in sources]
    if source.id not in {known.id for known in sources}:
        options.append({"label": _option(source), "value": source.id})
    return html.Div(
        [
            html.Label("Sessions of", htmlFor=SOURCE, className="clusters-picker-label"),
            dbc.Select(id=SOURCE, options=options, value=source.id, size="sm"),
        ],
        className="clusters-picker",
    )


def _option(source: Source) -> str:
    return f"{source.name} · {date(source.made)}" if source.made else source.name


def _source_line(source: Source, outcomes: Outcomes) -> Component:
    told = {
        (True, True): "",
        (True, False): "It tells who bought, but not what was paid: revenue is what the model expects.",
        (False, True): "It doesn't tell who bought: conversion is the average predicted probability.",
        (False, False): "It doesn't tell who bought: conversion and revenue are predicted.",
    }[outcomes.conversion_observed, outcomes.revenue_observed]
    if outcomes.conversion is None or (not outcomes.revenue_observed and not _any_revenue(outcomes)):
        # Nothing is predicted, by a model that knows clusters only; the page says so above.
        told = ""
    return html.Div(
        [
            html.Span(source.description),
            *([synthetic_badge()] if source.synthetic else []),
            *([badge("predicted", "info"), html.Span(told)] if told and outcomes.clusters else []),
        ],
        className="clusters-source-line",
    )


def _any_revenue(outcomes: Outcomes) -> bool:
    return any(cluster.revenue is not None for cluster in outcomes.clusters)


def _overview(
    view: ClusterView, outcomes: Outcomes, sentences: Mapping[int, str], selected: int | None
) -> Component:
    points, names = view.points(), cluster_names(outcomes)
    drawn = len(points["session_id"])
    horizontal, vertical = axis_words(view)
    return html.Div(
        [
            graph(
                id=MAP,
                figure=figures.map_figure(
                    points=points, names=names, selected=selected, horizontal=horizontal, vertical=vertical
                ),
                title="Map of sessions",
                subtitle="Each dot is a session; close together means alike. Click one to choose its cluster",
                table=_map_table(points, names),
                height=_map_height(outcomes),
                n=drawn,
                note=_map_note(drawn, outcomes.n),
            ),
            cluster_list(outcomes=outcomes, sentences=sentences, selected=selected),
        ],
        className="clusters-overview",
    )


def cluster_list(*, outcomes: Outcomes, sentences: Mapping[int, str], selected: int | None) -> Component:
    """Return the clusters as a list to choose from, largest first."""
    what = "bought" if outcomes.conversion_observed else "predicted to buy"
    conversion = outcomes.conversion is not None
    entries = [
        html.Button(
            [
                html.Span(className="clusters-dot", style=dot(cluster.cluster_id)),
                html.Span(cluster.name, className="clusters-item-name"),
                html.Span(
                    f"{percent(cluster.share, 0)} of sessions"
                    + (f" · {percent(cluster.conversion)} {what}" if conversion else ""),
                    className="clusters-item-facts",
                ),
                html.Span(sentences.get(cluster.cluster_id, ""), className="clusters-item-sentence"),
            ],
            id=item_id(cluster.cluster_id),
            type="button",
            className=item_class(cluster.cluster_id, selected),
        )
        for cluster in outcomes.clusters
    ]
    return html.Div(
        [html.H3(_counted(len(entries)), className="clusters-list-title"), *entries],
        className="card clusters-list",
        role="group",
        **{"aria-label": "Clusters"},
    )


def _counted(n: int) -> str:
    return "One cluster" if n == 1 else f"{n} clusters, largest first"


def _map_table(points: Mapping[str, Sequence[Any]], names: Mapping[int, str]) -> dict[str, Any]:
    rows = []
    for cluster_id, name in names.items():
        chances = [
            probability
            for found, probability in zip(points["cluster_id"], points["purchase_probability"], strict=True)
            if found == cluster_id
        ]
        known = [probability for probability in chances if probability is not None]
        if chances:
            rows.append([name, number(len(chances)), percent(sum(known) / len(known) if known else None)])
    columns = ["Cluster", "Dots on the map", "Average predicted probability"]
    if all(probability is None for probability in points["purchase_probability"]):
        return {"columns": columns[:2], "rows": [row[:2] for row in rows]}
    return {"columns": columns, "rows": rows}


def _map_height(outcomes: Outcomes) -> int:
    """Return how high the map must be to stand level with the list beside it, within reason."""
    return min(680, max(440, 92 * len(outcomes.clusters)))


def _map_note(drawn: int, n: int) -> str:
    sample = f"A fixed sample of {drawn:,} of {n:,} sessions. " if drawn < n else ""
    return (
        f"{sample}The two directions sum up all measures of a session; "
        "the words along each say what it mostly goes with."
    )


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
