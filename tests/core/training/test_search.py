"""A search is bounded by trials and by time, comes out the same, and ends when progress says so."""

from __future__ import annotations

import numpy as np
import pytest

from core.base.errors import CancelledError
from core.base.progress import silent
from core.bundle.encoder import fit_encoder
from core.schema.sessions import FEATURES
from core.training import search as searching
from core.training.candidates import NAMES, TRIED, Sample, fit
from core.training.options import QUICK, TrainingOptions
from core.training.search import Fold, search
from tests.core.training.sessions import as_table, session_frame

FRAME = session_frame(900, seed=12)
TABLE = as_table(FRAME)
ENCODER = fit_encoder(TABLE, FEATURES)
OUTCOME = FRAME["purchased"].to_numpy()


def rows(chosen: slice) -> Sample:
    matrix = ENCODER.transform(TABLE)[chosen]
    return Sample(matrix, OUTCOME[chosen], np.ones(len(matrix)))


FOLDS = [Fold(rows(slice(0, 600)), rows(slice(600, 900)))]


def test_trials_bound_it_and_it_comes_out_the_same() -> None:
    options = TrainingOptions(trials=6, seconds=600)
    one, other = (search(FOLDS, ENCODER, options=options, seed=4, progress=silent) for _ in range(2))

    assert not one.cut_short
    assert 5 <= one.n <= 8
    assert one.trials == other.trials
    for kind, trials in one.trials.items():
        values = [trial.value for trial in trials]
        assert values == sorted(values, reverse=True)
        assert dict(TRIED[kind]) in [trial.settings for trial in trials], "what did well elsewhere is tried"


def test_time_bounds_it_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr(searching.time, "monotonic", lambda: next(clock))
    found = search(FOLDS, ENCODER, options=TrainingOptions(trials=20, seconds=100), seed=4, progress=silent)

    assert found.cut_short
    assert set(found.trials) == {"logistic", "forest", "xgboost"}
    assert found.n < 8


def test_no_search_uses_what_did_well_elsewhere() -> None:
    found = search(FOLDS, ENCODER, options=QUICK, seed=4, progress=silent)
    assert found.n == 0
    assert found.best("xgboost") == TRIED["xgboost"]


@pytest.mark.parametrize("name", ["Logistic regression", "Random forest", "XGBoost"])
def test_what_progress_raises_ends_it(name: str) -> None:
    def stop(share: float, message: str) -> None:
        if message.startswith(name):
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        search(FOLDS, ENCODER, options=TrainingOptions(trials=4), seed=4, progress=stop)


def test_boosting_reports_while_it_grows() -> None:
    ticks = []
    fit("xgboost", TRIED["xgboost"], FOLDS[0].rows, seed=0, rounds=60, tick=lambda: ticks.append(1))
    assert len(ticks) >= 6


@pytest.mark.parametrize("kind", ["logistic", "forest", "xgboost"])
def test_class_weights_are_undone_for_log_loss(kind: str) -> None:
    losses = [
        searching.judge(kind, TRIED[kind] | {"balance": power}, FOLDS, seed=0, tick=lambda: None).log_loss
        for power in (0.0, 1.0)
    ]
    assert abs(losses[0] - losses[1]) < 0.06
    assert kind in NAMES
