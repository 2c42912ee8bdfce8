"""The results page put together: header, filters, figures, charts, table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import date, date_time, number
from components.base.layout import badge, banner, button, card, empty_state, page, section, synthetic_badge
from components.figures.results import MEASURES
from components.results.charts import charts
from components.results.drift import drift_notice
from components.results.filters import ALL_FILTERS, MEASURE, chip_id, chips, filter_bar
from components.results.kpis import headline, how_right
from components.results.table import session_grid
from components.results.threshold import THRESHOLD_SAYS, threshold_card, threshold_says
from components.shared.assumptions import assumptions_notice
from components.shared.clusters_only import clusters_only_notice
from components.shared.model_links import model_link, other_in_use, train_address
from components.shared.result_tabs import result_tabs
from core.ingest.base.assumptions import Assumption
from core.results.caveats import CLUSTERS_ONLY
from core.results.drift.records import Drift
from core.results.export import FORMATS
from core.results.filters import Filters
from core.results.sources import clock_of
from core.results.view import ResultView, Span
from core.storage import Result

PATH = "/results"

#: Ids of this component. ``RESULT`` holds the result's id as the address has it, ``QUERY`` the filters
#: and the measure as the address has them, ``SORT`` the table's order, ``STATE`` the whole address.
RESULT = "results-result"
QUERY = "results-query"
SORT = "results-sort"
STATE = "results-state"
CHIPS = "results-chips"
BODY = "results-body"
DOWNLOADS = "results-downloads"
REFRESHED = "results-refreshed"

DEFAULT_MEASURE = "sessions"
FORMAT_NAMES = {"csv": "CSV", "parquet": "Parquet", "xlsx": "Excel"}


def result_page(
    *,
    result: Result,
    route: str,
    view: ResultView,
    filters: Filters,
    measure: str,
    refused: int = 0,
    assumptions: Sequence[Assumption] = (),
    time_zone: str | None = None,
    in_use: str | None = None,
    drift: Drift | None = None,
) -> Component:
    """Return the page of a finished result.

    Parameters
    ----------
    route
        The result's id as the address has it (or "latest").
    refused
        Rows of the export that could not be used.
    assumptions
        What was taken for granted while it was read, worst first.
    time_zone
        What its hours and weekdays are in, where that is known.
    in_use
        The model exports are scored with now.
    drift
        How unlike its model's data it is, where that can be said.
    """
    span, query = view.span, page_query(filters, measure)
    head = {
        "title": result.dataset_name,
        "subtitle": _subtitle(result, span, time_zone),
        "actions": [
            *_train(result),
            html.Div(
                downloads(result_id=result.id, filters=filters, reasons=predicts(view)),
                id=DOWNLOADS,
                className="d-flex flex-wrap gap-2",
            ),
        ],
    }
    cannot = [clusters_only_notice(bundle=result.bundle)] if span.n and not predicts(view) else []
    read = assumptions_notice(assumptions)
    said = {made.text for made in assumptions}
    notes = [*cannot, *_notes(result, refused, in_use, said), read, drift_notice(drift=drift, result=result)]
    tabs = result_tabs(result_id=result.id, active="overview")
    if not span.n:
        nothing = empty_state(
            "No sessions in this export",
            "Nothing in the file made a session, so there is nothing to predict.",
            button("Look at the export", href=f"/upload/{result.dataset_id}"),
        )
        return page(tabs, *notes, nothing, title=result.dataset_name, subtitle=head["subtitle"])
    return page(
        dcc.Store(id=RESULT, data=route),
        dcc.Store(id=QUERY, data=query),
        dcc.Store(id=SORT, data=_sort(filters)),
        dcc.Store(id=STATE),
        dcc.Store(id=REFRESHED),
        tabs,
        *notes,
        html.Div(
            [
                filter_bar(view=view, filters=filters, measure=measure),
                html.Div(
                    chips(filters=filters, clusters=view.cluster_names, currency=result.currency),
                    id=CHIPS,
                    className="hide-empty hstack flex-wrap gap-2",
                    role="group",
                    **{"aria-label": "Active filters"},
                ),
            ],
            className="vstack gap-2",
        ),
        *_threshold(result, view, filters),
        html.Div(
            body(result=result, view=view, filters=filters, measure=measure),
            id=BODY,
            className="fades vstack gap-4",
        ),
        section(
            card(
                html.Div(session_grid(view=view, filters=filters, currency=result.currency)),
                flush=True,
            ),
            title="Sessions",
            subtitle=(
                "Every filtered session. Sort by a column's head (with Ctrl, by several), filter by its menu."
            ),
            id="sessions",
        ),
        **head,
    )


def body(*, result: Result, view: ResultView, filters: Filters, measure: str) -> list[Component]:
    """Return figures and charts of the filtered sessions; where there are none, the way back to some."""
    view.prepare(filters)
    sums = view.kpis(filters)
    if not sums.n:
        return [
            card(
                empty_state(
                    "No sessions match these filters",
                    "Each may fit alone; together they leave nothing. Remove one of them above, or all.",
                    button("Clear all filters", id=chip_id(ALL_FILTERS, "body"), kind="primary"),
                )
            )
        ]
    quality = view.quality(filters) if predicts(view) else None
    return [
        headline(
            sums=sums,
            n_all=view.span.n,
            currency=result.currency,
            amounts="expected_revenue" in view.told,
        ),
        *(
            [how_right(quality=quality, told="purchased" in view.told, currency=result.currency)]
            if predicts(view)
            else []
        ),
        section(
            charts(
                view=view,
                filters=filters,
                measure=measure,
                currency=result.currency,
                quality=quality,
                threshold=threshold_of(result, view, filters),
                clock=clock_of(result.dataset_id),
            ),
            title="Traffic and value" if predicts(view) else "Traffic",
            subtitle="Click a bar to see only its sessions on this page; click it again to go back.",
        ),
    ]


def predicts(view: ResultView) -> bool:
    """Tell whether purchases are predicted, and not only which clusters sessions belong to."""
    return "purchase_probability" in view.told


def threshold_of(result: Result, view: ResultView, filters: Filters) -> float | None:
    """Return the threshold predictions are shown with: the filters' own, or the one of the scoring."""
    return view.threshold(result.bundle) if filters.threshold is None else filters.threshold


