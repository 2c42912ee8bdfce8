"""A result that isn't there yet: the step it is in, its place in line, or how it ended without one."""

from __future__ import annotations

from typing import Literal

from dash import html
from dash.development.base_component import Component

from components.base.format import money, number, percent
from components.base.layout import banner, button, error_panel, kpi, kpi_row, page, synthetic_badge
from components.results.basis import revenue_note
from components.shared.job_status import QUEUED, JobIds, progress_parts, stop_dialog, under_way
from components.shared.model_links import score_again_id
from core.storage import Place, Recorded, Result

IDS = JobIds("results")
RECORDED = "results-recorded"

#: The steps a result goes through, as the store names them, in words.
STEPS = (
    QUEUED,
    ("ingest", "Reading the file"),
    ("features", "Building sessions"),
    ("own_model", "Choosing the model"),
    ("predict", "Scoring every session"),
    ("finish", "Finishing"),
)
TRAINING = "Training your own model on this export"


def waiting_page(*, result: Result, place: Place | None = None) -> Component:
    """Return the page of a result that is queued, running, failed or cancelled."""
    if result.state == "cancelled":
        shown = _cancelled(result)
    elif result.state == "failed":
        shown = _failed(result)
    else:
        shown = under_way(
            ids=IDS,
            job=result,
            progress=status(result=result, place=place),
            hint="You can close this page: scoring continues, and the result will appear here.",
        )
    return page(
        shown,
        title=result.dataset_name,
        subtitle=html.Div([synthetic_badge()], className="results-subtitle hstack flex-wrap gap-2")
        if result.synthetic
        else None,
        actions=button("All results", href="/results"),
        width="narrow",
    )


def status(*, result: Result, place: Place | None = None) -> list[Component]:
    """Return how far a result is; ``place`` is where it stands in line, if it waits."""
    trains = result.step == "own_model" or (result.basis is not None and result.basis.kind == "own")
    steps = [(step, TRAINING if trains and step == "own_model" else words) for step, words in STEPS]
    first = [_recorded(result.recorded)] if result.recorded else []
    return [*progress_parts(job=result, place=place, steps=steps, label="Scored so far"), *first]


def _recorded(recorded: Recorded) -> Component:
    """Return what the export itself says, which needs no model."""
    known = recorded.outcomes > 0
    share = percent(recorded.outcomes / recorded.sessions) if recorded.sessions else None
    return html.Section(
        [
            html.H2("What this export records", className="h6 mb-2"),
            kpi_row(
                kpi("Sessions", number(recorded.sessions)),
                kpi("Buyers", number(recorded.buyers)) if known else None,
                kpi(
                    "Conversion",
                    percent(recorded.conversion),
                    None
                    if recorded.outcomes == recorded.sessions
                    else f"of the {share} of sessions whose outcome is known",
                )
                if known
                else None,
                kpi("Revenue", money(recorded.revenue, recorded.currency), revenue_note(recorded))
                if recorded.revenue is not None
                else None,
            ),
        ],
        id=RECORDED,
    )


def dialog() -> Component:
    """Return the dialog that asks whether scoring shall really stop."""
    return stop_dialog(
        ids=IDS,
        title="Cancel scoring?",
        text="What has been scored so far is discarded. The export stays.",
        keep="Keep scoring",
        stop="Cancel scoring",
    )


def _cancelled(result: Result) -> Component:
    return banner(
        "info",
        "Scoring was cancelled",
        "Nothing was kept. The export is still here.",
        [_again(result, "primary"), _export(result)],
    )


def _failed(result: Result) -> Component:
    error = result.error or {"message": "Scoring failed.", "remedy": "Score the export again."}
    if error.get("code") == "mapping":
        fix = button("Correct the columns", href=f"/upload/{result.dataset_id}", kind="primary")
        return error_panel(error, fix)
    return error_panel(error, [_again(result, "primary"), _export(result)])


def _again(result: Result, kind: Literal["primary", "secondary"]) -> Component:
    return button("Score it again", id=score_again_id(result.dataset_id), kind=kind)


def _export(result: Result) -> Component:
    return button("Open the export", href=f"/upload/{result.dataset_id}")
