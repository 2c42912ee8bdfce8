"""Many imagined sessions asked about at once: one table, one pass through the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from core.bundle.predictor import FormField
from core.whatif.form import Value, as_number
from core.whatif.scenario import Scenario

#: As in ``core.bundle.encoder``: Python's whole numbers have no end, Arrow's do.
LARGEST = 1e15


def ask(scenario: Scenario, sessions: Sequence[Mapping[str, Value]], *, going_on: bool = False) -> pa.Table:
    """Return the predictions (PREDICTION_SCHEMA) of imagined sessions, in their order.

    Each gets the numbers it gets alone.
    """
    rows = [scenario.form.row(values) for values in sessions]
    columns: dict[str, Any] = {
        field.name: _column([row[field.name] for row in rows], field) for field in scenario.form.fields
    }
    if going_on and scenario.knows_going_on:
        columns["going_on"] = pa.array([True] * len(rows), pa.bool_())
    return scenario.predictor.predict(pa.table(columns))


def _column(values: Sequence[Value], field: FormField) -> pa.Array:
    if field.kind == "flag":
        return pa.array([None if value is None else bool(value) for value in values], pa.bool_())
    if field.kind == "category":
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    numbers = (as_number(value) for value in values)
    return pa.array(
        [None if number is None else min(max(number, -LARGEST), LARGEST) for number in numbers], pa.float64()
    )
