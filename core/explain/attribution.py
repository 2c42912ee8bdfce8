"""What each feature adds to a prediction, from the average session's to this one's.

Two scales: ``effects`` on the scale the models add up on (log odds of a purchase, log of the revenue), and
``points`` on the one people read (probability, money). On both, the base and what the features add
make exactly what is predicted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.base.errors import ExplainError
from core.bundle.encoder import Encoder, Matrix, Vector
from core.bundle.models import (
    AmountScale,
    Models,
    PurchaseModel,
    RevenueModel,
    above_log_mean,
    expit,
    logit,
    with_state,
)
from core.explain.curves import steepness, stretched
from core.explain.margins import margins

Target = Literal["purchase", "revenue"]
Flags = npt.NDArray[np.bool_]

#: Probabilities as near to 0 or 1 as this are no further apart in log odds.
FARTHEST = 40.0


@dataclass(frozen=True, slots=True)
class Attribution:
    """Effects and points of shape (rows, features), the state of the visit as the last if there is one."""

    has_state: bool
    base: float
    effects: Vector
    points: Vector
    prediction: Vector


def attribute(
    models: Models, matrix: Matrix, going_on: Flags | None, target: Target, threads: int
) -> Attribution:
    """Return what each feature adds to the predictions of encoded rows.

    Raises
    ------
    ExplainError
        If the models don't predict the target, or say the same of every session.
    """
    state = np.zeros(len(matrix), dtype=bool) if going_on is None else going_on
    if models.purchase is None:
        raise ExplainError(
            "This model has clusters only, so there is no prediction to explain.",
            remedy="Choose a model that was trained on sessions with known purchases.",
        )
    if target == "purchase":
        return _purchase(models.encoder, models.purchase, matrix, state, threads)
    if models.revenue is None or models.revenue.trees is None:
        raise ExplainError(
            "This model expects the same revenue from every buyer, because too few buyers with an amount "
            "were known when it was trained. There is nothing to explain.",
            remedy="See the reasons for purchases, or train on an export with more purchases.",
        )
    return _revenue(models.encoder, models.revenue, matrix, state, threads)


def check_target(target: str) -> Target:
    """Return a target if it is one.

    Raises
    ------
    ExplainError
        If it isn't.
    """
    if target == "purchase" or target == "revenue":
        return target  # type: ignore[return-value]
    raise ExplainError(f"“{target[:40]}” isn't predicted.", remedy="Use purchase or revenue.")


def _purchase(
    encoder: Encoder, model: PurchaseModel, matrix: Matrix, state: Flags, threads: int
) -> Attribution:
    unfinished = model.unfinished
    with_states = matrix if unfinished is None else with_state(matrix, state)
    raw = margins(model.classifier, with_states, threads)
    finished_base = float(model.calibrator.log_odds(logit(expit(np.array([raw.base]))))[0])

    def calibrated(score: Vector) -> Vector:
        kept = logit(expit(score))
        finished = model.calibrator.log_odds(kept)
        return finished if unfinished is None else np.where(state, unfinished.log_odds(kept), finished)

    start, end = np.full(len(matrix), raw.base), raw.total
    probability = model.probability(matrix, threads, state)
    shown, base = _log_odds(probability), np.clip(finished_base, -FARTHEST, FARTHEST)
    first = np.clip(calibrated(start), -FARTHEST, FARTHEST)
    effects = stretched(raw.effects, steepness(calibrated, start, end), shown - first)
    effects = _by_feature(encoder, effects)
    if unfinished is not None:
        # Sessions that go on are calibrated otherwise: that, too, is what going on adds.
        effects[:, -1] += first - base
    bases = np.full(len(matrix), base)
    base_probability = float(expit(np.array([base]))[0])
    points = stretched(effects, steepness(expit, bases, shown), probability - base_probability)
    return Attribution(unfinished is not None, base_probability, effects, points, probability)


def _revenue(
    encoder: Encoder, model: RevenueModel, matrix: Matrix, state: Flags, threads: int
) -> Attribution:
    trees, spread, finished = model.trees, model.spread, model.finished
    if trees is None or spread is None or finished is None:
        raise ValueError("a model with trees has a spread and a scale")
    with_states = matrix if model.unfinished is None else with_state(matrix, state)
    middle, further = margins(trees, with_states, threads), margins(spread, with_states, threads)
    start, end = np.full(len(matrix), further.base), further.total
    added = middle.effects + further.effects * steepness(_above, start, end)[:, None]
    log_base = middle.base + float(_above(np.array([further.base]))[0]) + math.log(finished.correction)
    effects = _by_feature(encoder, added)
    if model.unfinished is not None:
        effects[:, -1] += np.where(state, _more(model.unfinished, finished), 0.0)
    amount = model.amounts(matrix, threads, state)[0]
    highest = math.log(model.largest)
    bases, logs = np.full(len(matrix), log_base), log_base + effects.sum(axis=1)

    def within(log: Vector) -> Vector:
        return np.minimum(log, highest)

    first = min(log_base, highest)
    effects = stretched(effects, steepness(within, bases, logs), np.log(amount) - first)
    firsts = np.full(len(matrix), first)
    points = stretched(effects, steepness(np.exp, firsts, np.log(amount)), amount - math.exp(first))
    return Attribution(model.unfinished is not None, math.exp(first), effects, points, amount)


def _above(log_spread: Vector) -> Vector:
    """Return what a spread adds to the log of a mean, by the log the trees add up to."""
    return above_log_mean(np.exp(log_spread))


def _more(scale: AmountScale, than: AmountScale) -> float:
    return math.log(scale.correction) - math.log(than.correction)


def _log_odds(probability: Vector) -> Vector:
    with np.errstate(divide="ignore"):
        log_odds = np.log(probability) - np.log1p(-probability)
    return np.asarray(np.clip(log_odds, -FARTHEST, FARTHEST))


def _by_feature(encoder: Encoder, effects: Vector) -> Vector:
    """Add up the columns of each feature; what is beyond them (the state) stays."""
    spans = list(encoder.spans())
    columns = [effects[:, start:stop].sum(axis=1) for _, start, stop in spans]
    beyond = effects[:, spans[-1][2] if spans else 0 :]
    return np.column_stack([*columns, beyond])
