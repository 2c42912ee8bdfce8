"""A result that isn't there yet: the step it is in, or what went wrong and what to do."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.format import ago, percent
from components.layout import button, error_panel, page, synthetic_badge
from components.steps import progress_bar, step_list
from core.storage import Result

#: Ids of this component. ``WATCHED`` holds the id of the result that is waited for, ``OVER`` the state
#: it has reached once that is over.
STATUS = "results-status"
CLOCK = "results-clock"
WATCHED = "results-watched"
OVER = "results-over"
PLACE = "results-place"

POLL_MS = 1000

#: The steps a result goes through, as the store names them, in words.
STEPS = (
    ("queued", "Waiting for its turn"),
    ("ingest", "Reading the file"),
    ("features", "Putting sessions together"),
    ("predict", "Scoring every session"),
    ("finish", "Finishing"),
)


def waiting_page(*, result: Result) -> Component:
    """Return the page of a result that is queued, running or failed; it watches until that is over."""
    return page(
        html.Div(status(result=result), id=STATUS, **{"aria-live": "polite"}),
        title=result.dataset_name,
        subtitle=html.Div(
            [
                html.Span(f"started {ago(result.created_at)}"),
                *([synthetic_badge()] if result.synthetic else []),
            ],
            className="results-subtitle",
        ),
        width="narrow",
    )


def watcher(*, route: str, result: Result) -> list[Component]:
    """Return what keeps watching; outside of what is replaced when the result is there."""
    return [
        dcc.Store(id=WATCHED, data=route),
        dcc.Store(id=OVER),
        dcc.Interval(id=CLOCK, interval=POLL_MS, disabled=result.is_over),
    ]


def status(*, result: Result) -> Component:
    """Return how far a result is, or its error."""
    if result.state == "failed":
        return _failed(result)
    return html.Div(
        [
            step_list(steps=STEPS, at=result.step),
            progress_bar(share=result.share, label="Scored so far"),
            html.Div(
                [html.Span(result.message or "Working"), html.Span(percent(result.share, 0))],
                className="results-message",
            ),
            html.P(
                "You can close this page: scoring goes on, and the result will be here.",
                className="results-hint",
            ),
        ],
        className="card results-waiting",
    )


def _failed(result: Result) -> Component:
    error = result.error or {"message": "Scoring failed.", "remedy": "Score the export again."}
    fix = "Correct the columns" if error.get("code") == "mapping" else "Look at the export"
    return error_panel(
        error,
        [
            button(fix, href=f"/upload/{result.dataset_id}", kind="primary"),
            button("All results", href="/results"),
        ],
    )
