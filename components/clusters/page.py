"""The clusters page put together: the source, its views as tabs, and the view that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import percent
from components.base.layout import badge, banner, empty_state, page, synthetic_badge
from components.clusters.crossed import where_and_when
from components.clusters.detail import DETAIL, cluster_dot, detail
from components.clusters.drawn_area import area_detail
from components.clusters.number_of_clusters import why
from components.clusters.over_time import clusters_over_time
from components.clusters.pair import two_compared
from components.clusters.rename import rename_dialog
from components.clusters.session_map import session_map
from components.clusters.side_by_side import CONVERSION, REVENUE, SIZES, cluster_names, comparison, profile
from components.clusters.state import VIEWS, Choice
from components.clusters.typical_journey import typical_journey
from components.shared.clusters_only import clusters_only_notice
from components.shared.drawn import DESCRIBED, described
from components.shared.result_tabs import result_tabs
from components.shared.source_picker import source_picker
from components.shared.trust import doubt_badge
from core.bundle.repository import ClusterNote, Manifest
from core.results.clusters.profiles import ClusterView, Outcomes
from core.results.sources import Source
from core.results.trust import doubt_of_source

PATH = "/clusters"

#: Ids of this component. ``SHOWN`` holds the id of the source on the page, ``VIEW`` the view that is open,
#: ``SELECTED`` the cluster or the area of the map, ``FRAME`` the part of the map that is seen, ``DRAWN`` what
#: the view was drawn for.
SOURCE = "clusters-source"
OPEN = "clusters-open"
SHOWN = "clusters-shown"
VIEW = "clusters-view"
SELECTED = "clusters-selected"
FRAME = "clusters-frame"
DRAWN = "clusters-drawn"
STATE = "clusters-state"
NAV = "clusters-views"
ITEM = "clusters-item"
BODY = "clusters-body"
PART = "clusters-part"

#: Charts in which a click opens a cluster.
CLICKED = (SIZES, CONVERSION, REVENUE)


def item_id(cluster_id: int) -> dict[str, Any]:
    """Return the id of a cluster's entry in the list."""
    return {"type": ITEM, "cluster": cluster_id}


def selection(cluster_id: int | None, area: str = "") -> dict[str, Any]:
    """Return what ``SELECTED`` holds; never plain nothing, which a store takes for a change when it loads."""
    return {"cluster": cluster_id, "area": area}


def clusters_page(
    *,
    sources: Sequence[Source],
    source: Source,
    view: ClusterView,
    manifest: Manifest | None,
    choice: Choice,
    notes: Sequence[str] = (),
) -> Component:
    """Return the whole page for one source.

    ``manifest`` is of the bundle that scored the source, None if that is gone.
    """
    return page(
        dcc.Store(id=SHOWN, data=source.id),
        dcc.Store(id=VIEW, data=choice.view),
        dcc.Store(id=SELECTED, data=selection(choice.cluster, choice.area)),
        dcc.Store(id=FRAME, data=choice.frame),
        dcc.Store(id=DRAWN, data=choice.query(source.id)),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *([] if source.is_training else [result_tabs(result_id=source.id, active="clusters")]),
        *([banner("warning", "Parts of this link couldn't be used", " ".join(notes))] if notes else []),
        html.Div(
            clusters_body(source=source, view=view, manifest=manifest, choice=choice),
            id=BODY,
            className="vstack gap-4",
            disable_n_clicks=True,
        ),
        # Outside of what is drawn anew once names are saved.
        *([rename_dialog(bundle=source.bundle, notes=cluster_notes(manifest))] if manifest else []),
        title="Clusters",
        subtitle="The kinds of visit the model distinguishes, and how each performs.",
        actions=source_picker(id=SOURCE, sources=sources, source=source),
    )


def clusters_body(
    *,
    source: Source,
    view: ClusterView,
    manifest: Manifest | None,
    choice: Choice,
    renamed: bool = False,
) -> list[Component]:
    """Return what depends on the clusters' names; ``renamed`` says that they have just been saved."""
    outcomes = view.outcomes()
    line = _source_line(source, outcomes)
    if not outcomes.clusters:
        nothing = "There are no scored sessions here. Choose another source."
        return [line, empty_state("No sessions here", nothing)]
    saved = banner("success", "Names saved", f"Saved in the model “{source.bundle}”.")
    return [
        *([saved] if renamed else []),
        line,
        *([] if view.predicts else [clusters_only_notice(bundle=source.bundle, basis=source.basis)]),
        html.Nav(
            view_tabs(source_id=source.id, choice=choice),
            id=NAV,
            className="nav nav-pills",
            **{"aria-label": "Views of the clusters"},
        ),
        html.Div(
            part(source=source, view=view, manifest=manifest, choice=choice),
            id=PART,
            className="vstack gap-4",
            # A click on the map passes here; Dash would look at the whole page for each.
            disable_n_clicks=True,
        ),
    ]


