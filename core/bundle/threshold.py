"""From a probability to a decision: from where on a session counts as a buyer, and what that brings.

Whoever is contacted costs the contact; whoever is contacted and buys brings the value of a buyer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from core.base.errors import DecisionError
from core.stats.arrays import Flags, Vector
from core.stats.decisions import DecisionCounts, drawn
from core.stats.ranked import RankedOutcomes

Kind = Literal["f1", "money", "hand"]
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
                f"{str(self.kind)[:40]!r} isn't a way to choose a cut-off.",
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
                remedy="Enter both, in the model's currency.",
            )
        if value <= 0 or cost < 0:
            raise DecisionError(
                f"A cut-off can't be chosen from a buyer worth {value:g} and a contact at {cost:g}.",
                remedy="A buyer must be worth more than 0, and a contact must cost 0 or more.",
            )
        if cost >= value:
            raise DecisionError(
                f"A contact costs {cost:g} and a buyer is worth {value:g}, so it would never pay.",
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
            raise DecisionError(
                "The rule's amounts aren't numbers.", remedy="Enter plain amounts."
            ) from error
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
    ranked = RankedOutcomes.of(probability, outcome)
    buyers, called = ranked.weighed(weight).curve()
    # Nobody at all is a choice too: it brings 0.
    brings = np.append(0.0, buyers * value - called * cost)
    levels = np.concatenate([[1.0], ranked.score, [0.0]])
    best = int(np.argmax(brings))
    return float((levels[best] + levels[best + 1]) / 2)


def profit_interval(counts: DecisionCounts, rule: ThresholdRule, *, seed: int = 0) -> tuple[float, float]:
    """Return between what two amounts the profit of a threshold lies, 19 times out of 20.

    Raises
    ------
    DecisionError
        If the rule's amounts are missing or can never pay.
    """
    value, cost = rule.amounts()
    tp, fp, _, _ = drawn(counts, seed=seed)
    low, high = np.percentile(tp * value - (tp + fp) * cost, [2.5, 97.5])
    return float(low), float(high)


def read_counts(curves: Mapping[str, Any]) -> tuple[DecisionCounts, ...]:
    """Return the counts of a manifest's curves, by rising threshold; none where an old model has none."""
    confusion = curves.get("confusion")
    if not confusion:
        return ()
    effect = design_effect_of(curves)
    columns = (confusion["threshold"], *(confusion[name] for name in ("tp", "fp", "fn", "tn")))
    return tuple(
        DecisionCounts(
            threshold=float(threshold), tp=int(tp), fp=int(fp), fn=int(fn), tn=int(tn), design_effect=effect
        )
        for threshold, tp, fp, fn, tn in zip(*columns, strict=True)
    )


def design_effect_of(curves: Mapping[str, Any]) -> float:
    """Return the design effect of a manifest's curves; 1 where an older version didn't measure it."""
    return float(curves.get("design_effect") or 1.0)


def profits(counts: Sequence[DecisionCounts], rule: ThresholdRule) -> list[float]:
    """Return what each threshold brings by a rule of money.

    Raises
    ------
    DecisionError
        If the rule's amounts are missing or can never pay.
    """
    value, cost = rule.amounts()
    return [count.profit(value, cost) for count in counts]


def best_place(counts: Sequence[DecisionCounts], rule: ThresholdRule) -> int:
    """Return which of the thresholds is best by a rule: of equals the highest, which contacts fewest.

    Raises
    ------
    DecisionError
        If it is a rule of money whose amounts are missing or can never pay.
    """
    by_money = rule.kind == "money"
    worth = profits(counts, rule) if by_money else [count.f1 or 0.0 for count in counts]
    return max(range(len(counts)), key=lambda place: (worth[place], counts[place].threshold))
