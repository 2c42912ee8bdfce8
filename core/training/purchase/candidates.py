"""The kinds of model that compete for the purchase probability, and how each is fitted.

Logistic regression, a random forest and boosted trees. The forest is grown by XGBoost: as good as
scikit-learn's here, twenty times smaller, many times faster to score and to explain.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.bundle.models import BoostedTrees, Classifier, LogisticClassifier, signed_log
from core.training.purchase.samples import Sample, at_most, balance

Settings = Mapping[str, Any]
Tick = Callable[[], None]

#: Threads while training many rows, whatever the machine: sums in another order give another model.
TRAINING_THREADS = 2
#: Up to so many rows, threads wait for each other longer than they work.
FEW_ROWS = 150_000
#: Rows the slower kinds learn from; more of them make neither better here.
MOST_ROWS = {"logistic": 150_000, "forest": 150_000}
NAMES = {
    "xgboost": "XGBoost",
    "logistic": "Logistic regression",
    "forest": "Random forest",
    "blend": "Blend",
}

#: Settings that did well on several shops: where a search starts, and what is used without one.
#: ``balance`` is the power of class weights: 1 goes halfway, in odds, to buyers weighing as much as
#: all others.
TRIED: dict[str, dict[str, Any]] = {
    "xgboost": {
        "eta": 0.06,
        "max_depth": 5,
        "min_child_weight": 3.0,
        "subsample": 0.8,
        "colsample_bynode": 0.7,
        "reg_lambda": 3.0,
        "gamma": 1.0,
        "balance": 0.0,
    },
    "forest": {
        "max_depth": 10,
        "min_child_weight": 2.0,
        "colsample_bynode": 0.3,
        "reg_lambda": 1.0,
        "balance": 0.0,
    },
    "logistic": {"C": 1.0, "balance": 0.0},
}
TREES_OF_FOREST = 80
#: Boosting stops after so many rounds without progress, and at most after so many; both over ``eta``.
PATIENCE, MOST_ROUNDS = 1.5, 15.0
#: The last fit takes steps so much smaller than a search's: better, and worth the time once (Friedman 2001).
SMALLER_STEPS = 1 / 3
#: Rounds of boosting between two reports of progress.
ROUNDS_A_TICK = 10


@dataclass(frozen=True, slots=True)
class Fitted:
    """A classifier, after how many rounds its training stopped, and the booster with those after it."""

    classifier: Classifier
    rounds: int | None = None
    booster: Any = None

    def stopped_after(self, rounds: int | None) -> Classifier | None:
        """Return the classifier as it was after so many rounds; None where training ended earlier."""
        if rounds is None or rounds == self.rounds:
            return self.classifier
        if self.booster is None or rounds > self.booster.num_boosted_rounds():
            return None
        return BoostedTrees.of(self.booster[:rounds])


def mean_rounds(rounds: Iterable[int | None]) -> int | None:
    """Return the mean of the rounds after which boosting stopped; None for a kind without rounds."""
    known = [number for number in rounds if number is not None]
    return max(1, round(float(np.mean(known)))) if known else None


def training_threads(rows: int) -> int:
    """Return how many threads to train on so many rows with; the same on every machine."""
    return 1 if rows <= FEW_ROWS else TRAINING_THREADS


def in_smaller_steps(settings: Settings) -> Settings:
    """Return the settings for a last fit: boosting takes smaller steps, all else stays."""
    return {**settings, "eta": settings["eta"] * SMALLER_STEPS} if "eta" in settings else settings


def fit(
    kind: str,
    settings: Settings,
    rows: Sample,
    *,
    seed: int,
    held: Sample | None = None,
    rounds: int | None = None,
    tick: Tick = lambda: None,
) -> Fitted:
    """Fit one kind of model with its settings.

    Parameters
    ----------
    held
        Rows by which boosting knows when to stop; without, it goes on for ``rounds``.
    tick
        Called every now and then; what it raises ends the training.
    """
    tick()
    rows = at_most(rows, MOST_ROWS.get(kind, len(rows.matrix)), seed)
    weight = rows.weight
    if settings["balance"]:
        weight = weight * balance(rows.outcome, weight) ** settings["balance"]
    weighted = Sample(rows.matrix, rows.outcome, weight)
    if kind == "logistic":
        return Fitted(_fit_logistic(settings, weighted))
    if kind == "forest":
        return _fit_trees(_forest(settings), weighted, seed, None, 1, tick)
    return _fit_trees(_boosting(settings), weighted, seed, held, rounds, tick)


def _forest(settings: Settings) -> dict[str, Any]:
    return {
        "num_parallel_tree": TREES_OF_FOREST,
        "eta": 1.0,
        "subsample": 0.63,
        **{name: value for name, value in settings.items() if name != "balance"},
    }


def load_libraries() -> None:
    """Import what threads will need, before there are any.

    Two that import scikit-learn at once, one by way of XGBoost, wait for each other: Python then gives one of
    them half a module.
    """
    import sklearn.cluster
    import sklearn.isotonic
    import sklearn.linear_model
    import sklearn.metrics  # noqa: F401
    import xgboost  # noqa: F401


def _boosting(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "balance"}


def _fit_trees(
    settings: dict[str, Any], rows: Sample, seed: int, held: Sample | None, rounds: int | None, tick: Tick
) -> Fitted:
    import xgboost

    class Report(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ANN401
            if epoch % ROUNDS_A_TICK == 0:
                tick()
            return False

    threads = training_threads(len(rows.matrix))
    always = {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "seed": seed,
        "nthread": threads,
    }
    stop: dict[str, Any] = {}
    if held is not None:
        stop["evals"] = [(_matrix(held, threads), "held")]
        stop["early_stopping_rounds"] = max(5, round(PATIENCE / settings["eta"]))
    most = rounds or max(20, round(MOST_ROUNDS / settings["eta"]))
    booster = xgboost.train(
        {**always, **settings},
        _matrix(rows, threads),
        most,
        verbose_eval=False,
        callbacks=[Report()],
        **stop,
    )
    if held is not None:
        best = int(booster.best_iteration) + 1
        return Fitted(BoostedTrees.of(booster[:best]), best, booster)
    return Fitted(BoostedTrees.of(booster), most)


def _matrix(rows: Sample, threads: int) -> Any:  # noqa: ANN401
    import xgboost

    return xgboost.DMatrix(rows.matrix, label=rows.outcome, weight=rows.weight, nthread=threads)


def _fit_logistic(settings: Settings, rows: Sample) -> LogisticClassifier:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    values = signed_log(rows.matrix.astype(np.float64))
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    known = np.maximum((~missing).sum(axis=0), 1)
    mean = filled.sum(axis=0) / known
    scale = np.sqrt((np.where(missing, 0.0, values - mean) ** 2).sum(axis=0) / known)
    scale[scale < 1e-9] = 1.0
    scaled = np.where(missing, 0.0, (filled - mean) / scale)
    gaps = missing.any(axis=0)
    model = LogisticRegression(C=settings["C"], max_iter=200, tol=1e-4)
    with warnings.catch_warnings():
        # A slope that is a little short of its optimum is still a fair competitor.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.hstack([scaled, missing[:, gaps]]), rows.outcome, sample_weight=rows.weight)
    weights = model.coef_[0]
    missing_weights = np.zeros(values.shape[1])
    missing_weights[gaps] = weights[values.shape[1] :]
    return LogisticClassifier(
        mean, scale, weights[: values.shape[1]], missing_weights, float(model.intercept_[0])
    )
