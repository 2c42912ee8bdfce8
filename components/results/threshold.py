"""Who counts as a likely buyer in a result: the cut-off, to be set by hand, and what it means."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import number, percent
from components.base.layout import button, card
from components.results.filters import chip_id, control_id
from core.base.written import agree, counted
from core.results.accuracy import Quality
from core.results.filters import THRESHOLD, Filters
from core.results.view import Sums
from core.stats.estimate import Figure

#: Id of this component: what the threshold means for the sessions that are filtered.
THRESHOLD_SAYS = "results-threshold-says"


def threshold_card(*, filters: Filters, model: float | None, says: list[Component]) -> Component:
    """Return the control of the threshold beside what it means; ``model`` is the one of the model."""
    entry = dbc.InputGroup(
        [
            dbc.Input(
                id=control_id(THRESHOLD),
                type="number",
                min=0,
                max=100,
                step="any",
                # Empty means the model's: that is what the empty field shows.
                placeholder="" if model is None else f"{100 * model:.3g}",
                value=None if filters.threshold is None else float(f"{100 * filters.threshold:.10g}"),
                debounce=True,
                size="sm",
            ),
            dbc.InputGroupText("%"),
        ],
        size="sm",
        class_name="results-threshold-entry",
    )
    parts = [
        html.Div(
            [
                html.Div(
                    "Likely-buyer cut-off",
                    className="smaller fw-medium text-body-tertiary",
                ),
                entry,
            ],
            role="group",
            className="vstack gap-1",
            **{"aria-label": "Probability from which a session counts as a likely buyer, percent"},
        ),
        html.Div(
            says,
            id=THRESHOLD_SAYS,
            className="results-threshold-says hstack flex-words flex-wrap gap-2 small",
            **{"aria-live": "polite"},
        ),
    ]
    return card(html.Div(parts, className="d-flex flex-wrap align-items-center row-gap-2 column-gap-4"))


def threshold_says(
    *, filters: Filters, model: float | None, sums: Sums, before: Sums, quality: Quality | None
) -> list[Component]:
    """Return what the threshold means for the filtered sessions: how many it calls, how right that is.

    ``before`` are the same sessions by the model's threshold.
    """
    if not sums.n:
        return [html.P("No sessions match the filters.")]
    share = sums.predicted_buyers / sums.n
    parts = [
        html.Strong(number(sums.predicted_buyers)),
        f" of {counted(sums.n, 'session')} ({percent(share)}) "
        f"{agree(sums.predicted_buyers, 'is', 'are')} likely to buy",
    ]
    if filters.threshold is not None and "buyer" not in filters.to_dict():
        parts.append(f", {number(before.predicted_buyers)} by the model's own cut-off")
    parts.append(".")
    if quality is not None:
        parts.append(f" {_right(quality)}")
    said: list[Component] = [html.P(parts)]
    if filters.threshold is not None:
        said.append(_back(model))
    return said


def _right(quality: Quality) -> str:
    """Say what became of those called buyers, and how many of the buyers they are."""
    if not quality.buyers:
        return "None of the sessions whose outcome is known bought."
    recall = f"{percent(quality.recall.value)} of all who bought {_interval(quality.recall)}"
    if quality.precision.value is None:
        if quality.buyers == 1:
            return "The one who bought isn't among them."
        return f"None of the {number(quality.buyers)} buyers were caught."
    return (
        f"Of those, {percent(quality.precision.value)} actually bought {_interval(quality.precision)}, "
        f"which is {recall}."
    )


def _interval(figure: Figure) -> str:
    return f"(95% interval {percent(figure.low)} to {percent(figure.high)})"


def _back(model: float | None) -> Component:
    to = "" if model is None else f" ({percent(model)})"
    return button(
        f"Back to the model's cut-off{to}", id=chip_id(THRESHOLD), kind="quiet", icon="x", small=True
    )
