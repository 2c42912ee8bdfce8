"""One session's prediction taken apart, and many sessions' at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from core.bundle.encoder import Feature, Vector
from core.bundle.predictor import GOING_ON, Predictor, title
from core.explain.attribution import Attribution, Target, attribute, check_target
from core.schema.sessions import FIELD

#: The state of the visit: part of every sum, but nothing a visitor did.
FINISHED, UNFINISHED = "The visit is over", "The visit goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one feature adds to a prediction.

    ``value`` is as the session row holds it, None where it is not known. ``effect`` is in log odds (of
    revenue: in its log), ``points`` in what people read: a share of 1 (0.11 is 11 percentage points), or
    an amount.
    """

    feature: str
    label: str
    value: Any
    effect: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A prediction as the average session's (``base``) and what each feature adds, largest first."""

    target: Target
    base: float
    prediction: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Many sessions' predictions taken apart.

    ``effects`` and ``points`` have the shape (sessions, features); ``table`` holds the session rows.
    ``features`` ends with ``going_on`` where the model tells sessions that still go on.
    """

    target: Target
    features: tuple[str, ...]
    base: float
    effects: Vector
    points: Vector
    prediction: Vector
    table: pa.Table

    @property
    def labels(self) -> tuple[str, ...]:
        """What people call the features."""
        return tuple(label_of(feature) for feature in self.features)

    def column(self, feature: str) -> int:
        """Return the place of a feature among the columns."""
        return self.features.index(feature)

    def values(self, feature: str) -> list[Any]:
        """Return a feature's values as the session rows hold them, None where one is not known."""
        if feature not in self.table.column_names:
            return [None] * self.table.num_rows
        return list(self.table[feature].to_pylist())


def label_of(feature: str, value: object = None) -> str:
    """Return what people call a feature; the state of a visit is called by what it is."""
    if feature == GOING_ON:
        return UNFINISHED if value is True else FINISHED
    field = FIELD.get(feature)
    return field.label if field else title(feature)


def explain_one(predictor: Predictor, row: Mapping[str, object], target: str = "purchase") -> Explanation:
    """Take one session's prediction apart; features that aren't in ``row`` count as unknown.

    Raises
    ------
    ExplainError
        If the bundle doesn't predict the target.
    SchemaError
        If a number or flag is something that isn't one.
    """
    wanted = check_target(target)
    matrix, state = predictor.encoded_one(row)
    attribution = attribute(predictor.models, matrix, state, wanted, 1)
    features = feature_names(predictor, attribution)
    values = {feature: row.get(feature) for feature in features}
    values[GOING_ON] = row.get(GOING_ON) is True
    contributions = [
        Contribution(
            feature=feature,
            label=label_of(feature, values[feature]),
            value=values[feature],
            effect=float(attribution.effects[0, place]),
            points=float(attribution.points[0, place]),
        )
        for place, feature in enumerate(features)
    ]
    return Explanation(
        target=wanted,
        base=attribution.base,
        prediction=float(attribution.prediction[0]),
        contributions=tuple(sorted(contributions, key=lambda part: -abs(part.points))),
    )


def explain(
    predictor: Predictor, table: pa.Table, target: str = "purchase", *, threads: int | None = None
) -> Explained:
    """Take the predictions of many session rows apart, each row by itself.

    ``threads`` are the predictor's unless it is told to use fewer.

    Raises
    ------
    ExplainError
        If the bundle doesn't predict the target.
    SchemaError
        If a number or flag column holds something that isn't one.
    """
    wanted, threads = check_target(target), threads or predictor.threads
    # Without a single session the base is still to be told: an unknown session has it.
    parts = [
        attribute(predictor.models, matrix, state, wanted, threads)
        for matrix, state in predictor.encoded(table)
    ] or [attribute(predictor.models, predictor.encoded_one({})[0], None, wanted, 1)]
    rows = table.num_rows
    return Explained(
        target=wanted,
        features=feature_names(predictor, parts[0]),
        base=parts[0].base,
        effects=np.concatenate([part.effects for part in parts])[:rows],
        points=np.concatenate([part.points for part in parts])[:rows],
        prediction=np.concatenate([part.prediction for part in parts])[:rows],
        table=table,
    )


def feature_names(predictor: Predictor, attribution: Attribution) -> tuple[str, ...]:
    """Return the features in the order of an attribution's columns."""
    features: tuple[Feature, ...] = predictor.models.encoder.features
    state = (GOING_ON,) if attribution.has_state else ()
    return (*(feature.name for feature in features), *state)


def numeric_values(explained: Explained, feature: str) -> Vector | None:
    """Return a number's (or flag's) values, NaN where not known; None for a category."""
    kind = FIELD[feature].kind if feature in FIELD else None
    if feature not in explained.table.column_names or kind == "category":
        return None
    column = explained.table[feature].combine_chunks()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
