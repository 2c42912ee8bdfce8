"""Expected and actual revenue by tenth of the sessions: do those expected to bring most bring most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from core.stats.arrays import Codes, Vector
from core.stats.bootstrap import Figures, with_intervals
from core.training.data.loading import revenues
from core.training.data.splits import number_visitors

DECILES = 10
#: Fewer sessions than this a tenth say nothing.
LEAST_ROWS = 100
RESAMPLES = 200


def revenue_deciles(scored: pa.Table, *, seed: int = 0) -> list[dict[str, Any]]:
    """Return the sessions in tenths by expected revenue, the tenth that is to bring most first.

    Parameters
    ----------
    scored
        Session rows with outcomes and predictions.

    Returns
    -------
    For each tenth ``decile`` (1 to 10), ``n`` sessions, ``buyers``, ``expected`` and ``actual`` revenue
    a session with the 95% interval ``low`` to ``high`` of the actual one, and ``share``: what part of
    all actual revenue it brought. Nothing where no revenue is predicted or too little is known.
    """
    if scored["expected_revenue"].null_count or "purchased" not in scored.column_names:
        return []
    actual = revenues(scored)
    known = np.isfinite(actual)
    if known.sum() < LEAST_ROWS or not actual[known].any():
        return []
    expected, actual = scored["expected_revenue"].to_numpy()[known], actual[known]
    tenth = _tenths(expected)
    visitors = number_visitors(scored)[0][known]
    means = with_intervals(_means(actual, tenth), visitors, {}, seed=seed, resamples=RESAMPLES)
    rows = []
    for number in range(DECILES):
        inside, mean = tenth == number, means[str(number)]
        rows.append(
            {
                "decile": number + 1,
                "n": int(inside.sum()),
                "buyers": int((actual[inside] > 0).sum()),
                "expected": float(expected[inside].mean()),
                "actual": mean.value,
                "low": mean.low,
                "high": mean.high,
                "share": float(actual[inside].sum() / actual.sum()),
            }
        )
    return rows


def _tenths(expected: Vector) -> Codes:
    """Return each session's tenth, 0 the one that is to bring most; equal amounts go as they stand."""
    rank = np.empty(len(expected), dtype=np.int64)
    rank[np.argsort(expected, kind="stable")] = np.arange(len(expected))
    return DECILES - 1 - rank * DECILES // len(expected)


def _means(actual: Vector, tenth: Codes) -> Any:  # noqa: ANN401 (see with_intervals)
    def compute(weight: Vector) -> Figures:
        size = np.bincount(tenth, weights=weight, minlength=DECILES)
        total = np.bincount(tenth, weights=weight * actual, minlength=DECILES)
        mean = np.divide(total, size, out=np.full(DECILES, np.nan), where=size > 0)
        return {str(number): float(value) for number, value in enumerate(mean)}

    return compute
