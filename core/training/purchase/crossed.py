"""The contest where buyers are few: cross-validation over everything before the test."""

from __future__ import annotations

import numpy as np

from core.base.progress import Progress, part
from core.bundle.encoder import Vector
from core.bundle.models import Blend, Classifier
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, TRAIN, VALIDATION
from core.training.purchase.candidates import TRAINING_THREADS, Fitted, fit, mean_rounds
from core.training.purchase.contest import (
    Contest,
    Crossed,
    Winner,
    blended,
    chosen_settings,
    competing,
    deal,
    parts_of,
    ticking,
)
from core.training.purchase.options import TrainingOptions
from core.training.purchase.samples import sample, with_hidden
from core.training.purchase.search import MOST_HELD, Fold, search
from core.training.purchase.search import MOST_ROWS as SEARCHED_ROWS
from core.training.purchase.trials import Found

FOLDS = 5


def cross(
    data: TrainingData, seed: int, options: TrainingOptions, progress: Progress, found: Found | None
) -> Contest:
    """Fit and judge by cross-validation over everything before the test; the winner then fits all of it."""
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION)
    everything = sample(data, rows)
    fold_of = deal(everything.outcome, data.split.visitor[rows], FOLDS, seed)
    folds = [
        Fold(sample(data, rows[fold_of != number]), sample(data, rows[fold_of == number]))
        for number in range(FOLDS)
    ]
    own = (
        None
        if found
        else search(folds, data.encoder, options=options, seed=seed, progress=part(progress, 0.0, 0.6))
    )
    found = found or own or Found()
    chosen = chosen_settings(found, options.kinds, second=True)
    hidden = [with_hidden(fold.rows, data.encoder, seed) for fold in folds]
    # A search that took all rows fitted the same folds.
    whole = all(len(f.rows.matrix) <= SEARCHED_ROWS and len(f.held.matrix) <= MOST_HELD for f in folds)
    fitted: dict[str, list[Fitted]] = {
        kind: list(own.fitted(_kind(kind), settings)) if own and whole else []
        for kind, settings in chosen.items()
    }

    def fit_folds(kind: str, upto: int, share: float) -> None:
        tick = ticking(progress, share, kind)
        for place in range(len(fitted[kind]), upto):
            one = fit(_kind(kind), chosen[kind], hidden[place], seed=seed, held=folds[place].held, tick=tick)
            fitted[kind].append(one)

    def score_of(kind: str) -> Vector:
        """Return the scores of all folds fitted; NaN for the others."""
        if kind == "blend":
            return Blend.mean([score_of(member) for member in blended(chosen)])
        score = np.full(len(rows), np.nan)
        for place, one in enumerate(fitted[kind]):
            score[fold_of == place] = one.classifier.score(folds[place].held.matrix, TRAINING_THREADS)
        return score

    def on_all(kind: str) -> Classifier:
        everyone = with_hidden(everything, data.encoder, seed)
        rounds = mean_rounds(one.rounds for one in fitted[kind])
        tick = ticking(progress, 0.95, kind)
        return fit(_kind(kind), chosen[kind], everyone, seed=seed, rounds=rounds, tick=tick).classifier

    def finish(kind: str) -> Winner:
        members = parts_of(kind, chosen)
        for member in members:
            fit_folds(member, FOLDS, 0.9)
        classifiers = tuple(on_all(member) for member in members)
        return Winner(
            Blend(classifiers) if kind == "blend" else classifiers[0],
            score_of(kind),
            {member: chosen[member] for member in members},
            {member: tuple(one.rounds for one in fitted[member]) for member in members},
        )

    upto = min(options.contest_folds or FOLDS, FOLDS)
    for place, kind in enumerate(chosen):
        fit_folds(kind, upto, 0.6 + 0.3 * place / len(chosen))
    return Contest(
        rows,
        fold_of < upto,
        {kind: score_of(kind) for kind in competing(chosen)},
        finish,
        _in_words(upto),
        chosen,
        found,
        Crossed(rows, fold_of, fitted),
    )


def _kind(name: str) -> str:
    """Return the kind of settings; a second of a kind has a name of its own."""
    return name.split(":")[0]


def _in_words(folds: int) -> str:
    if folds == FOLDS:
        return f"all sessions before the test, by {FOLDS}-fold cross-validation"
    return f"part of the sessions before the test: {folds} folds of a {FOLDS}-fold cross-validation"
