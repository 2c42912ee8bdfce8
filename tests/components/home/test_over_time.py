"""Home's charts set beside each other what is of the same sessions."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from dash import dcc

from components.home.over_time import charts
from core.results.history.history import Total
from tests.components.reading import of_type, text

#: A day on which 100 of 300 sessions had a prediction: they paid 400 of 900.
MIXED = {"n": 300, "n_known": 300, "buyers": 20, "n_revenue": 300, "revenue": 900.0}
PREDICTED = {
    "n_paired": 100,
    "foreseen": 9.0,
    "came": 8,
    "n_worth": 100,
    "worth_foreseen": 450.0,
    "worth_came": 400.0,
}


def shown(**sums: float) -> tuple[dict[str, list[float]], str]:
    """Return the values of the chart of revenue by the name of each line, and what stands beside them."""
    total = Total(**sums)
    history = SimpleNamespace(currency="EUR")
    told = SimpleNamespace(total=total, points={date(2026, 3, 2): total}, step="day", history=history)
    chart = charts(told)[-1]
    (drawn,) = of_type(chart, dcc.Graph)
    return {line.name: list(line.y) for line in drawn.figure.data}, text(chart)


def test_actual_revenue_is_of_the_sessions_whose_revenue_was_expected() -> None:
    lines, said = shown(**MIXED, **PREDICTED)
    assert lines == {"Actual": [400.0], "Expected": [450.0]}
    assert "Of sessions with a prediction and a known outcome" in said
    assert "n = 100" in said


def test_without_predictions_revenue_is_all_there_was() -> None:
    lines, said = shown(**MIXED)
    assert lines == {"Revenue": [900.0]}
    assert "n = 300" in said
