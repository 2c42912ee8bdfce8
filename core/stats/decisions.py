"""Decisions by a threshold, right and wrong: precision, recall, F1 and the share called buyers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.stats.arrays import Flags, Vector
from core.stats.estimate import Figure, unknown
from core.stats.proportions import share

#: Draws for an interval of four counts.
DRAWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCounts:
    """How many sessions are called buyers from a threshold on, rightly and wrongly, and how many aren't.

    ``design_effect`` is how many times larger visitors who come several times make the variance of a share
    of them (``core.stats.proportions``).
    """

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    design_effect: float = 1.0

    @property
    def n(self) -> int:
        """All sessions."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def called(self) -> int:
        """Sessions called buyers."""
        return self.tp + self.fp

    @property
    def buyers(self) -> int:
        """Sessions that bought."""
        return self.tp + self.fn

    @property
    def precision(self) -> float | None:
        """Share of those called buyers that bought."""
        return self.tp / self.called if self.called else None

    @property
    def recall(self) -> float | None:
        """Share of the buyers that are called buyers."""
        return self.tp / self.buyers if self.buyers else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        both = self.called + self.buyers
        return 2 * self.tp / both if both else None

    def profit(self, value_of_buyer: float, cost_of_contact: float) -> float:
        """Return what contacting everybody from the threshold on brings, less what it costs."""
        return self.tp * value_of_buyer - self.called * cost_of_contact


def count_decisions(
    probability: Vector, outcome: Flags, threshold: float, *, design_effect: float = 1.0
) -> DecisionCounts:
    """Count right and wrong decisions at a threshold."""
    yes = probability >= threshold
    return DecisionCounts(
        threshold=threshold,
        tp=int((yes & outcome).sum()),
        fp=int((yes & ~outcome).sum()),
        fn=int((~yes & outcome).sum()),
        tn=int((~yes & ~outcome).sum()),
        design_effect=design_effect,
    )


def decision_figures(counts: DecisionCounts) -> dict[str, Figure]:
    """Return precision, recall, F1 and the share called buyers, each with a 95% interval.

    Shares have Wilson's, of the sessions they are shares of; the interval of F1 comes from drawing sessions
    from the four counts. A design effect above 1 makes both wider.
    """
    effect = counts.design_effect
    return {
        "precision": share(counts.tp, counts.called, design_effect=effect),
        "recall": share(counts.tp, counts.buyers, design_effect=effect),
        "f1": _f1(counts),
        "called_buyers": share(counts.called, counts.n, design_effect=effect),
    }


def decisions(yes: Flags, outcome: Flags, weight: Vector) -> dict[str, float]:
    """Return the same figures of weighed sessions; NaN where nobody is called a buyer, or buys."""
    hits = float(weight[yes & outcome].sum())
    called, buyers = float(weight[yes].sum()), float(weight[outcome].sum())
    return {
        "precision": hits / called if called else float("nan"),
        "recall": hits / buyers if buyers else float("nan"),
        "f1": 2 * hits / (called + buyers) if called + buyers else float("nan"),
        "called_buyers": called / float(weight.sum()),
    }


def drawn(counts: DecisionCounts, *, seed: int = 0) -> Vector:
    """Return the four counts as chance might have made them, drawn again and again.

    Returns
    -------
    Right yes, wrong yes, wrong no and right no; shape (4, ``DRAWS``).
    """
    four = np.array([counts.tp, counts.fp, counts.fn, counts.tn])
    n = max(1, round(counts.n / counts.design_effect))
    found = np.random.default_rng(seed).multinomial(n, four / counts.n, size=DRAWS)
    return np.asarray(found.T * (counts.n / n), dtype=np.float64)


def _f1(counts: DecisionCounts) -> Figure:
    if counts.f1 is None:
        return unknown(counts.n, "score")
    tp, fp, fn, _ = drawn(counts)
    whole = 2 * tp + fp + fn
    low, high = np.percentile(2 * tp[whole > 0] / whole[whole > 0], [2.5, 97.5])
    return Figure(value=counts.f1, low=float(low), high=float(high), n=counts.n, unit="score")
