"""From a probability to a decision: from where on a session counts as a buyer, and what that brings.

Whoever is contacted costs the contact; whoever is contacted and buys brings the value of a buyer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from core.base.errors import DecisionError
from core.bundle.encoder import Vector
from core.training.metrics import Ranking

Flags = npt.NDArray[np.bool_]
Kind = Literal["f1", "money", "hand"]
#: Draws for the interval of a decision's figures.
DRAWS = 2_000
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule:
    """How a threshold is chosen: by best F1, by what contacts bring and cost, or by hand.

    ``value_of_buyer`` and ``cost_of_contact`` are amounts in the model's currency, for ``money`` only.
    """

    kind: Kind = "f1"
    value_of_buyer: float | None = None
    cost_of_contact: float | None = None

    def validate(self) -> ThresholdRule:
        """Return the rule if a threshold can be chosen by it.

        Raises
        ------
        DecisionError
            If it is of no known kind, or its amounts are missing or can never pay.
        """
        if self.kind not in KINDS:
            raise DecisionError(
                f"{str(self.kind)[:40]!r} is no way to choose a threshold.",
                remedy=f"Use one of {', '.join(KINDS)}.",
            )
        if self.kind == "money":
            self.amounts()
        return self

    def amounts(self) -> tuple[float, float]:
        """Return the value of a buyer and the cost of a contact.

        Raises
        ------
        DecisionError
            If they are missing or can never pay.
        """
        value, cost = self.value_of_buyer, self.cost_of_contact
        if value is None or cost is None or not (math.isfinite(value) and math.isfinite(cost)):
            raise DecisionError(
                "The value of a buyer or the cost of a contact is missing.",
                remedy="Give both, in the model's currency.",
            )
        if value <= 0 or cost < 0:
            raise DecisionError(
                f"A buyer worth {value:g} and a contact at {cost:g} are no amounts to choose by.",
                remedy="A buyer is worth more than 0, and a contact costs 0 or more.",
            )
        if cost >= value:
            raise DecisionError(
                f"A contact costs {cost:g} and a buyer brings {value:g}: it would never pay.",
                remedy="Check both amounts.",
            )
        return value, cost

    @property
    def break_even(self) -> float | None:
        """Probability from which on a contact pays, if probabilities are right; None unless ``money``."""
        if self.kind != "money":
            return None
        value, cost = self.amounts()
        return cost / value

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON; amounts only where they count."""
        if self.kind != "money":
            return {"kind": self.kind}
        return {
            "kind": self.kind,
            "value_of_buyer": self.value_of_buyer,
            "cost_of_contact": self.cost_of_contact,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> ThresholdRule:
        """Read what ``to_dict`` wrote.

        Raises
        ------
        DecisionError
            If it is no rule.
        """
        amounts = {name: told.get(name) for name in ("value_of_buyer", "cost_of_contact")}
        try:
            known = {name: float(amount) for name, amount in amounts.items() if amount is not None}
        except (TypeError, ValueError) as error:
            raise DecisionError("The rule's amounts are no numbers.", remedy="Give plain amounts.") from error
        return cls(kind=told.get("kind", "f1"), **known).validate()


def best_threshold_by_money(
    probability: Vector, outcome: Flags, weight: Vector, rule: ThresholdRule
) -> float:
    """Return the probability from which on contacting sessions brings most.

    It lies halfway between two sessions' probabilities. Above every probability where no contact pays.

    Raises
    ------
    DecisionError
        If the rule's amounts are missing or can never pay.
    """
    value, cost = rule.amounts()
    buyers, called = Ranking(probability, outcome).curve(weight)
    # Nobody at all is a choice too: it brings 0.
    brings = np.append(0.0, buyers * value - called * cost)
    levels = np.concatenate([[1.0], np.unique(probability)[::-1], [0.0]])
    best = int(np.argmax(brings))
    return float((levels[best] + levels[best + 1]) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions are called buyers from a threshold on, rightly and wrongly, and how many aren't."""

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int

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


def decision_figures(counts: Counts, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return precision, recall, F1 and the share called buyers, each with a 95% interval.

    Intervals come from drawing as many sessions from the four counts, again and again.
    """
    four = np.array([counts.tp, counts.fp, counts.fn, counts.tn])
    spread = _ratios(*_drawn(counts, seed))
    found = {}
    for name, value in _ratios(*four.astype(np.float64)[:, None]).items():
        known = spread[name][np.isfinite(spread[name])]
        told = math.isfinite(value[0]) and len(known) > 0
        low, high = np.percentile(known, [2.5, 97.5]) if told else (None, None)
        found[name] = {
            "value": float(value[0]) if math.isfinite(value[0]) else None,
            "low": None if low is None else float(low),
            "high": None if high is None else float(high),
            "n": counts.n,
            "unit": "score" if name == "f1" else "share",
        }
    return found


def profit_interval(counts: Counts, rule: ThresholdRule, *, seed: int = 0) -> tuple[float, float]:
    """Return between what two amounts the profit of a threshold lies, 19 times out of 20.

    Raises
    ------
    DecisionError
        If the rule's amounts are missing or can never pay.
    """
    value, cost = rule.amounts()
    tp, fp, _, _ = _drawn(counts, seed)
    low, high = np.percentile(tp * value - (tp + fp) * cost, [2.5, 97.5])
    return float(low), float(high)


def count_decisions(probability: Vector, outcome: Flags, threshold: float) -> Counts:
    """Count right and wrong decisions at a threshold."""
    yes = probability >= threshold
    return Counts(
        threshold=threshold,
        tp=int((yes & outcome).sum()),
        fp=int((yes & ~outcome).sum()),
        fn=int((~yes & outcome).sum()),
        tn=int((~yes & ~outcome).sum()),
    )


def read_counts(confusion: Mapping[str, Sequence[float]]) -> tuple[Counts, ...]:
    """Return the counts of a manifest's ``curves["confusion"]``, by rising threshold."""
    columns = (confusion["threshold"], *(confusion[name] for name in ("tp", "fp", "fn", "tn")))
    return tuple(
        Counts(threshold=float(threshold), tp=int(tp), fp=int(fp), fn=int(fn), tn=int(tn))
        for threshold, tp, fp, fn, tn in zip(*columns, strict=True)
    )


def profits(counts: Sequence[Counts], rule: ThresholdRule) -> list[float]:
    """Return what each threshold brings by a rule of money.

    Raises
    ------
    DecisionError
        If the rule's amounts are missing or can never pay.
    """
    value, cost = rule.amounts()
    return [count.profit(value, cost) for count in counts]


def best_place(counts: Sequence[Counts], rule: ThresholdRule) -> int:
    """Return which of the thresholds is best by a rule: of equals the highest, which contacts fewest.

    Raises
    ------
    DecisionError
        If it is a rule of money whose amounts are missing or can never pay.
    """
    by_money = rule.kind == "money"
    worth = profits(counts, rule) if by_money else [count.f1 or 0.0 for count in counts]
    return max(range(len(counts)), key=lambda place: (worth[place], counts[place].threshold))


def _drawn(counts: Counts, seed: int) -> Vector:
    """Return the four counts of as many sessions, drawn again and again: a row each."""
    four = np.array([counts.tp, counts.fp, counts.fn, counts.tn])
    drawn = np.random.default_rng(seed).multinomial(counts.n, four / counts.n, size=DRAWS)
    return np.asarray(drawn.T, dtype=np.float64)


def _ratios(tp: Vector, fp: Vector, fn: Vector, tn: Vector) -> dict[str, Vector]:
    def share(part: Vector, whole: Vector) -> Vector:
        return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))

    return {
        "precision": share(tp, tp + fp),
        "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn),
        "called_buyers": share(tp + fp, tp + fp + fn + tn),
    }
