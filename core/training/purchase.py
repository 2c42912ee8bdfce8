"""Will a session buy? Kinds of model compete; the winner is calibrated and given a threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.progress import Progress, part
from core.bundle.encoder import Vector
from core.bundle.models import Blend, Calibrator, Classifier, PurchaseModel
from core.stats.bootstrap import with_intervals
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc, average_precision
from core.training.calibration import best_threshold, fit_calibrator
from core.training.candidates import (
    NAMES,
    TRAINING_THREADS,
    Fitted,
    Sample,
    Settings,
    fit,
    sample,
    with_hidden,
)
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, TRAIN, VALIDATION
from core.training.options import DEFAULTS, TrainingOptions
from core.training.search import Fold, Found, search

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

#: Fastest at scoring and explaining first. Between equals the faster one is taken.
BY_SPEED = ("xgboost", "logistic", "forest", "blend")
#: More training rows than this only take longer.
MOST_ROWS = 200_000
#: With fewer buyers to judge by, a slice chooses by chance; and only so many rows are crossed.
LEAST_BUYERS, MOST_CROSSED = 300, 100_000
FOLDS = 5
#: Draws that tell whether one candidate is clearly worse than another.
RESAMPLES = 200


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


@dataclass(frozen=True, slots=True)
class Crossed:
    """Rows that were learned from, the fold each is in, and what was fitted without each fold, by kind."""

    rows: Codes
    fold: Codes
    fitted: dict[str, list[Fitted]]


@dataclass(frozen=True, slots=True)
class _Contest:
    """Candidates fitted, and their scores of the rows they are judged by.

    They are compared on the rows of ``compared``; ``score`` has the winner's of all.
    """

    rows: Codes
    compared: Flags
    scores: dict[str, Vector]
    score: Callable[[str], Vector]
    final: Callable[[str], Classifier]
    judged_on: str
    settings: dict[str, Settings]
    found: Found
    rounds: Callable[[str], tuple[int | None, ...]]
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
    run = _crossed if is_crossed(data) else _held_out
    contest = run(data, seed, options, part(progress, 0.0, 0.9), found)
    on = contest.rows[contest.compared]
    candidates = compare(
        {kind: score[contest.compared] for kind, score in contest.scores.items()},
        data.purchased[on],
        data.weight[on],
        data.split.visitor[on],
        seed=seed,
    )
    winner = next(candidate["kind"] for candidate in candidates if candidate["chosen"])
    score = contest.score(winner)
    progress(0.92, "Calibrating")
    classifier = contest.final(winner)
    model = _calibrated(winner, classifier, contest.rows, score, data, seed, options)
    whole = data.whole[contest.rows]
    ranked = RankedOutcomes.of(score[whole], data.purchased[contest.rows[whole]])
    parts = _parts(winner, contest.settings)
    return Competition(
        model,
        candidates,
        contest.judged_on,
        area_under_roc(ranked),
        {kind: dict(contest.settings[kind]) for kind in parts},
        contest.found,
        {kind: contest.rounds(kind) for kind in parts},
        contest.crossed,
    )


def train_on_whole_sessions(data: TrainingData, settings: Settings, *, seed: int) -> PurchaseModel:
    """Fit boosted trees on finished sessions only: what sessions cut short are worth is seen beside it."""
    rows, held, own = (data.rows(index, whole=True) for index in (TRAIN, VALIDATION, CALIBRATION))
    train, validation, calibration = (
        Sample(data.matrix[at], data.purchased[at], np.ones(len(at))) for at in (rows, held, own)
    )
    learned = with_hidden(train, data.encoder, seed)
    classifier = fit("xgboost", settings, learned, seed=seed, held=validation).classifier
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


def _held_out(
    data: TrainingData, seed: int, options: TrainingOptions, progress: Progress, found: Found | None
) -> _Contest:
    """Fit on the train slice, judge on the validation slice."""
    rows = data.rows(TRAIN)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    held_rows = data.rows(VALIDATION)
    fold = Fold(sample(data, rows), sample(data, held_rows))
    found = found or search(
        [fold], data.encoder, options=options, seed=seed, progress=part(progress, 0.0, 0.6)
    )
    learned = with_hidden(fold.rows, data.encoder, seed)
    chosen = _chosen(found, options.kinds, second=False)
    fitted: dict[str, Classifier] = {}
    rounds: dict[str, tuple[int | None, ...]] = {}
    for number, (kind, settings) in enumerate(chosen.items()):
        share = 0.6 + 0.4 * number / 3
        tick = _ticking(progress, share, f"Training {NAMES[kind.split(':')[0]]}")
        one = fit(kind.split(":")[0], settings, learned, seed=seed, held=fold.held, tick=tick)
        fitted[kind], rounds[kind] = one.classifier, (one.rounds,)
    members = _members(fitted)
    scores = {kind: model.score(fold.held.matrix, TRAINING_THREADS) for kind, model in members.items()}
    return _Contest(
        held_rows,
        np.ones(len(held_rows), dtype=bool),
        scores,
        scores.__getitem__,
        members.__getitem__,
        "the validation slice",
        chosen,
        found,
        rounds.__getitem__,
    )


def _crossed(
    data: TrainingData, seed: int, options: TrainingOptions, progress: Progress, found: Found | None
) -> _Contest:
    """Fit and judge by cross-validation over everything before the test; then fit on all of it."""
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION)
    everything = sample(data, rows)
    fold_of = deal(everything.outcome, data.split.visitor[rows], FOLDS, seed)
    folds = [
        Fold(sample(data, rows[fold_of != number]), sample(data, rows[fold_of == number]))
        for number in range(FOLDS)
    ]
    found = found or search(
        folds,
        data.encoder,
        options=options,
        seed=seed,
        progress=part(progress, 0.0, 0.6),
    )
    chosen = _chosen(found, options.kinds, second=True)
    hidden = [with_hidden(fold.rows, data.encoder, seed) for fold in folds]
    fitted: dict[str, list[Fitted]] = {kind: [] for kind in chosen}

    def fit_folds(kind: str, upto: int, share: float) -> None:
        tick = _ticking(progress, share, f"Training {NAMES[kind.split(':')[0]]}")
        for place in range(len(fitted[kind]), upto):
            fitted[kind].append(
                fit(
                    kind.split(":")[0],
                    chosen[kind],
                    hidden[place],
                    seed=seed,
                    held=folds[place].held,
                    tick=tick,
                )
            )

    def score_of(kind: str) -> Vector:
        """Return the scores of all folds fitted; NaN for the others."""
        if kind == "blend":
            return Blend.mean([score_of(member) for member in _blended(chosen)])
        score = np.full(len(rows), np.nan)
        for place, one in enumerate(fitted[kind]):
            score[fold_of == place] = one.classifier.score(folds[place].held.matrix, TRAINING_THREADS)
        return score

    def finished(kind: str) -> Vector:
        for member in _parts(kind, chosen):
            fit_folds(member, FOLDS, 0.9)
        return score_of(kind)

    def rounds(kind: str) -> tuple[int | None, ...]:
        return tuple(one.rounds for one in fitted[kind])

    def final(kind: str) -> Classifier:
        everyone = with_hidden(everything, data.encoder, seed)
        members = [
            fit(
                member.split(":")[0],
                chosen[member],
                everyone,
                seed=seed,
                rounds=mean_rounds(rounds(member)),
                tick=_ticking(progress, 0.95, f"Training {NAMES[kind]}"),
            ).classifier
            for member in _parts(kind, chosen)
        ]
        return Blend(tuple(members)) if kind == "blend" else members[0]

    upto = min(options.contest_folds or FOLDS, FOLDS)
    for number, kind in enumerate(chosen):
        fit_folds(kind, upto, 0.6 + 0.3 * number / len(chosen))
    competing = [kind for kind in chosen if ":" not in kind] + ["blend"] * (len(_blended(chosen)) > 1)
    return _Contest(
        rows,
        fold_of < upto,
        {kind: score_of(kind) for kind in competing},
        finished,
        final,
        _crossed_in_words(upto),
        chosen,
        found,
        rounds,
        Crossed(rows, fold_of, fitted),
    )


def _crossed_in_words(folds: int) -> str:
    if folds == FOLDS:
        return f"all sessions before the test, by {FOLDS}-fold cross-validation"
    return f"part of the sessions before the test: {folds} folds of a {FOLDS}-fold cross-validation"


def _chosen(found: Found, kinds: tuple[str, ...], *, second: bool) -> dict[str, Settings]:
    """Return the settings to fit: the best of each kind, and a second of boosting where it is cheap."""
    chosen = {kind: found.best(kind) for kind in kinds}
    if second and len(found.trials.get("xgboost", ())) > 1:
        others = (trial.settings for trial in found.trials["xgboost"])
        chosen["xgboost:second"] = next(other for other in others if other != chosen["xgboost"])
    return chosen


def _blended(chosen: dict[str, Any]) -> tuple[str, ...]:
    return tuple(kind for kind in ("xgboost", "xgboost:second", "forest") if kind in chosen)


def _parts(kind: str, settings: dict[str, Settings]) -> tuple[str, ...]:
    return _blended(settings) if kind == "blend" else (kind,)


def _members(fitted: dict[str, Classifier]) -> dict[str, Classifier]:
    members: dict[str, Classifier] = {kind: model for kind, model in fitted.items() if ":" not in kind}
    blended = _blended(fitted)
    return members if len(blended) < 2 else members | {"blend": Blend(tuple(fitted[one] for one in blended))}


def mean_rounds(rounds: Iterable[int | None]) -> int | None:
    """Return the mean of the rounds after which boosting stopped; None for a kind without rounds."""
    known = [number for number in rounds if number is not None]
    return max(1, round(float(np.mean(known)))) if known else None


def _ticking(progress: Progress, share: float, message: str) -> Callable[[], None]:
    return lambda: progress(share, message)


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


def _calibrated(
    kind: str,
    classifier: Classifier,
    rows: Codes,
    score: Vector,
    data: TrainingData,
    seed: int,
    options: TrainingOptions,
) -> PurchaseModel:
    """Calibrate finished and unfinished sessions, each on their own; set the threshold by finished ones."""
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
