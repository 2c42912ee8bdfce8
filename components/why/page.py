"""The reasons page of a result put together: findings, what counts, how it spreads, one feature in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.icons import icon
from components.base.layout import button, page, synthetic_badge
from components.results.filters import ALL_FILTERS, removed, said
from components.shared.clusters_only import clusters_only_notice
from components.shared.model_links import model_link
from components.shared.reasons import Target
from components.shared.result_tabs import result_tabs, tab_address
from components.shared.trust import doubt_badge
from components.why.body import STRONGEST
from core.results.filters import Filters
from core.results.trust import doubt_of
from core.results.view import ResultView

if TYPE_CHECKING:
    from core.storage import Result

#: Ids of this component. ``ORIGIN`` holds what the address said (result, filters, feature, colour),
#: ``STATE`` the whole address as it is.
ORIGIN = "why-origin"
STATE = "why-state"
TARGET = "why-target"
CHIPS = "why-chips"
BODY = "why-body"

TARGETS: dict[Target, str] = {"purchase": "Purchase", "revenue": "Revenue"}
DEFAULT_TARGET: Target = "purchase"


def why_page(
    *,
    result: Result,
    route: str,
    view: ResultView,
    filters: Filters,
    asked: Mapping[str, str],
    notes: Sequence[str] = (),
) -> Component:
    """Return the page; its charts come when they are found.

    Parameters
    ----------
    route
        The result's id as the address has it (or "latest").
    asked
        ``target``, ``feature`` and ``colour`` as the address has them; those that it has.
    notes
        What the address asked for and can't be had.
    """
    head: dict[str, Any] = {
        "title": result.dataset_name,
        "subtitle": html.Div(
            [
                html.Span(["What drives these predictions. Scored with ", model_link(result.bundle), "."]),
                *([synthetic_badge()] if result.synthetic else []),
                *doubt_badge(doubt_of(result)),
            ],
            className="results-subtitle hstack flex-wrap gap-2",
        ),
        "actions": button("Back to result", href=overview(result.id, filters), icon="arrow-left"),
    }
    tabs = result_tabs(result_id=result.id, active="why")
    if "purchase_probability" not in view.told:
        return page(tabs, clusters_only_notice(bundle=result.bundle, basis=result.basis), **head)
    target = asked.get("target", DEFAULT_TARGET)
    more = page_arguments(target, asked.get("feature"), asked.get("colour"))
    found = chips(result=result, clusters=view.cluster_names, filters=filters, more=more)
    origin = {"result": result.id, "route": route, "filters": filters.only_filters().to_query(), **asked}
    return page(
        dcc.Store(id=ORIGIN, data=origin),
        dcc.Store(id=STATE),
        tabs,
        *[html.P(note, className="mb-0 small text-warning-emphasis", role="status") for note in notes],
        html.Div(
            [
                _targets(target, revenue=amounts_told(view)),
                html.Div(
                    found,
                    id=CHIPS,
                    className="hide-empty hstack flex-wrap gap-2",
                    role="group",
                    **{"aria-label": "Sessions to explain"},
                ),
            ],
            className="hstack flex-wrap gap-2 justify-content-between",
        ),
        html.Div(_waiting(), id=BODY, className="fades vstack gap-3"),
        **head,
    )


def amounts_told(view: ResultView) -> bool:
    """Tell whether revenue was predicted."""
    return "revenue_if_purchase" in view.told


def overview(result_id: str, filters: Filters) -> str:
    """Return where the result's overview is, with the same filters."""
    query = filters.only_filters().to_query()
    return f"/results/{quote(result_id)}{'?' + query if query else ''}"


def page_arguments(
    target: str | None, feature: str | None, colour: str | None, first: str | None = None
) -> str:
    """Return what the page itself adds to the address: nothing of what it shows anyway.

    ``first`` is the feature it shows unless one is chosen.
    """
    told = {
        "target": target if target != DEFAULT_TARGET else None,
        "feature": feature if feature != first else None,
        "colour": colour if colour != STRONGEST else None,
    }
    return urlencode({name: value for name, value in told.items() if value})


def query_of(filters: str, arguments: str) -> str:
    """Return the page's whole query."""
    return "&".join(part for part in (arguments, filters) if part)


def chips(*, result: Result, clusters: Mapping[int, str], filters: Filters, more: str) -> list[Component]:
    """Return which sessions are meant: a chip for each filter leads to the page without it.

    ``more`` is what else is in the page's address.
    """
    found = said(filters, dict(clusters), result.currency)
    where = tab_address("why", result.id)

    def without(name: str) -> str:
        query = query_of(removed(filters, name).only_filters().to_query(), more)
        return f"{where}{'?' + query if query else ''}"

    if not found:
        choose = dcc.Link("Filter on the result page", href=overview(result.id, filters))
        return [
            html.Span(
                ["All sessions of the result. ", choose, "."], className="why-all small text-body-tertiary"
            )
        ]
    return [
        html.Span("Only sessions with", className="why-all small text-body-tertiary"),
        *(
            dcc.Link(
                [html.Span(text, className="text-truncate"), icon("x", size=12)],
                href=without(name),
                className="chip",
                title=f"Remove the filter “{text}”",
            )
            for name, text in found
        ),
        dcc.Link("Clear all", href=without(ALL_FILTERS), className="btn btn-link btn-sm"),
    ]


def _targets(target: str, *, revenue: bool) -> Component:
    return html.Div(
        [
            html.Span("Reasons for", className="small fw-medium text-body-tertiary text-nowrap"),
            dbc.RadioItems(
                id=TARGET,
                options=[
                    {"label": label, "value": name, "disabled": name == "revenue" and not revenue}
                    for name, label in TARGETS.items()
                ],
                value=target,
                inline=True,
                class_name="d-flex",
            ),
        ],
        className="hstack gap-2",
        role="group",
        **{"aria-label": "Reasons for"},
    )


def _waiting() -> Component:
    return html.Div(
        [
            html.P(
                "Finding what drives the predictions …", className="why-waiting mb-0 small text-body-tertiary"
            ),
            dbc.Card(className="why-skeleton bg-body-secondary why-skeleton-low"),
            html.Div(
                [
                    dbc.Card(className="why-skeleton bg-body-secondary"),
                    dbc.Card(className="why-skeleton bg-body-secondary"),
                ],
                className="cards-lg clickable",
            ),
        ],
        className="fades vstack gap-3",
        role="status",
    )
