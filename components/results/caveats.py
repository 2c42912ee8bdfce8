"""What to know about a file before acting on its result: one line that opens."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import number
from components.base.layout import BadgeTone, badge
from components.results.drift import drift_path
from components.shared.assumptions import assumption_words
from core.ingest.base.assumptions import Assumption, Severity
from core.results.caveats import CLUSTERS_ONLY
from core.results.drift.records import Drift
from core.storage import Result

_TONES: dict[Severity, BadgeTone] = {"error": "danger", "warning": "warning", "info": "neutral"}
_ORDER: dict[BadgeTone, int] = {"danger": 0, "warning": 1, "neutral": 2}
#: A mark, its tone, and what there is to know.
Thing = tuple[str, BadgeTone, list[Component | str]]


def things_to_know(
    *,
    result: Result,
    refused: int = 0,
    assumptions: Sequence[Assumption] = (),
    drift: Drift | None = None,
) -> Component | None:
    """Return everything there is to know as one line that opens, worst first; None if there is nothing.

    Parameters
    ----------
    refused
        Rows of the export that could not be used.
    assumptions
        What was taken for granted while it was read.
    drift
        How unlike its model's data it is, where that can be said.
    """
    things = [
        *_refused(result, refused),
        *(
            (made.label, _TONES[made.severity], assumption_words(made, result.dataset_id))
            for made in assumptions
        ),
        *_notes(result, {made.text for made in assumptions}),
        *_drift(result, drift),
    ]
    if not things:
        return None
    things.sort(key=lambda thing: _ORDER[thing[1]])
    counted = "1 thing" if len(things) == 1 else f"{len(things)} things"
    doubtful = sum(tone != "neutral" for _, tone, _ in things)
    marks = [badge(f"{doubtful} to check", things[0][1])] if doubtful else []
    lines = [
        html.Li(
            [badge(label, tone), html.Span(words, className="text-break text-body-secondary")],
            className="d-flex gap-2 align-items-baseline",
        )
        for label, tone, words in things
    ]
    return html.Details(
        [
            html.Summary([html.Span(f"{counted} to know about this file", className="me-2"), *marks]),
            html.Ul(lines, className="results-things list-unstyled vstack gap-2 mt-2 mb-0"),
        ],
        className="small",
    )


def _refused(result: Result, refused: int) -> list[Thing]:
    if not refused:
        return []
    rows = "1 row of the file is" if refused == 1 else f"{number(refused)} rows of the file are"
    link = html.A("Refused rows (CSV)", href=f"/api/datasets/{quote(result.dataset_id)}/rejected.csv")
    return [("Left out", "warning", [f"In total, {rows} not used. ", link])]


def _notes(result: Result, said: set[str]) -> list[Thing]:
    # That a model knows clusters only has a notice of its own.
    return [
        ("Note", "neutral", [note]) for note in result.notes if note != CLUSTERS_ONLY and note not in said
    ]


def _drift(result: Result, drift: Drift | None) -> list[Thing]:
    if drift is None or drift.level is None:
        return []
    tone: BadgeTone = "warning" if drift.level == "serious" else "neutral"
    details = dcc.Link("Compare in detail", href=drift_path(result.id))
    return [("Data", tone, [f"{drift.headline} {drift.advice} ", details])]
