"""All results, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, ago, date_time, estimate, number, percent
from components.base.layout import (
    badge,
    button,
    card,
    empty_state,
    icon_button,
    page,
    simple_table,
    synthetic_badge,
)
from components.shared.job_status import in_line, place_words
from components.shared.labels import result_state
from components.shared.trust import doubt_badge, listed
from core.base.written import counted
from core.results.sources import older_results
from core.results.view import Sums
from core.storage import Place, Result

#: Ids of this component: the list, and the clock that renews it while something is being scored.
LIST = "results-list"
LIST_CLOCK = "results-list-clock"
#: Of each result on its way, the button that stops it.
STOP = "results-list-stop"
RENEW_MS = 3000


def list_page(
    *,
    results: Sequence[tuple[Result, Sums | None]],
    places: Mapping[str, Place] | None = None,
    doubts: Mapping[str, str] | None = None,
) -> Component:
    """Return the page of all results, each with its sums once it is done."""
    return page(
        html.Div(result_list(results=results, places=places, doubts=doubts), id=LIST),
        dcc.Interval(id=LIST_CLOCK, interval=RENEW_MS, disabled=not is_busy(results)),
        title="Results",
        subtitle="Every scored export, newest first.",
        actions=button("Upload an export", href="/upload", kind="primary", icon="upload"),
    )


def result_list(
    *,
    results: Sequence[tuple[Result, Sums | None]],
    places: Mapping[str, Place] | None = None,
    doubts: Mapping[str, str] | None = None,
) -> Component:
    """Return the list, or the way to a first result.

    By result, ``places`` says where those stand that wait, and ``doubts`` why not to act on one.
    """
    if not results:
        return card(
            empty_state(
                "Nothing scored yet",
                "Upload an export of sessions or events; its predictions will appear here.",
                button("Upload an export", href="/upload", kind="primary"),
            )
        )
    older = older_results([result for result, _ in results])
    current = [listed for listed in results if listed[0].id not in older]
    before = [listed for listed in results if listed[0].id in older]
    parts = [card(_table(current, places or {}, doubts or {}, "Results"), flush=True)]
    if before:
        summary = f"{counted(len(before), 'older result')} of exports that were scored again"
        table = card(_table(before, places or {}, doubts or {}, "Older results"), flush=True)
        parts.append(
            html.Details([html.Summary(summary, className="mb-2 small fw-medium text-body-secondary"), table])
        )
    return html.Div(parts, className="vstack gap-3")


def _table(
    results: Sequence[tuple[Result, Sums | None]],
    places: Mapping[str, Place],
    doubts: Mapping[str, str],
    caption: str,
) -> Component:
    return simple_table(
        ["Result", "State", "Sessions", "Likely buyers", "Expected revenue", "Model", "When"],
        [_row(result, sums, places.get(result.id), doubts.get(result.id)) for result, sums in results],
        numeric=(2, 3, 4),
        caption=caption,
        stack=True,
    )


def stop_button(result: Result) -> Component:
    """Return the button that stops the scoring of one result of the list."""
    label = f"Cancel scoring {result.dataset_name}"
    return icon_button("x", label, id={"type": STOP, "result": result.id}, small=True)


def is_busy(results: Sequence[tuple[Result, Sums | None]]) -> bool:
    """Tell whether any of them is still on its way."""
    return any(not result.is_over for result, _ in results)


def _row(result: Result, sums: Sums | None, place: Place | None, doubt: str | None) -> list[Component | str]:
    words, tone = result_state(result)
    if result.state == "running":
        words = f"{words} {percent(result.share, 0)}"
    elif place is not None:
        words = place_words(place)
    told = str((result.error or {}).get("message") or "") if result.state == "failed" else result.message
    told = in_line(place) if place is not None else told
    stopping = result.cancelling and not result.is_over
    state: list[Component] = [badge("Stopping" if stopping else words, tone, title=told or None)]
    if not result.is_over and not stopping:
        state.append(stop_button(result))
    state += doubt_badge(doubt)
    name: list[Component] = [
        dcc.Link(result.dataset_name, href=f"/results/{result.id}", className="fw-medium text-break")
    ]
    if result.synthetic:
        name.append(synthetic_badge())
    if sums is not None and sums.n and sums.probability is None:
        # Scored by a model that knows clusters only: nothing is predicted, which is not 0.
        sums = None
    share = sums.predicted_buyers / sums.n if sums and sums.n else None
    made = result.finished_at or result.created_at
    buyers = number(sums.predicted_buyers if sums else None) + (
        "" if share is None else f" ({percent(share)})"
    )
    revenue = estimate(sums.expected_revenue if sums else None, result.currency)
    return [
        html.Div(name, className="hstack flex-wrap gap-2"),
        html.Span(state, className="d-inline-flex flex-wrap gap-1 align-items-center"),
        number(sums.n if sums else result.n_sessions),
        *(listed(figure, doubt) for figure in (buyers, revenue)),
        result.bundle if result.basis is None or result.basis.kind != "none" else NOTHING,
        html.Span(ago(made), title=date_time(made)),
    ]
