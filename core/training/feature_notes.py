"""What a manifest says of a bundle's features: ranges, choices, and a typical session to start from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from core.bundle.encoder import Encoder, Feature, Vector, as_text, numbers
from core.bundle.repository import FeatureNote
from core.schema.sessions import COLOUR_GROUPS, COUNTRY_GROUPS, FIELD

#: Share of the rows left out at either end of a range.
TAIL = 0.005
#: Orders people expect; other choices stand as often as they occur.
ORDERS: dict[str, tuple[str, ...]] = {
    "country_group": COUNTRY_GROUPS,
    "dominant_colour_group": COLOUR_GROUPS,
}
#: How much an unknown number, and a category other than the usual, count against being typical.
UNKNOWN_COSTS, UNUSUAL_COSTS = 4.0, 1.0


def feature_notes(train: pa.Table, encoder: Encoder) -> tuple[FeatureNote, ...]:
    """Describe each feature by the rows the bundle was trained on."""
    typical = typical_row(train, encoder)
    return tuple(_note(feature, train[feature.name], typical[feature.name]) for feature in encoder.features)


def typical_row(train: pa.Table, encoder: Encoder) -> dict[str, Any]:
    """Return the recorded session nearest to the median one.

    Medians of each feature by itself would make a session nobody can have had: more products than
    clicks, a cart worth nothing.
    """
    cost = np.zeros(len(train))
    for feature in encoder.features:
        cost += _cost(train[feature.name], feature)
    ids = np.asarray(train["session_id"].to_pylist(), dtype=str)
    best = int(np.lexsort((ids, cost.round(9)))[0])
    row: dict[str, Any] = train.slice(best, 1).to_pylist()[0]
    return row


def _cost(column: pa.ChunkedArray, feature: Feature) -> Vector:
    if feature.kind != "number":
        text = np.asarray(as_text(column).to_pylist(), dtype=object)
        values, counts = np.unique(text[text != None], return_counts=True)  # noqa: E711 (elementwise)
        usual = values[np.argmax(counts)] if len(values) else None
        return np.where(text == usual, 0.0, UNUSUAL_COSTS)
    logs = np.log1p(np.maximum(numbers(column, feature.name), 0.0))
    known = logs[~np.isnan(logs)]
    spread = float(known.std()) or 1.0
    distance = ((logs - np.median(known)) / spread) ** 2
    return np.where(np.isnan(distance), UNKNOWN_COSTS, distance)


def _note(feature: Feature, column: pa.ChunkedArray, typical: Any) -> FeatureNote:  # noqa: ANN401
    low = high = None
    if feature.kind == "number":
        values = numbers(column, feature.name)
        low, high = _range(values[~np.isnan(values)], whole=pa.types.is_integer(column.type))
    return FeatureNote(
        name=feature.name,
        kind=feature.kind,
        dtype=feature.dtype,
        minimum=low,
        maximum=high,
        typical=typical,
        choices=_choices(feature) if feature.kind == "category" else None,
        missing=column.null_count / max(len(column), 1),
    )


def _range(values: Vector, *, whole: bool) -> tuple[float | None, float | None]:
    if not values.size:
        return None, None
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    return (float(np.floor(low)), float(np.ceil(high))) if whole else (round(low, 2), round(high, 2))


def _choices(feature: Feature) -> tuple[str | int, ...]:
    field = FIELD.get(feature.name)
    if field is not None and pa.types.is_integer(field.dtype):
        return tuple(sorted(int(value) for value in feature.categories))
    order = ORDERS.get(feature.name)
    if order is None:
        return feature.categories
    known = tuple(value for value in order if value in feature.categories)
    return known + tuple(value for value in feature.categories if value not in order)
