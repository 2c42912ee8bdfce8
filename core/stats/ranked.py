"""Outcomes ranked by score: what ROC, precision, lift and calibration are all computed from.

However many sessions there are, a figure needs only how many bought and how many didn't with each score,
and of which visitor each session is, for its interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from core.stats.arrays import Codes, Flags, Vector
from core.stats.proportions import design_effect

#: Probabilities are told apart to this many decimals: nobody acts on less, and millions of sessions are
#: counted without being sorted.
DECIMALS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedOutcomes:
    """How many sessions bought with each score there is, and how many didn't, highest score first.

    Parameters
    ----------
    score, buyers, others
        Of each of the k scores: itself, and the sessions with it that bought and that didn't, or their
        weight; shape (k,). Sessions of one score are a tie: nothing ranks one before another.
    level, outcome
        Of each of the n sessions the place of its score among the k, and whether it bought; shape (n,).
    visitor
        Of each session a number that is its visitor's; None where every session is a visitor's only one,
        or nothing tells.
    """

    score: Vector
    buyers: Vector
    others: Vector
    level: npt.NDArray[np.integer]
    outcome: Flags
    visitor: npt.NDArray[np.integer] | None = None

    @classmethod
    def of(cls, score: Vector, outcome: Flags, visitor: Codes | None = None) -> Self:
        """Rank sessions by any score, told apart to the last digit."""
        levels, rising = np.unique(score, return_inverse=True)
        level = len(levels) - 1 - rising
        size = np.bincount(level, minlength=len(levels))
        return cls._counted(levels[::-1], level, size, outcome, visitor)

    @classmethod
    def of_probabilities(cls, probability: Vector, outcome: Flags, visitor: Codes | None = None) -> Self:
        """Rank sessions by probability, told apart to ``DECIMALS``."""
        return cls.of(np.rint(probability * 10**DECIMALS) / 10.0**DECIMALS, outcome, visitor)

    @classmethod
    def of_places(
        cls, place: npt.NDArray[np.int32], outcome: Flags, visitor: npt.NDArray[np.integer] | None = None
    ) -> Self:
        """Rank sessions by probabilities in whole units of their last decimal: millions, without sorting."""
        size = np.bincount(place)
        there = np.flatnonzero(size)[::-1]
        level_of = np.empty(len(size), dtype=np.int32)
        level_of[there] = np.arange(len(there))
        return cls._counted(there / 10.0**DECIMALS, level_of[place], size[there], outcome, visitor)

    @classmethod
    def _counted(
        cls,
        score: Vector,
        level: npt.NDArray[np.integer],
        size: npt.NDArray[np.integer],
        outcome: Flags,
        visitor: npt.NDArray[np.integer] | None,
    ) -> Self:
        buyers = np.bincount(level[outcome], minlength=len(score)).astype(np.float64)
        return cls(
            score=score, buyers=buyers, others=size - buyers, level=level, outcome=outcome, visitor=visitor
        )

    @property
    def size(self) -> Vector:
        """Sessions with each score, or their weight."""
        return self.buyers + self.others

    @property
    def n(self) -> int:
        """How many sessions there are."""
        return len(self.level)

    def weighed(self, weight: Vector) -> Self:
        """Return the same sessions, each counting as much as its weight."""
        size: Vector = np.bincount(self.level, weight, minlength=len(self.score)).astype(np.float64)
        buyers: Vector = np.bincount(self.level, weight * self.outcome, minlength=len(self.score)).astype(
            np.float64
        )
        return replace(self, buyers=buyers, others=size - buyers)

    def curve(self) -> tuple[Vector, Vector]:
        """Return the buyers, and all sessions, at each score or above it."""
        return np.cumsum(self.buyers), np.cumsum(self.size)

    def variance(self, of_buyer: Vector, of_other: Vector) -> float:
        """Return the variance of a figure by what each session adds to it, visitors being independent.

        Parameters
        ----------
        of_buyer, of_other
            By score, what one buyer and one other more or less would move the figure by (its influence
            function; Huber 1981): a visitor's sessions move it together. Shape (k,).
        """
        if self.visitor is None:
            return float((self.buyers * of_buyer**2 + self.others * of_other**2).sum())
        moved = np.bincount(self.visitor, of_other[self.level])
        # Buyers are few: of them is only added what sets them apart.
        bought = np.flatnonzero(self.outcome)
        moved += np.bincount(
            self.visitor[bought], (of_buyer - of_other)[self.level[bought]], minlength=len(moved)
        )
        return float((moved**2).sum())

    @cached_property
    def design_effect(self) -> float:
        """Return how many times larger the variance of the share of buyers is than of lone sessions."""
        if self.visitor is None:
            return 1.0
        sizes = np.bincount(self.visitor).astype(np.float64)
        there = sizes > 0
        buyers = np.bincount(self.visitor[self.outcome], minlength=len(sizes)).astype(np.float64)
        return design_effect(buyers[there], sizes[there])
