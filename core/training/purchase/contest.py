"""Kinds of model compete on sessions they weren't fitted to; between equals the fastest is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base.progress import Progress
from core.bundle.encoder import Vector
from core.bundle.models import Classifier
from core.stats.arrays import Codes, Flags
from core.stats.bootstrap import with_intervals
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc, average_precision
from core.training.purchase.candidates import NAMES, Fitted, Settings
from core.training.purchase.trials import Found

#: Fastest at scoring and explaining first. Between equals the faster one is taken.
BY_SPEED = ("xgboost", "logistic", "forest", "blend")
#: Draws that tell whether one candidate is clearly worse than another.
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Crossed:
    """Rows that were learned from, the fold each is in, and what was fitted without each fold, by kind."""

    rows: Codes
    fold: Codes
    fitted: dict[str, list[Fitted]]


@dataclass(frozen=True, slots=True)
class Winner:
    """What won, fitted to all there is to learn from.

    ``score`` are its scores of the contest's rows, by what hadn't learned from them; ``settings`` what each
    of its parts was fitted with, ``rounds`` after how many boosting stopped, one a fold.
    """

    classifier: Classifier
    score: Vector
    settings: dict[str, Settings]
    rounds: dict[str, tuple[int | None, ...]]


@dataclass(frozen=True, slots=True)
class Contest:
    """Candidates fitted, and their scores of the rows they are judged by.

    They are compared on the rows of ``compared``; ``finish`` fits a kind to all.
    """

    rows: Codes
    compared: Flags
    scores: dict[str, Vector]
    finish: Callable[[str], Winner]
    judged_on: str
    settings: dict[str, Settings]
    found: Found
    crossed: Crossed | None = None


def chosen_settings(found: Found, kinds: tuple[str, ...], *, second: bool) -> dict[str, Settings]:
    """Return the settings to fit: the best of each kind, and a second of boosting where it is cheap."""
    chosen = {kind: found.best(kind) for kind in kinds}
    if second and len(found.trials.get("xgboost", ())) > 1:
        others = (trial.settings for trial in found.trials["xgboost"])
        chosen["xgboost:second"] = next(other for other in others if other != chosen["xgboost"])
    return chosen


def competing(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds that compete, a blend of the best of them too where there are several."""
    kinds = tuple(kind for kind in settings if ":" not in kind)
    return (*kinds, "blend") if len(blended(settings)) > 1 else kinds


def blended(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a blend is made of."""
    return tuple(kind for kind in ("xgboost", "xgboost:second", "forest") if kind in settings)


def parts_of(kind: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what has to be fitted for a kind: itself, or what a blend is made of."""
    return blended(settings) if kind == "blend" else (kind,)


def ticking(progress: Progress, share: float, kind: str) -> Callable[[], None]:
    """Return what tells that a kind is being fitted."""
    return lambda: progress(share, f"Training {NAMES[kind.split(':')[0]]}")


def compare(
    scores: dict[str, Vector], outcome: Flags, weight: Vector, visitors: Codes, *, seed: int
) -> list[dict[str, Any]]:
    """Rank candidates by PR-AUC; choose the fastest of those not clearly worse.

    Clearly worse means that the 95% interval of the difference to the best one excludes 0.
    """
    ranked = {kind: RankedOutcomes.of(score, outcome) for kind, score in scores.items()}

    def compute(drawn: Vector) -> dict[str, float]:
        return {kind: average_precision(found.weighed(weight * drawn)) for kind, found in ranked.items()}

    areas = with_intervals(compute, visitors, {}, seed=seed, resamples=RESAMPLES)
    best = max(areas, key=lambda kind: areas[kind].value or 0.0)

    def differences(drawn: Vector) -> dict[str, float]:
        found = compute(drawn)
        return {kind: found[best] - found[kind] for kind in found}

    behind = with_intervals(differences, visitors, {}, seed=seed, resamples=RESAMPLES)
    level = [kind for kind in scores if kind == best or (behind[kind].low or 0.0) <= 0.0]
    chosen = min(level, key=BY_SPEED.index)
    return [
        {
            "kind": kind,
            "name": NAMES[kind],
            "chosen": kind == chosen,
            "pr_auc": areas[kind].to_dict(),
            "roc_auc": area_under_roc(ranked[kind].weighed(weight)),
            "behind_best": behind[kind].to_dict(),
        }
        for kind in sorted(scores, key=lambda kind: -(areas[kind].value or 0.0))
    ]


def deal(outcome: Flags, visitor: Codes, folds: int, seed: int) -> Codes:
    """Return each row's fold: a visitor's rows together, buyers and others dealt evenly."""
    codes = np.unique(visitor, return_inverse=True)[1]
    buys = np.zeros(int(codes.max(initial=-1)) + 1, dtype=bool)
    buys[codes[outcome]] = True
    fold = np.empty(len(buys), dtype=np.int64)
    random = np.random.default_rng(seed)
    for kind in (buys, ~buys):
        members = random.permutation(np.flatnonzero(kind))
        fold[members] = np.arange(len(members)) % folds
    return np.asarray(fold[codes])
