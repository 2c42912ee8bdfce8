"""Predictions of a model's own export, each session's by models that had not seen its visitor.

Sessions after the training's are answered by the trained models themselves, and so is everybody whose visitor
they never saw. The others are dealt into folds by visitor, as when the model was chosen; each fold is
answered by models fitted to the other folds with the same settings. Such a fold also has a calibration curve
of its own, from scores other folds got the same way (cross-fitting, Chernozhukov et al. 2018).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from core.base.progress import Progress, part, silent
from core.bundle.encoder import Matrix, Vector
from core.bundle.models import Blend, Classifier, Models, PurchaseModel, RevenueModel
from core.bundle.predictor import CHUNK_ROWS, predictions
from core.schema.sessions import PREDICTION_SCHEMA
from core.stats.arrays import Codes, Flags
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, DROPPED, TRAIN, VALIDATION, number_visitors
from core.training.purchase.calibration import fit_calibrator
from core.training.purchase.candidates import TRAINING_THREADS, fit, mean_rounds
from core.training.purchase.contest import Crossed, deal
from core.training.purchase.crossed import FOLDS
from core.training.purchase.samples import Sample, sample, with_hidden
from core.training.purchase.training import Competition
from core.training.revenue import train_revenue

#: Rows a fold is fitted to at most; more only take longer.
MOST_ROWS = 200_000


def cross_fit(
    data: TrainingData,
    models: Models,
    competition: Competition,
    sessions: pa.Table,
    *,
    seed: int,
    progress: Progress = silent,
) -> pa.Table:
    """Predict every session of an export by models that had not seen its visitor.

    Parameters
    ----------
    data, models, competition
        What was learned from, what came of it, and how.
    sessions
        All session rows of the export, those without an outcome too.

    Returns
    -------
    Table of PREDICTION_SCHEMA, a row a session, in the same order. Clusters are those of ``models``.
    """
    dealt = competition.crossed or _dealt(data, seed)
    fold_models = _fit_folds(data, models, competition, dealt, seed, part(progress, 0.0, 0.9))
    fold_of = _folds_of(sessions, data, dealt)
    progress(0.9, "Scoring every session by a model that hadn't seen its visitor")
    answers, places = [], []
    for number, answering in [(DROPPED, models), *enumerate(fold_models)]:
        rows = np.flatnonzero(fold_of == number)
        for start in range(0, len(rows), CHUNK_ROWS):
            chunk = rows[start : start + CHUNK_ROWS]
            matrix = models.encoder.transform(sessions.take(pa.array(chunk)))
            answers.append(_answer(answering, models, matrix))
            places.append(chunk)
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.Table.from_batches(answers, schema=PREDICTION_SCHEMA).take(pa.array(order))


def _dealt(data: TrainingData, seed: int) -> Crossed:
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION)
    return Crossed(rows, deal(data.purchased[rows], data.split.visitor[rows], FOLDS, seed), {})


def _answer(answering: Models, models: Models, matrix: Matrix) -> pa.RecordBatch:
    threshold = models.purchase.threshold if models.purchase else None
    return predictions(answering, matrix, TRAINING_THREADS, threshold=threshold)


def _folds_of(sessions: pa.Table, data: TrainingData, dealt: Crossed) -> Codes:
    """Return each session's fold, its visitor's; DROPPED where nothing was learned from the visitor."""
    visitor, _ = number_visitors(sessions)
    known = np.flatnonzero(_has_outcome(sessions))
    whole = data.whole[dealt.rows]
    fold_of_visitor = np.full(int(visitor.max(initial=-1)) + 1, DROPPED, dtype=np.int64)
    fold_of_visitor[visitor[known[dealt.rows[whole]]]] = dealt.fold[whole]
    return np.asarray(fold_of_visitor[visitor])


def _has_outcome(sessions: pa.Table) -> Flags:
    return np.asarray(sessions["purchased"].is_valid().to_numpy(), dtype=bool)


def _fit_folds(
    data: TrainingData,
    models: Models,
    competition: Competition,
    dealt: Crossed,
    seed: int,
    progress: Progress,
) -> list[Models]:
    """Return the models of each fold, fitted to all others."""
    classifiers: list[Classifier] = []
    score = np.empty(len(dealt.rows))
    for number in range(FOLDS):
        stretch = part(progress, 0.8 * number / FOLDS, 0.8 * (number + 1) / FOLDS)
        message = f"Training without one fifth of the visitors ({number + 1} of {FOLDS})"
        stretch(0.0, message)
        outside = dealt.fold == number
        classifier = _fit_without(data, competition, dealt, number, seed, stretch, message)
        score[outside] = classifier.score(sample(data, dealt.rows[outside]).matrix, TRAINING_THREADS)
        classifiers.append(classifier)
    fitted = []
    for number, classifier in enumerate(classifiers):
        progress(0.8 + 0.2 * number / FOLDS, "Calibrating")
        purchase = _calibrated(data, models, classifier, dealt, score, number, seed)
        fitted.append(replace(models, purchase=purchase, revenue=_revenue(data, models, dealt, number, seed)))
    return fitted


def _fit_without(
    data: TrainingData,
    competition: Competition,
    dealt: Crossed,
    fold: int,
    seed: int,
    progress: Progress,
    message: str,
) -> Classifier:
    """Return the kind that was chosen, fitted to all other folds; they tell how long boosting goes on."""
    members = []
    for kind, settings in competition.settings.items():
        stops = competition.rounds[kind]
        rounds = mean_rounds(stop for place, stop in enumerate(stops) if place != fold or len(stops) == 1)
        # What was fitted to choose a kind has learned from the same rows.
        fitted = dealt.fitted[kind][fold].stopped_after(rounds) if dealt.fitted else None
        members.append(
            fitted
            or fit(
                kind.split(":")[0],
                settings,
                _learned(data, dealt.rows[dealt.fold != fold], seed),
                seed=seed,
                rounds=rounds,
                tick=lambda: progress(0.5, message),
            ).classifier
        )
    return members[0] if len(members) == 1 else Blend(tuple(members))


def _learned(data: TrainingData, rows: Codes, seed: int) -> Sample:
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    return with_hidden(sample(data, rows), data.encoder, seed)


def _calibrated(
    data: TrainingData,
    models: Models,
    classifier: Classifier,
    dealt: Crossed,
    score: Vector,
    fold: int,
    seed: int,
) -> PurchaseModel | None:
    """Return a fold's purchase model, calibrated on finished sessions of the other folds."""
    if models.purchase is None:
        return None
    chosen = data.whole[dealt.rows] & (dealt.fold != fold)
    rows = dealt.rows[chosen]
    calibrator = fit_calibrator(score[chosen], data.purchased[rows], np.ones(len(rows)), seed=seed)
    # Every session of a result is finished; the second curve only says that the classifier reads the state.
    unfinished = calibrator if models.purchase.unfinished is not None else None
    return replace(models.purchase, classifier=classifier, calibrator=calibrator, unfinished=unfinished)


def _revenue(data: TrainingData, models: Models, dealt: Crossed, fold: int, seed: int) -> RevenueModel | None:
    """Return revenue as learned from buyers of the other folds."""
    if models.revenue is None:
        return None
    slice_of = data.split.slice_of.copy()
    slice_of[dealt.rows[dealt.fold == fold]] = DROPPED
    trained = train_revenue(replace(data, split=replace(data.split, slice_of=slice_of)), seed=seed)
    return trained.model if trained else None
