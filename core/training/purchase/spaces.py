"""The settings a search may try, by kind of model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _xgboost_space(trial: Any) -> dict[str, Any]:  # noqa: ANN401 (an optuna Trial)
    return {
        "eta": trial.suggest_float("eta", 0.06, 0.15, log=True),
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
