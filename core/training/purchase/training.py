"""Will a session buy? Kinds of model compete; the winner is calibrated and given a threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.base.progress import Progress, part
from core.bundle.encoder import Vector
from core.bundle.models import Calibrator, PurchaseModel
from core.stats.arrays import Codes, Flags
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, TRAIN, VALIDATION
from core.training.purchase.calibration import best_threshold, fit_calibrator
from core.training.purchase.candidates import TRAINING_THREADS, Settings, fit, in_smaller_steps
from core.training.purchase.contest import Crossed, Winner, compare
from core.training.purchase.crossed import cross
from core.training.purchase.held_out import hold_out
from core.training.purchase.options import DEFAULTS, TrainingOptions
from core.training.purchase.samples import Sample, sample, with_hidden
from core.training.purchase.trials import Found

#: With fewer buyers to judge by, a slice chooses by chance; and only so many rows are crossed.
LEAST_BUYERS, MOST_CROSSED = 300, 100_000


@dataclass(frozen=True, slots=True)
class Competition:
    """The purchase model, and how the candidates did on sessions they weren't fitted to.

    ``judged_on`` says in words which those were, ``judged_auc`` is the winner's ROC-AUC on the whole ones
    among them; ``settings`` are the winner's, by kind, ``rounds`` after how many its boosting stopped, one a
    fold; ``found`` is what the search tried; ``crossed`` are the winner's folds where it was judged by such.
    """

    model: PurchaseModel
    candidates: list[dict[str, Any]]
    judged_on: str
    judged_auc: float
    settings: dict[str, Any]
    found: Found = field(default_factory=Found)
    rounds: dict[str, tuple[int | None, ...]] = field(default_factory=dict)
    crossed: Crossed | None = None


def train_purchase(
    data: TrainingData,
    *,
    seed: int,
    progress: Progress,
    options: TrainingOptions = DEFAULTS,
    found: Found | None = None,
) -> Competition:
    """Search settings, fit the candidates, choose between them, calibrate the winner, set its threshold.

    Parameters
    ----------
    found
        What an earlier search found; none is made then.
    """
    run = cross if is_crossed(data) else hold_out
    contest = run(data, seed, options, part(progress, 0.0, 0.9), found)
    on = contest.rows[contest.compared]
    candidates = compare(
        {kind: score[contest.compared] for kind, score in contest.scores.items()},
        data.purchased[on],
        data.weight[on],
        data.split.visitor[on],
        seed=seed,
    )
    kind = next(candidate["kind"] for candidate in candidates if candidate["chosen"])
    winner = contest.finish(kind)
    progress(0.95, "Calibrating")
    model = _calibrated(kind, winner, contest.rows, data, seed, options)
    whole = data.whole[contest.rows]
    ranked = RankedOutcomes.of(winner.score[whole], data.purchased[contest.rows[whole]])
    return Competition(
        model,
        candidates,
        contest.judged_on,
        area_under_roc(ranked),
        {kind: dict(settings) for kind, settings in winner.settings.items()},
        contest.found.without_fitted(),
        winner.rounds,
        contest.crossed,
    )


def train_on_whole_sessions(data: TrainingData, settings: Settings, *, seed: int) -> PurchaseModel:
    """Fit boosted trees on finished sessions only: what sessions cut short are worth is seen beside it."""
    rows, held, own = (data.rows(index, whole=True) for index in (TRAIN, VALIDATION, CALIBRATION))
    train, validation, calibration = (
        Sample(data.matrix[at], data.purchased[at], np.ones(len(at))) for at in (rows, held, own)
    )
    learned = with_hidden(train, data.encoder, seed)
    classifier = fit("xgboost", in_smaller_steps(settings), learned, seed=seed, held=validation).classifier
    score = classifier.score(calibration.matrix, TRAINING_THREADS)
    calibrator = fit_calibrator(score, calibration.outcome, calibration.weight, seed=seed)
    threshold = best_threshold(calibrator(score), calibration.outcome, calibration.weight)
    return PurchaseModel("xgboost", classifier, calibrator, threshold)


def is_crossed(data: TrainingData) -> bool:
    """Tell whether candidates are judged and calibrated by cross-validation, not on slices of their own."""
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION)
    if len(rows) > MOST_CROSSED:
        return False
    few = len(data.rows(VALIDATION, buyers=True, whole=True)) < LEAST_BUYERS
    return few or data.split.method != "time"


def _calibrated(
    kind: str,
    winner: Winner,
    rows: Codes,
    data: TrainingData,
    seed: int,
    options: TrainingOptions,
) -> PurchaseModel:
    """Calibrate finished and unfinished sessions, each on their own; set the threshold by finished ones."""
    classifier, score = winner.classifier, winner.score
    if not is_crossed(data):
        # Choosing by the validation slice hardly flatters its scores, and a curve wants every buyer.
        own = data.rows(CALIBRATION)
        own_score = classifier.score(sample(data, own).matrix, TRAINING_THREADS)
        rows, score = np.concatenate([rows, own]), np.concatenate([score, own_score])

    def calibrator(chosen: Flags, weight: Vector) -> Calibrator:
        return fit_calibrator(score[chosen], data.purchased[rows[chosen]], weight[chosen], seed=seed)

    whole = data.whole[rows]
    finished = calibrator(whole, np.ones(len(rows)))
    unfinished = calibrator(~whole, data.weight[rows]) if data.has_snapshots else None
    threshold = choose_threshold(
        finished(score[whole]), data.purchased[rows[whole]], np.ones(int(whole.sum())), options
    )
    return PurchaseModel(kind, classifier, finished, threshold, unfinished)


def choose_threshold(probability: Vector, outcome: Flags, weight: Vector, options: TrainingOptions) -> float:
    """Return the threshold by the rule that was chosen; best F1 if none was."""
    rule = options.threshold_rule
    if rule is not None and rule.kind == "money":
        from core.bundle.threshold import best_threshold_by_money

        return float(best_threshold_by_money(probability, outcome, weight, rule))
    return best_threshold(probability, outcome, weight)
