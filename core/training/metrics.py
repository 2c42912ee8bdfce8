"""Figures a bundle is judged by, each with a 95% bootstrap interval.

Every figure is a function of row weights: all ones give the figure itself, resampled visitors give
its interval. The sessions themselves are never resampled into a test set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.bundle.encoder import Vector

Figures = dict[str, float]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

RESAMPLES = 400
CALIBRATION_BINS = 15
TOP_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with its 95% interval, the number of sessions it was measured on, and its unit.

    ``unit`` is ``share`` (of 1), ``score``, ``times``, ``sessions`` or a currency's ISO code.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "unit": self.unit}


def with_intervals(
    compute: Callable[[Vector], Figures],
    visitors: Codes,
    units: Mapping[str, str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Figure]:
    """Compute figures and their intervals, by resampling visitors (Efron 1979, percentiles).

    Parameters
    ----------
    compute
        Gives the figures for one weight a row; NaN where a figure can't be told.
    visitors
        Each row's visitor: a visitor's sessions are drawn together, as they resemble each other.
    units
        Unit of each figure; a figure without one is a ``share``.
    """
    n = len(visitors)
    point = compute(np.ones(n))
    _, codes = np.unique(visitors, return_inverse=True)
    n_visitors = int(codes.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in point}
    for _ in range(resamples):
        counts = np.bincount(random.integers(0, n_visitors, n_visitors), minlength=n_visitors)
        for name, value in compute(counts[codes].astype(np.float64)).items():
            drawn[name].append(value)
    return {
        name: _figure(value, np.asarray(drawn[name]), n, units.get(name, "share"))
        for name, value in point.items()
    }


def _figure(value: float, drawn: Vector, n: int, unit: str) -> Figure:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Figure(value=None, low=None, high=None, n=n, unit=unit)
    if not known.size:
        return Figure(value=float(value), low=None, high=None, n=n, unit=unit)
    low, high = np.percentile(known, [2.5, 97.5])
    # Errors of calibration grow when resampled; the figure itself is always inside.
    return Figure(
        value=float(value), low=float(min(low, value)), high=float(max(high, value)), n=n, unit=unit
    )


class Ranking:
    """Sessions ranked by a score, highest first, ready to be weighed again and again."""

    def __init__(self, score: Vector, outcome: Flags) -> None:
        self._order = np.argsort(-score, kind="stable")
        self._outcome = outcome[self._order].astype(np.float64)
        ranked = score[self._order]
        # Sessions of one score are passed at once: nobody can tell them apart.
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], [True] * bool(len(ranked))))

    def curve(self, weight: Vector) -> tuple[Vector, Vector]:
        """Return weight of buyers, and of all, down to each different score."""
        ranked = weight[self._order]
        buyers = np.cumsum(ranked * self._outcome)[self._ends]
        return buyers, np.cumsum(ranked)[self._ends]

    def figures(self, weight: Vector) -> Figures:
        """Return ROC-AUC, PR-AUC (average precision), and lift and captured buyers of the top tenth."""
        buyers, everyone = self.curve(weight)
        positive = buyers[-1] if len(buyers) else 0.0
        negative = everyone[-1] - positive if len(buyers) else 0.0
        if positive <= 0 or negative <= 0:
            nan = float("nan")
            return {"roc_auc": nan, "pr_auc": nan, "lift_top10": nan, "captured_top10": nan}
        others = everyone - buyers
        gained = np.diff(buyers, prepend=0.0)
        precision = np.divide(buyers, everyone, out=np.zeros_like(buyers), where=everyone > 0)
        area = np.trapezoid(np.append(0.0, buyers), np.append(0.0, others))
        within = np.interp(TOP_SHARE * everyone[-1], np.append(0.0, everyone), np.append(0.0, buyers))
        captured = float(within / positive)
        return {
            "roc_auc": float(area / (positive * negative)),
            "pr_auc": float(np.sum(gained * precision) / positive),
            "lift_top10": captured / TOP_SHARE,
            "captured_top10": captured,
        }


def pr_auc(score: Vector, outcome: Flags, weight: Vector | None = None) -> float:
    """Return the average precision of a ranking."""
    return Ranking(score, outcome).figures(np.ones(len(score)) if weight is None else weight)["pr_auc"]


def equal_mass_bins(probability: Vector, bins: int = CALIBRATION_BINS) -> Codes:
    """Return each session's bin: as many sessions in each, by rising probability."""
    rank = np.empty(len(probability), dtype=np.int64)
    rank[np.argsort(probability, kind="stable")] = np.arange(len(probability))
    return rank * bins // max(len(probability), 1)


def calibration_error(probability: Vector, outcome: Flags, weight: Vector, bins: Codes) -> float:
    """Return the expected calibration error over bins of sessions (Naeini 2015)."""
    size = np.bincount(bins, weights=weight)
    gap = np.bincount(bins, weights=weight * (probability - outcome))
    return float(np.abs(gap).sum() / size.sum())


def log_loss(probability: Vector, outcome: Flags, weight: Vector | None = None) -> float:
    """Return the average negative log likelihood."""
    kept = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(np.average(-np.where(outcome, np.log(kept), np.log1p(-kept)), weights=weight))


def decisions(yes: Flags, outcome: Flags, weight: Vector) -> Figures:
    """Return precision, recall, F1 and the share that is called a buyer."""
    hits = float(weight[yes & outcome].sum())
    called, buyers = float(weight[yes].sum()), float(weight[outcome].sum())
    return {
        "precision": hits / called if called else float("nan"),
        "recall": hits / buyers if buyers else float("nan"),
        "f1": 2 * hits / (called + buyers) if called + buyers else float("nan"),
        "called_buyers": called / float(weight.sum()),
    }


def purchase_figures(probability: Vector, outcome: Flags, threshold: float) -> Callable[[Vector], Figures]:
    """Return the function that computes every figure of purchase predictions."""
    ranking, bins = Ranking(probability, outcome), equal_mass_bins(probability)
    yes = probability >= threshold
    error = (probability - outcome) ** 2

    def compute(weight: Vector) -> Figures:
        total = float(weight.sum())
        return {
            **ranking.figures(weight),
            "base_rate": float(weight[outcome].sum()) / total,
            "brier": float((weight * error).sum()) / total,
            "calibration_error": calibration_error(probability, outcome, weight, bins),
            **decisions(yes, outcome, weight),
        }

    return compute