def meaning(*, result: Result, view: ResultView, filters: Filters) -> list[Component]:
    """Return what the threshold means for the filtered sessions; nothing where no purchase is predicted."""
    if not predicts(view):
        return []
    return threshold_says(
        filters=filters,
        model=view.threshold(result.bundle),
        sums=view.kpis(filters),
        before=view.kpis(filters.without("threshold")),
        quality=view.quality(filters),
    )


def downloads(*, result_id: str, filters: Filters, reasons: bool = True) -> list[Component]:
    """Return what can be made of the filtered sessions: an audience, a report, files in the table's order.

    With ``reasons`` one of the files has each session's strongest reasons, where purchases are predicted.
    """
    query = filters.to_query()
    chosen = filters.only_filters().to_query()
    return [
        button(
            "Make an audience",
            href=f"/audiences/new?{'&'.join(filter(None, [f'result={quote(result_id)}', chosen]))}",
            icon="audience",
            kind="primary",
            title="Choose whom of these sessions to act on",
        ),
        button(
            "Report",
            href=f"/api/results/{quote(result_id)}/report.html{'?' + chosen if chosen else ''}",
            icon="report",
            external=True,
            title="One file with figures, tables and the model's card, to send or to print",
        ),
        *(
            button(
                FORMAT_NAMES[fmt],
                href=f"/api/results/{quote(result_id)}/download.{fmt}{'?' + query if query else ''}",
                icon="download",
                external=True,
                title=f"Download the filtered sessions as {FORMAT_NAMES[fmt]}",
            )
            for fmt in FORMATS
        ),
        *([_with_reasons(result_id, query)] if reasons else []),
    ]


def _with_reasons(result_id: str, query: str) -> Component:
    asked = "&".join(filter(None, [query, "reasons=yes"]))
    return button(
        "CSV with reasons",
        href=f"/api/results/{quote(result_id)}/download.csv?{asked}",
        icon="download",
        external=True,
        title="Download the filtered sessions as CSV, each with its three strongest reasons",
    )


def page_query(filters: Filters, measure: str) -> str:
    """Return filters and measure as the address has them, without the table's order."""
    query = filters.only_filters().to_query()
    if measure == DEFAULT_MEASURE or measure not in MEASURES:
        return query
    return "&".join(filter(None, [query, urlencode({MEASURE: measure})]))


def address(route: str, query: str, sort: str) -> dict[str, str]:
    """Return the whole address, as ``writeAddress`` takes it."""
    whole = "&".join(filter(None, [query, f"sort={quote(sort, safe=',')}" if sort else ""]))
    return {"pathname": f"{PATH}/{route}", "query": whole}


def _threshold(result: Result, view: ResultView, filters: Filters) -> list[Component]:
    says = meaning(result=result, view=view, filters=filters)
    if not says:
        return [html.Div(id=THRESHOLD_SAYS, hidden=True)]
    return [threshold_card(filters=filters, model=view.threshold(result.bundle), says=says)]


def _sort(filters: Filters) -> str:
    return ",".join(sort.written() for sort in filters.sort)


def _subtitle(result: Result, span: Span, time_zone: str | None) -> Component:
    parts: list[Component | str] = [f"{number(span.n)} sessions"]
    if span.first_day and span.last_day:
        first, last = date(span.first_day), date(span.last_day)
        parts.append(first if first == last else f"{first} – {last}")
        if time_zone:
            parts.append(f"time zone: {time_zone}")
    model = ["scored with ", model_link(result.bundle)]
    if result.finished_at:
        model.append(f" on {date_time(result.finished_at)}")
    parts.append(html.Span(model))
    marks = [synthetic_badge()] if result.synthetic else []
    if not result.has_outcomes:
        marks.append(badge("outcomes not told", "neutral"))
    return html.Div([html.Span(_dotted(parts)), *marks], className="results-subtitle hstack flex-wrap gap-2")


def _dotted(parts: list[Component | str]) -> list[Component | str]:
    dotted: list[Component | str] = []
    for part in parts:
        dotted += [" · ", part]
    return dotted[1:]


def _train(result: Result) -> list[Component]:
    """Lead to training, where the export tells what a model can learn from."""
    if not result.has_outcomes:
        return []
    return [button("Train on this export", href=train_address(result.dataset_id), icon="model")]


def _notes(result: Result, refused: int, in_use: str | None, said: Collection[str]) -> list[Component]:
    other = (
        other_in_use(bundle=result.bundle, in_use=in_use, dataset_id=result.dataset_id) if in_use else None
    )
    found = [other] if other else []
    if refused:
        rows = "row was" if refused == 1 else "rows were"
        found.append(
            banner(
                "warning",
                f"{number(refused)} {rows} refused",
                "They are not among these sessions. The download says why, row by row.",
                html.A("Refused rows (CSV)", href=f"/api/datasets/{quote(result.dataset_id)}/rejected.csv"),
            )
        )
    # That one has a notice of its own.
    told = [note for note in result.notes if note != CLUSTERS_ONLY and note not in said]
    if told:
        found.append(
            banner(
                "info",
                "Check before you act",
                html.Ul([html.Li(note) for note in told]),
            )
        )
    return found
