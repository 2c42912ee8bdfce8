"""How well a score ranks buyers above the others: ROC-AUC, PR-AUC, buyers found in the top tenth.

Values are those of scikit-learn. Intervals are in closed form, so that a filter on millions of sessions is
answered at once, and allow for visitors who come several times.
"""

from __future__ import annotations

import numpy as np

from core.stats.arrays import Vector
from core.stats.estimate import Figure, on_logit, unknown
from core.stats.ranked import RankedOutcomes

#: With fewer buyers, or fewer others, a ranking says nothing.
FEWEST = 2
TOP_SHARE = 0.1
NAN = float("nan")


def roc_auc(ranked: RankedOutcomes) -> Figure:
    """Return the area under the ROC curve; its interval on the logit scale.

    By the placements of each session among those of the other kind (DeLong 1988), added up by visitor
    (Obuchowski 1997). Unknown below two buyers or two others.
    """
    n_buyers, n_others = float(ranked.buyers.sum()), float(ranked.others.sum())
    if min(n_buyers, n_others) < FEWEST:
        return unknown(ranked.n, "score")
    below, above = _placements(ranked)
    area = float((ranked.buyers * below).sum() / n_buyers)
    variance = ranked.variance(
        (below - area) / np.sqrt(n_buyers * (n_buyers - 1)),
        (above - area) / np.sqrt(n_others * (n_others - 1)),
    )
    return on_logit(area, variance, ranked.n)


def pr_auc(ranked: RankedOutcomes) -> Figure:
    """Return the average precision; its interval on the logit scale, as Boyd (2013) advises.

    The variance is that of the average precision's influence function, added up by visitor. Unknown below
    two buyers or two others.
    """
    n_buyers, n_others = float(ranked.buyers.sum()), float(ranked.others.sum())
    if min(n_buyers, n_others) < FEWEST:
        return unknown(ranked.n, "score")
    hits, called = ranked.curve()
    area = average_precision(ranked)
    # One session more raises, or lowers, the precision at every buyer ranked as low as it or lower.
    raised = _from_below(ranked.buyers / called)
    lowered = _from_below(ranked.buyers * hits / called**2)
    variance = ranked.variance((hits / called + raised - lowered - area) / n_buyers, -lowered / n_buyers)
    return on_logit(area, variance * ranked.n / (ranked.n - 1), ranked.n)


def area_under_roc(ranked: RankedOutcomes) -> float:
    """Return how often a buyer ranks above another session, ties half; NaN without both kinds."""
    positive = float(ranked.buyers.sum())
    if positive <= 0 or float(ranked.others.sum()) <= 0:
        return NAN
    return float((ranked.buyers * _placements(ranked)[0]).sum() / positive)


def average_precision(ranked: RankedOutcomes) -> float:
    """Return the precision at each buyer's score, on average over buyers; NaN without both kinds."""
    positive = float(ranked.buyers.sum())
    if positive <= 0 or float(ranked.others.sum()) <= 0:
        return NAN
    hits, called = ranked.curve()
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    return float((ranked.buyers * precision).sum() / positive)


def captured(ranked: RankedOutcomes, share: float = TOP_SHARE) -> float:
    """Return the share of all buyers among the highest scores; NaN without both kinds.

    Of sessions tied at the cut, as many count as belong above it, buyers and others alike.
    """
    hits, called = ranked.curve()
    if not len(hits) or hits[-1] <= 0 or hits[-1] >= called[-1]:
        return NAN
    return float(np.interp(share * called[-1], np.append(0.0, called), np.append(0.0, hits)) / hits[-1])


def _placements(ranked: RankedOutcomes) -> tuple[Vector, Vector]:
    """Return by score which share of the others rank below it, and of the buyers above; ties half."""
    buyers, others = ranked.buyers, ranked.others
    n_buyers, n_others = float(buyers.sum()), float(others.sum())
    below = (n_others - np.cumsum(others) + others / 2) / n_others
    above = (np.cumsum(buyers) - buyers / 2) / n_buyers
    return below, above


def _from_below(values: Vector) -> Vector:
    return np.asarray(np.cumsum(values[::-1])[::-1])
