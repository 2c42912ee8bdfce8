"""What charts of a model's quality are drawn from, measured on sessions it hasn't seen.

Compact enough to stand in a bundle's manifest: a model card needs neither models nor sessions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from core.stats.arrays import Codes, Flags, Vector
from core.stats.calibration import calibration_bins
from core.stats.proportions import wilson
from core.stats.ranked import RankedOutcomes
from core.training.data.splits import number_visitors
from core.training.deciles import revenue_deciles

#: Points of a drawn curve, and thresholds decisions are counted at: half of them evenly over what is
#: counted, half growing by ratio, as what matters most is among the few sessions on top.
POINTS = 80
THRESHOLDS = 100
#: Precision is told of at least so many sessions called buyers.
FEWEST_CALLED = 10
SCORE_BINS = 20
TENTHS = 10


def curves(scored: pa.Table, threshold: float) -> dict[str, Any]:
    """Return what charts of a model's quality are drawn from.

    Parameters
    ----------
    scored
        Session rows with outcomes and predictions.
    threshold
        Probability from which on a session counts as a buyer.

    Returns
    -------
    ``roc`` and ``pr``: points of the curves. ``calibration``: bins of as many sessions each, with ``n``,
    predicted and actual share of buyers and its 95% interval ``low`` to ``high`` (Wilson 1927). ``gains``:
    for each tenth of the sessions, most probable first, ``n``, its ``buyers``, the share of all buyers
    ``captured`` down to it, its ``lift`` over the average with an interval. ``confusion``: counts of right
    and wrong decisions at many thresholds. ``scores``: how many buyers and others have which probability.
    ``revenue_deciles``: see ``core.training.deciles``. ``n`` and ``buyers``: what all this is made of.
    """
    outcome = np.asarray(scored["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    probability = np.asarray(scored["purchase_probability"].to_numpy(), dtype=np.float64)
    ranked = RankedOutcomes.of_probabilities(probability, outcome, number_visitors(scored)[0])
    buyers, everyone = ranked.curve()
    effect = ranked.design_effect
    return {
        "n": len(outcome),
        "buyers": int(outcome.sum()),
        "threshold": threshold,
        **_ranking(buyers, everyone),
        "design_effect": effect,
        "calibration": _calibration(ranked),
        "gains": _gains(buyers, everyone, effect),
        "confusion": confusion(probability, outcome, threshold),
        "scores": _scores(probability, outcome),
        "revenue_deciles": _decimals(revenue_deciles(scored)),
    }


def confusion(probability: Vector, outcome: Flags, threshold: float) -> dict[str, list[float]]:
    """Return right and wrong decisions at about a hundred thresholds, the one in use among them.

    Returns
    -------
    ``threshold`` rising, and for each: buyers at or above it ``tp``, others at or above it ``fp``, buyers
    below ``fn``, others below ``tn``.
    """
    levels = np.unique(probability)
    middles = (levels[1:] + levels[:-1]) / 2
    ranked = np.sort(probability)
    # Even steps of probability, and even ratios of how many sessions are called buyers.
    steps = np.linspace(0.0, 1.0, THRESHOLDS // 2 + 1)[1:-1]
    called = np.unique(np.geomspace(1, len(ranked), THRESHOLDS // 2).astype(int))
    by_count = ranked[len(ranked) - called]
    places = np.searchsorted(middles, by_count) - 1
    between = middles[places[places >= 0]] if len(middles) else middles
    found = np.concatenate([steps, between]).round(6)
    found = np.append(found[(found > 0) & (found < 1)], threshold)
    all_above = len(ranked) - np.searchsorted(ranked, found)
    # Thresholds that call the same sessions buyers are one; the one in use stands for its like.
    order = np.lexsort((found != threshold, all_above))
    kept = order[np.unique(all_above[order], return_index=True)[1]]
    found = np.sort(found[kept])
    tp = outcome.sum() - np.searchsorted(np.sort(probability[outcome]), found)
    fp = (~outcome).sum() - np.searchsorted(np.sort(probability[~outcome]), found)
    return {
        "threshold": found.tolist(),
        "tp": tp.tolist(),
        "fp": fp.tolist(),
        "fn": (outcome.sum() - tp).tolist(),
        "tn": ((~outcome).sum() - fp).tolist(),
    }


def _ranking(buyers: Vector, everyone: Vector) -> dict[str, dict[str, list[float]]]:
    """Return the points of ROC and PR, from one that calls nobody a buyer to one that calls everybody."""
    positive, negative = float(buyers[-1]), float(everyone[-1] - buyers[-1])
    picked = _picked(len(buyers))
    hits, called = buyers[picked], everyone[picked]
    # Precision of a handful of sessions jumps from nothing to everything.
    told = called >= min(FEWEST_CALLED, called[-1])
    return {
        "roc": {
            "false_positive": [0.0, *_rounded((called - hits) / negative)],
            "true_positive": [0.0, *_rounded(hits / positive)],
        },
        "pr": {
            "recall": _rounded(hits[told] / positive),
            "precision": _rounded(hits[told] / called[told]),
        },
    }


def _picked(n: int) -> Codes:
    """Return places among ``n``, the first and the last too, more of them at the beginning."""
    even = np.linspace(0, n - 1, POINTS // 2)
    growing = np.geomspace(1, n, POINTS // 2) - 1
    return np.unique(np.concatenate([even, growing]).round().astype(np.int64))


def _calibration(ranked: RankedOutcomes) -> dict[str, list[Any]]:
    bins = calibration_bins(ranked)
    parts = {
        name: _rounded(getattr(bin_, name) for bin_ in bins)
        for name in ("predicted", "actual", "low", "high")
    }
    return parts | {"n": [bin_.n for bin_ in bins]}


def _gains(buyers: Vector, everyone: Vector, effect: float) -> dict[str, list[float]]:
    """Return buyers and lift of each tenth; sessions that can't be told apart are shared out evenly."""
    total, n = float(buyers[-1]), float(everyone[-1])
    tenths = np.arange(0, TENTHS + 1) / TENTHS
    found = np.interp(tenths * n, np.append(0.0, everyone), np.append(0.0, buyers))
    inside, size, base = np.diff(found), n / TENTHS, total / n
    intervals = [wilson(float(hits), size, design_effect=effect) for hits in np.minimum(inside, size)]
    return {
        "share": _rounded(tenths[1:]),
        "captured": _rounded(found[1:] / total),
        "n": np.diff((tenths * n).round()).astype(int).tolist(),
        "buyers": [round(float(hits), 1) for hits in inside],
        "lift": _rounded(inside / size / base),
        "low": _rounded([low / base for low, _ in intervals]),
        "high": _rounded([high / base for _, high in intervals]),
    }


def _scores(probability: Vector, outcome: Flags) -> dict[str, list[float]]:
    edges = np.linspace(0.0, 1.0, SCORE_BINS + 1)
    return {
        "edges": _rounded(edges),
        "buyers": np.histogram(probability[outcome], edges)[0].tolist(),
        "others": np.histogram(probability[~outcome], edges)[0].tolist(),
    }


def _decimals(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def _rounded(values: Any) -> list[float]:  # noqa: ANN401
    return [round(float(value), 6) for value in values]
