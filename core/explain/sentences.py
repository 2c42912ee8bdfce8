"""The strongest reasons of a prediction as sentences: "longer visit than 90% of sessions: +11 points".

A reason is a feature that goes along with a higher or lower prediction. It is an association the model
has learned, not a cause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.bundle.predictor import GOING_ON, Predictor
from core.explain.explained import Explained, Explanation, explain, label_of
from core.explain.ranks import ranks_of
from core.explain.words import describe, points_text

#: How many reasons are given unless another number is asked for.
REASONS = 3
#: Places that stand for no reason: everything stronger has been told.
NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the strongest contributions, in words; ``points`` as in ``Contribution``."""

    feature: str
    label: str
    points: float
    sentence: str


def reasons(
    predictor: Predictor, explanation: Explanation, n: int = REASONS, *, currency: str | None = None
) -> tuple[Reason, ...]:
    """Return the strongest reasons of a prediction, strongest first; fewer where fewer say anything.

    Parameters
    ----------
    currency
        ISO code of the amounts; the bundle's without it.
    """
    tell = sentences(predictor, explanation.target, currency)
    strongest = [part for part in explanation.contributions if part.feature != GOING_ON and part.points != 0][
        :n
    ]
    return tuple(
        Reason(
            feature=part.feature,
            label=part.label,
            points=part.points,
            sentence=tell(part.feature, part.value, part.points),
        )
        for part in strongest
    )


def strongest(explained: Explained, n: int = REASONS) -> npt.NDArray[np.int64]:
    """Return the places of each session's ``n`` strongest features, strongest first, shape (sessions, n).

    ``NONE`` stands where no further feature says anything. Of equals, the first in the row comes first.
    """
    size = np.abs(explained.points)
    if GOING_ON in explained.features:
        size = size[:, : explained.column(GOING_ON)]
    n_told = min(n, size.shape[1])
    order = np.argsort(-size, axis=1, kind="stable")[:, :n_told]
    places = np.where(np.take_along_axis(size, order, axis=1) > 0, order, NONE)
    return np.pad(places, ((0, 0), (0, n - n_told)), constant_values=NONE)


def reason_columns(
    predictor: Predictor,
    batch: pa.RecordBatch | pa.Table,
    n: int = REASONS,
    *,
    target: str = "purchase",
    currency: str | None = None,
    threads: int | None = None,
) -> pa.Table:
    """Return the reasons of session rows as columns: ``reason_1``, ``reason_1_feature``, ``reason_1_points``.

    Points are as in ``Contribution``; all three are null where there is no further reason.
    """
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    reasons_by_row = reasons_of(predictor, table, n, target=target, currency=currency, threads=threads)
    columns: list[pa.Array] = []
    for number in range(n):
        here = [row[number] if number < len(row) else None for row in reasons_by_row]
        columns += [
            pa.array([one and one.sentence for one in here], pa.string()),
            pa.array([one and one.feature for one in here], pa.string()),
            pa.array([one and one.points for one in here], pa.float64()),
        ]
    return pa.Table.from_arrays(columns, schema=reason_schema(n))


def reasons_of(
    predictor: Predictor,
    table: pa.Table,
    n: int = REASONS,
    *,
    target: str = "purchase",
    currency: str | None = None,
    threads: int | None = None,
) -> list[tuple[Reason, ...]]:
    """Return the strongest reasons of each session row, as ``reasons`` does for one."""
    explained = explain(predictor, table, target, threads=threads)
    best = strongest(explained, n)
    tell, labels = sentences(predictor, explained.target, currency), explained.labels
    values = {place: explained.values(explained.features[place]) for place in np.unique(best[best != NONE])}
    points = np.take_along_axis(explained.points, np.maximum(best, 0), axis=1).tolist()
    return [
        tuple(
            Reason(
                feature=explained.features[place],
                label=labels[place],
                points=moved,
                sentence=tell(explained.features[place], values[place][row], moved),
            )
            for place, moved in zip(places, points[row], strict=True)
            if place != NONE
        )
        for row, places in enumerate(best.tolist())
    ]


def reason_schema(n: int = REASONS) -> pa.Schema:
    """Return the columns ``reason_columns`` makes."""
    return pa.schema(
        [
            column
            for number in range(1, n + 1)
            for column in (
                (f"reason_{number}", pa.string()),
                (f"reason_{number}_feature", pa.string()),
                (f"reason_{number}_points", pa.float64()),
            )
        ]
    )


def sentences(
    predictor: Predictor, target: str, currency: str | None = None
) -> Callable[[str, Any, float], str]:
    """Return what writes a reason's sentence from feature, value and points."""
    ranks = ranks_of(predictor, buyers=target == "revenue")
    money = currency or predictor.currency
    known = {
        feature.name: frozenset(feature.categories)
        for feature in predictor.models.encoder.features
        if feature.kind == "category"
    }
    sentence_of: dict[tuple[str, type, Any], str] = {}

    def tell(feature: str, value: Any, points: float) -> str:  # noqa: ANN401
        # True is equal to 1 and yet another thing to say.
        key = (feature, type(value), value)
        words = sentence_of.get(key)
        if words is None:
            words = describe(feature, label_of(feature), value, ranks, known.get(feature))
            sentence_of[key] = words
        return f"{words}: {points_text(points, target, money)}"

    return tell
