"""Which settings suit these sessions: a bounded search on sessions a model wasn't fitted to.

Where there is enough data, settings are judged on the validation slice. With few buyers, or sessions
that aren't split by time, they are judged by cross-validation over everything before the test: a small
slice would choose by chance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.base.progress import Progress, part
from core.bundle.encoder import Encoder
from core.stats.calibration import log_loss
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import average_precision
from core.training.candidates import (
    NAMES,
    TRIED,
    Sample,
    Settings,
    at_most,
    fit,
    unbalanced,
    with_hidden,
)
from core.training.options import TrainingOptions
from core.training.side_by_side import side_by_side

#: Kinds in the order they are searched, with the share of the trials each gets.
SHARES = {"logistic": 0.1, "forest": 0.15, "xgboost": 0.75}
#: What a hundredth of log loss counts, in PR-AUC: enough to break a tie.
TIE_BREAK = 0.1
#: Rows a search trains on and judges by; the last fit takes all.
MOST_ROWS, MOST_HELD = 60_000, 60_000
SEARCH_FOLDS = 4


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows to fit on and rows to judge by."""

    rows: Sample
    held: Sample


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings of one kind, how well they did, in each fold too, and how many rounds boosting took."""

    kind: str
    settings: Settings
    pr_auc: float
    log_loss: float
    rounds: int | None
    areas: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """What is searched for: PR-AUC, with log loss to break ties."""
        return self.pr_auc - TIE_BREAK * self.log_loss


@dataclass(frozen=True, slots=True)
class Found:
    """The trials of each kind, best first, and whether time ended the search before the trials did."""

    trials: dict[str, list[Trial]] = field(default_factory=dict)
    cut_short: bool = False

    def best(self, kind: str) -> Settings:
        """Return the best settings of a kind.

        Judged on several folds, they must beat what did well elsewhere by more than two standard errors:
        the best of many trials on few buyers is mostly lucky.
        """
        trials = self.trials.get(kind)
        if not trials:
            return TRIED[kind]
        start = next((trial for trial in trials if trial.settings == TRIED[kind]), trials[0])
        gains = np.asarray(trials[0].areas) - np.asarray(start.areas)
        if len(gains) > 1 and gains.mean() <= 2 * gains.std(ddof=1) / len(gains) ** 0.5:
            return start.settings
        return trials[0].settings

    @property
    def n(self) -> int:
        """Number of trials."""
        return sum(len(trials) for trials in self.trials.values())


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
    folds = [_smaller(fold, encoder, seed) for fold in folds]
    shares = {kind: share for kind, share in SHARES.items() if kind in options.kinds}
    wanted = {kind: max(1, round(share * options.trials)) for kind, share in shares.items()}
    # One thread does for so few rows: the kind with the most trials has one, all others another.
    longest = max(wanted, key=lambda kind: wanted[kind])

    def searched(kinds: Sequence[str], progress: Progress) -> dict[str, list[Trial]]:
        return {
            kind: _search_kind(
                kind,
                wanted[kind],
                folds,
                seed,
                ends,
                part(progress, place / len(kinds), (place + 1) / len(kinds)),
                TRIED[kind],
            )
            for place, kind in enumerate(kinds)
        }

    one, rest = side_by_side(
        lambda told: searched([longest], told),
        lambda told: searched([kind for kind in wanted if kind != longest], told),
        progress,
    )
    found = {kind: (one | rest)[kind] for kind in wanted}
    cut_short = any(len(found[kind]) < n for kind, n in wanted.items())
    ranked = {kind: sorted(trials, key=lambda trial: -trial.value) for kind, trials in found.items()}
    return Found(ranked, cut_short)


def _search_kind(
    kind: str, n: int, folds: list[Fold], seed: int, ends: float, progress: Progress, start: Settings
) -> list[Trial]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(8, n))
    )
    study.enqueue_trial(dict(start))
    trials: list[Trial] = []
    for number in range(n):
        # Each kind has its first trial, however little time there is.
        if number and time.monotonic() > ends:
            break
        message = f"{NAMES[kind]}: trying settings {number + 1} of {n}"
        progress(number / n, message)
        asked = study.ask()
        trial = judge(
            kind,
            SPACES[kind](asked),
            folds,
            seed=seed,
            tick=lambda share=number / n, text=message: progress(share, text),  # type: ignore[misc]
        )
        study.tell(asked, trial.value)
        trials.append(trial)
    return trials


def judge(kind: str, settings: Settings, folds: list[Fold], *, seed: int, tick: Callable[[], None]) -> Trial:
    """Fit on each fold's rows and judge by the rows held out of it."""
    areas, losses, rounds, sizes = [], [], [], []
    for fold in folds:
        fitted = fit(kind, settings, fold.rows, seed=seed, held=fold.held, tick=tick)
        score = unbalanced(fitted.classifier.score(fold.held.matrix, 2), fold.rows, settings["balance"])
        areas.append(average_precision(RankedOutcomes.of(score, fold.held.outcome).weighed(fold.held.weight)))
        losses.append(log_loss(score, fold.held.outcome, fold.held.weight))
        sizes.append(float(fold.held.weight.sum()))
        rounds.append(fitted.rounds)
    return Trial(
        kind,
        dict(settings),
        float(np.average(areas, weights=sizes)),
        float(np.average(losses, weights=sizes)),
        _middle(rounds),
        tuple(areas),
    )


def _middle(rounds: list[int | None]) -> int | None:
    known = [number for number in rounds if number is not None]
    return max(1, round(float(np.mean(known)))) if known else None


def _smaller(fold: Fold, encoder: Encoder, seed: int) -> Fold:
    rows = with_hidden(at_most(fold.rows, MOST_ROWS, seed), encoder, seed)
    return Fold(rows, at_most(fold.held, MOST_HELD, seed))


def _xgboost_space(trial: Any) -> dict[str, Any]:  # noqa: ANN401 (an optuna Trial)
    return {
        "num_parallel_tree": trial.suggest_categorical("num_parallel_tree", [1, 4]),
        "eta": trial.suggest_float("eta", 0.03, 0.12, log=True),
        "max_depth": trial.suggest_int("max_depth", 3, 7),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 20.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 0.9),
        "colsample_bynode": trial.suggest_float("colsample_bynode", 0.3, 0.9),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.5, 20.0, log=True),
        "gamma": trial.suggest_float("gamma", 0.0, 3.0),
        "balance": trial.suggest_float("balance", 0.0, 1.0),
    }


def _forest_space(trial: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "max_depth": trial.suggest_int("max_depth", 6, 12),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 10.0, log=True),
        "colsample_bynode": trial.suggest_float("colsample_bynode", 0.15, 0.6),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.5, 5.0, log=True),
        "balance": trial.suggest_float("balance", 0.0, 1.0),
    }


def _logistic_space(trial: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "C": trial.suggest_float("C", 0.001, 10.0, log=True),
        "balance": trial.suggest_float("balance", 0.0, 1.0),
    }


SPACES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "xgboost": _xgboost_space,
    "forest": _forest_space,
    "logistic": _logistic_space,
}
