"""Which settings suit these sessions: a bounded search on sessions a model wasn't fitted to.

Where there is enough data, settings are judged on the validation slice. With few buyers, or sessions
that aren't split by time, they are judged by cross-validation over everything before the test: a small
slice would choose by chance.

All settings are judged by a part of the rows, or of the folds, and the best of them by all (successive
halving in two rounds; Jamieson & Talwalkar 2016).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.base.progress import Progress, part
from core.bundle.encoder import Encoder, Vector
from core.stats.calibration import log_loss
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import average_precision
from core.training.purchase.candidates import NAMES, TRIED, Settings, fit, load_libraries, mean_rounds
from core.training.purchase.options import TrainingOptions
from core.training.purchase.samples import Sample, at_most, unbalanced, with_hidden
from core.training.purchase.side_by_side import side_by_side
from core.training.purchase.spaces import SPACES
from core.training.purchase.trials import Found, Trial

#: Kinds in the order they are searched, with the share of the trials each gets.
SHARES = {"logistic": 0.1, "forest": 0.15, "xgboost": 0.75}
#: Rows a search trains on and judges by; the last fit takes all.
MOST_ROWS, MOST_HELD = 60_000, 60_000
#: Rows, and folds, by which all settings are judged first, and the share of them then judged by all.
FIRST_ROWS, FIRST_HELD, FIRST_FOLDS = 30_000, 30_000, 2
FINAL_SHARE = 1 / 4
#: Parts of one slice, on which settings are compared as on folds.
PARTS = 10
#: Share of the work on a kind that its first round is.
FIRST_WORK = 0.6


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows to fit on and rows to judge by."""

    rows: Sample
    held: Sample


def search(
    folds: list[Fold],
    encoder: Encoder,
    *,
    options: TrainingOptions,
    seed: int,
    progress: Progress,
) -> Found:
    """Try settings of each kind until the trials or the time are used up.

    The first trial of a kind is what did well elsewhere, so that the search can only gain.
    """
    if options.trials <= 0 or options.seconds <= 0:
        return Found()
    ends = time.monotonic() + options.seconds
    rounds = _rounds(folds, encoder, seed)
    shares = {kind: share for kind, share in SHARES.items() if kind in options.kinds}
    wanted = {kind: max(1, round(share * options.trials)) for kind, share in shares.items()}
    # One thread does for so few rows: the kind with the most trials has one, all others another.
    longest = max(wanted, key=lambda kind: wanted[kind])

    def searched(kinds: Sequence[str], progress: Progress) -> dict[str, tuple[list[Trial], bool]]:
        return {
            kind: _search_kind(
                kind,
                wanted[kind],
                rounds,
                seed,
                ends,
                part(progress, place / len(kinds), (place + 1) / len(kinds)),
            )
            for place, kind in enumerate(kinds)
        }

    load_libraries()
    one, rest = side_by_side(
        lambda told: searched([longest], told),
        lambda told: searched([kind for kind in wanted if kind != longest], told),
        progress,
    )
    found = one | rest
    return Found(
        {kind: found[kind][0] for kind in wanted}, cut_short=any(cut_short for _, cut_short in found.values())
    )


@dataclass(frozen=True, slots=True)
class _Rounds:
    """By what all settings are judged, and by what the best of them; the same where there is little."""

    first: list[Fold]
    final: list[Fold]


def _rounds(folds: list[Fold], encoder: Encoder, seed: int) -> _Rounds:
    final = [searched_on(fold, encoder, seed) for fold in folds]
    if len(folds) <= FIRST_FOLDS and all(len(fold.rows.matrix) <= 2 * FIRST_ROWS for fold in folds):
        return _Rounds(final, final)
    first = [_part_of(fold, encoder, seed, FIRST_ROWS, FIRST_HELD) for fold in folds[:FIRST_FOLDS]]
    return _Rounds(first, final)


def searched_on(fold: Fold, encoder: Encoder, seed: int) -> Fold:
    """Return the part of a fold that a search fits to and judges by, at most."""
    return _part_of(fold, encoder, seed, MOST_ROWS, MOST_HELD)


def _part_of(fold: Fold, encoder: Encoder, seed: int, rows: int, held: int) -> Fold:
    return Fold(with_hidden(at_most(fold.rows, rows, seed), encoder, seed), at_most(fold.held, held, seed))


