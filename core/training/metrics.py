"""Figures that predictions of purchases are judged by, on sessions whose outcome is known.

Each is defined in ``core.stats``, where a scored export gets its own from: on the same sessions both are the
same number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.stats.arrays import Codes, Flags, Vector
from core.stats.bootstrap import RESAMPLES, Figures, with_intervals
from core.stats.calibration import brier, calibration_error, expected_calibration_error
from core.stats.decisions import count_decisions, decision_figures, decisions
from core.stats.estimate import Figure
from core.stats.proportions import share
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import TOP_SHARE, area_under_roc, average_precision, captured, pr_auc, roc_auc

#: The figures as people read them.
ORDER = (
    "roc_auc",
    "pr_auc",
    "lift_top10",
    "captured_top10",
    "base_rate",
    "brier",
    "calibration_error",
    "precision",
    "recall",
    "f1",
    "called_buyers",
)


def purchase_quality(
    probability: Vector,
    outcome: Flags,
    visitors: Codes,
    threshold: float,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Figure]:
    """Return every figure of purchase predictions with its 95% interval, a visitor's sessions going together.

    Areas, shares and the calibration error have formulas; the top tenth and the Brier score are resampled.

    Parameters
    ----------
    probability, outcome, visitors
        What was predicted of each session, whether it bought, and a number for its visitor; shape (n,).
    threshold
        Probability from which on a session counts as a buyer.
    """
    ranked = RankedOutcomes.of_probabilities(probability, outcome)

    def resampled(weight: Vector) -> Figures:
        return {**_top(ranked.weighed(weight)), "brier": brier(probability, outcome, weight)}

    units = {"lift_top10": "times", "brier": "score"}
    found = with_intervals(resampled, visitors, units, seed=seed, resamples=resamples)
    found |= formula_figures(probability, outcome, visitors, threshold)
    return {name: found[name] for name in ORDER}


def formula_figures(
    probability: Vector, outcome: Flags, visitors: Codes, threshold: float
) -> dict[str, Figure]:
    """Return the figures whose interval has a formula; parameters are as for ``purchase_quality``."""
    ranked = RankedOutcomes.of_probabilities(probability, outcome, visitors)
    effect = ranked.design_effect
    counts = count_decisions(probability, outcome, threshold, design_effect=effect)
    return {
        "roc_auc": roc_auc(ranked),
        "pr_auc": pr_auc(ranked),
        "base_rate": share(counts.buyers, counts.n, design_effect=effect),
        "calibration_error": calibration_error(ranked),
        **decision_figures(counts),
    }


def purchase_figures(probability: Vector, outcome: Flags, threshold: float) -> Callable[[Vector], Figures]:
    """Return the function that computes every figure of purchase predictions from sessions' weights.

    All ones give the figure itself; visitors drawn again give how far two models differ by chance.
    """
    ranked = RankedOutcomes.of_probabilities(probability, outcome)
    yes = probability >= threshold

    def compute(weight: Vector) -> Figures:
        weighed = ranked.weighed(weight)
        return {
            "roc_auc": area_under_roc(weighed),
            "pr_auc": average_precision(weighed),
            **_top(weighed),
            "base_rate": float(np.average(outcome, weights=weight)),
            "brier": brier(probability, outcome, weight),
            "calibration_error": expected_calibration_error(weighed),
            **decisions(yes, outcome, weight),
        }

    return compute


def _top(ranked: RankedOutcomes) -> Figures:
    found = captured(ranked)
    return {"lift_top10": found / TOP_SHARE, "captured_top10": found}
