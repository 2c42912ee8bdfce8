"""How far a job is: its steps in words, and a bar."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.base.icons import icon


def step_list(*, steps: Sequence[tuple[str, str]], at: str) -> Component:
    """Return the steps of a job, ``(key, words)`` each; those before ``at`` are done."""
    names = [name for name, _ in steps]
    reached = names.index(at) if at in names else 0
    return html.Ol(
        [_step(words, place, reached) for place, (_, words) in enumerate(steps)],
        className="d-grid gap-3 list-unstyled",
    )


def progress_bar(*, share: float, label: str) -> Component:
    """Return a bar that is filled by a share of 1."""
    return html.Div(
        html.Div(className="progress-bar", style={"width": f"{100 * share:.1f}%"}),
        className="progress",
        role="progressbar",
        **{
            "aria-valuenow": str(round(100 * share)),
            "aria-valuemin": "0",
            "aria-valuemax": "100",
            "aria-label": label,
        },
    )


def _step(words: str, place: int, reached: int) -> Component:
    state = "done" if place < reached else "now" if place == reached else "ahead"
    mark = (
        icon("check")
        if state == "done"
        else html.Span(className="results-step-dot flex-shrink-0 rounded-circle")
    )
    said = {"done": "done: ", "now": "now: ", "ahead": "to come: "}[state]
    return html.Li(
        [mark, html.Span(said, className="visually-hidden"), html.Span(words)],
        className=f"results-step results-step-{state} hstack gap-2",
    )