def _search_kind(
    kind: str, n: int, rounds: _Rounds, seed: int, ends: float, progress: Progress
) -> tuple[list[Trial], bool]:
    """Return the trials of a kind, best first, and whether time cut them short."""
    one_round = rounds.first is rounds.final
    trials = _sampled(
        kind, n, rounds.first, seed, ends, part(progress, 0.0, 1.0 if one_round else FIRST_WORK)
    )
    ranked = sorted(trials, key=lambda trial: -trial.value)
    if one_round:
        return ranked, len(trials) < n
    ranked = [replace(trial, final=False, fitted=()) for trial in ranked]
    # What did well elsewhere came first, and is judged by all whatever became of it.
    best = ranked[: max(1, round(FINAL_SHARE * len(ranked)))]
    finalists = [trials[0], *(trial for trial in best if trial.settings != trials[0].settings)]
    final: list[Trial] = []
    for place, trial in enumerate(finalists):
        if place and time.monotonic() > ends:
            break
        share = FIRST_WORK + (1 - FIRST_WORK) * place / len(finalists)
        message = f"{NAMES[kind]}: trying the best settings again, {place + 1} of {len(finalists)}"
        tick = _ticking(progress, share, message)
        final = _lean([*final, judge(kind, trial.settings, rounds.final, seed=seed, tick=tick)])
    judged = [trial.settings for trial in final]
    left = [trial for trial in ranked if trial.settings not in judged]
    cut_short = len(trials) < n or len(final) < len(finalists)
    return [*sorted(final, key=lambda trial: -trial.value), *left], cut_short


def _lean(trials: list[Trial]) -> list[Trial]:
    """Return the trials, without what was fitted, but for the first and the best two: nobody asks for it."""
    kept = {id(trial) for trial in (trials[0], *sorted(trials, key=lambda trial: -trial.value)[:2])}
    return [trial if id(trial) in kept else replace(trial, fitted=()) for trial in trials]


def _sampled(kind: str, n: int, folds: list[Fold], seed: int, ends: float, progress: Progress) -> list[Trial]:
    """Return a trial after the other, the first of what did well elsewhere, each where it promises most."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(8, n))
    )
    study.enqueue_trial(dict(TRIED[kind]))
    trials: list[Trial] = []
    for number in range(n):
        # Each kind has its first trial, however little time there is.
        if number and time.monotonic() > ends:
            break
        asked = study.ask()
        tick = _ticking(progress, number / n, f"{NAMES[kind]}: trying settings {number + 1} of {n}")
        trial = judge(kind, SPACES[kind](asked), folds, seed=seed, tick=tick)
        study.tell(asked, trial.value)
        trials = _lean([*trials, trial])
    return trials


def _ticking(progress: Progress, share: float, message: str) -> Callable[[], None]:
    return lambda: progress(share, message)


def judge(kind: str, settings: Settings, folds: list[Fold], *, seed: int, tick: Callable[[], None]) -> Trial:
    """Fit on each fold's rows and judge by the rows held out of it."""
    fitted = tuple(fit(kind, settings, fold.rows, seed=seed, held=fold.held, tick=tick) for fold in folds)
    areas, parts, losses, sizes = [], [], [], []
    for fold, one in zip(folds, fitted, strict=True):
        score = unbalanced(one.classifier.score(fold.held.matrix, 2), fold.rows, settings["balance"])
        areas.append(_area(score, fold.held))
        parts += _area_by_part(score, fold.held)
        losses.append(log_loss(score, fold.held.outcome, fold.held.weight))
        sizes.append(float(fold.held.weight.sum()))
    return Trial(
        kind,
        dict(settings),
        float(np.average(areas, weights=sizes)),
        float(np.average(losses, weights=sizes)),
        mean_rounds(one.rounds for one in fitted),
        tuple(areas if len(folds) > 1 else parts),
        fitted=fitted,
    )


def _area(score: Vector, held: Sample) -> float:
    return average_precision(RankedOutcomes.of(score, held.outcome).weighed(held.weight))


def _area_by_part(score: Vector, held: Sample) -> list[float]:
    """Return PR-AUC on parts of the rows, a visitor's in one: how far they differ is what chance does."""
    part_of = np.arange(len(score)) if held.visitor is None else held.visitor
    areas = []
    for number in range(PARTS):
        chosen = part_of % PARTS == number
        if held.outcome[chosen].any():
            there = Sample(held.matrix[chosen], held.outcome[chosen], held.weight[chosen])
            areas.append(_area(score[chosen], there))
    return areas