def view_tabs(*, source_id: str, choice: Choice) -> list[Component]:
    """Return the views as links; what is chosen goes along."""
    tabs: list[Component] = []
    for name, label in VIEWS.items():
        if name == choice.view:
            tabs.append(html.Span(label, className="nav-link active", **{"aria-current": "page"}))
        else:
            href = f"{PATH}?{choice.having(view=name).query(source_id)}"
            tabs.append(dcc.Link(label, href=href, className="nav-link"))
    return tabs


def part(*, source: Source, view: ClusterView, manifest: Manifest | None, choice: Choice) -> list[Component]:
    """Return the view that is open; nothing of the others is asked for."""
    outcomes = view.outcomes()
    if choice.view == "all":
        return [
            comparison(outcomes=outcomes, currency=source.currency),
            profile(view=view, outcomes=outcomes, currency=source.currency),
        ]
    if choice.view == "two":
        return [two_compared(source=source, view=view, choice=choice)]
    if choice.view == "time":
        return [clusters_over_time(source=source, view=view, choice=choice)]
    if choice.view == "where":
        return [where_and_when(source=source, view=view, choice=choice)]
    if choice.view == "path":
        return [typical_journey(source=source, view=view, choice=choice)]
    if choice.view == "why":
        return [why(source=source, manifest=manifest)]
    said = sentences(manifest)
    return [
        html.Div(
            [
                session_map(source=source, view=view, outcomes=outcomes, choice=choice),
                cluster_list(outcomes=outcomes, sentences=said, selected=choice.cluster),
            ],
            className="clusters-overview columns columns-wide",
        ),
        html.Div(
            id=DETAIL,
            **{
                DESCRIBED: described(
                    selected_detail(source=source, view=view, manifest=manifest, choice=choice)
                )
            },
        ),
    ]


def selected_detail(
    *, source: Source, view: ClusterView, manifest: Manifest | None, choice: Choice
) -> Component:
    """Return what is chosen on the map in depth: an area, or a cluster."""
    if choice.area:
        return area_detail(source=source, names=cluster_names(view.outcomes()), area=choice.area)
    return detail(source=source, view=view, sentences=sentences(manifest), selected=choice.cluster)


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


def _source_line(source: Source, outcomes: Outcomes) -> Component:
    told = {
        (True, True): "",
        (True, False): "Amounts are missing from this file, so revenue is what the model expects.",
        (
            False,
            True,
        ): "Purchases are missing from this file, so conversion is the average predicted probability.",
        (False, False): "Purchases are missing from this file, so conversion and revenue are predicted.",
    }[outcomes.conversion_observed, outcomes.revenue_observed]
    if outcomes.conversion is None or (not outcomes.revenue_observed and not _any_revenue(outcomes)):
        # Nothing is predicted, by a model that knows clusters only; the page says so above.
        told = ""
    return html.Div(
        [
            html.Span(source.description),
            *([synthetic_badge()] if source.synthetic else []),
            *doubt_badge(doubt_of_source(source)),
            *([badge("predicted", "info"), html.Span(told)] if told and outcomes.clusters else []),
        ],
        className="d-flex flex-wrap gap-2 align-items-baseline small text-body-secondary",
    )


def _any_revenue(outcomes: Outcomes) -> bool:
    return any(cluster.revenue is not None for cluster in outcomes.clusters)


def cluster_list(*, outcomes: Outcomes, sentences: Mapping[int, str], selected: int | None) -> Component:
    """Return the clusters as a list to choose from, largest first."""
    what = "bought" if outcomes.conversion_observed else "likely buyers"
    conversion = outcomes.conversion is not None
    entries = [
        html.Button(
            [
                cluster_dot(cluster.cluster_id),
                html.Span(cluster.name, className="clusters-item-name fw-medium"),
                html.Span(
                    f"{percent(cluster.share, 0)} of sessions"
                    + (f" · {percent(cluster.conversion)} {what}" if conversion else ""),
                    className="smaller text-body-secondary",
                ),
                html.Span(
                    sentences.get(cluster.cluster_id, ""),
                    className="smaller text-body-tertiary",
                ),
            ],
            id=item_id(cluster.cluster_id),
            type="button",
            className=item_class(cluster.cluster_id, selected),
        )
        for cluster in outcomes.clusters
    ]
    return html.Div(
        [html.H3(_counted(len(entries)), className="clusters-title"), *entries],
        className="card vstack p-1",
        role="group",
        **{"aria-label": "Clusters"},
    )


def _counted(n: int) -> str:
    return "One cluster" if n == 1 else f"{n} clusters, largest first"
