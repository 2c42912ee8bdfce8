"""A search is bounded by trials and by time, comes out the same, and ends when progress says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.base.errors import CancelledError
from core.base.progress import silent
from core.bundle.encoder import fit_encoder
from core.schema.sessions import FEATURES
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import average_precision
from core.training.purchase import search as searching
from core.training.purchase.candidates import NAMES, TRIED, fit
from core.training.purchase.options import QUICK, TrainingOptions
from core.training.purchase.samples import Sample
from core.training.purchase.search import Fold, search
from core.training.purchase.trials import Found, Trial
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


@pytest.fixture
def two_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FIRST_ROWS", 200)


@pytest.mark.usefixtures("two_rounds")
def test_the_best_of_a_first_round_and_what_did_well_elsewhere_are_judged_by_all_rows() -> None:
    options = TrainingOptions(trials=10, seconds=600)
    one, other = (search(FOLDS, ENCODER, options=options, seed=4, progress=silent) for _ in range(2))

    assert one.trials == other.trials
    assert not one.cut_short
    for kind, trials in one.trials.items():
        final = [trial for trial in trials if trial.final]
        assert trials[: len(final)] == final, "those judged by all come first"
        assert 1 <= len(final) <= 1 + max(1, round(searching.FINAL_SHARE * len(trials)))
        assert dict(TRIED[kind]) in [trial.settings for trial in final]
        for some in (final, trials[len(final) :]):
            assert [trial.value for trial in some] == sorted((trial.value for trial in some), reverse=True)
        assert one.best(kind) in (final[0].settings, TRIED[kind])
    boosted = one.trials["xgboost"]
    assert len({str(trial.settings) for trial in boosted}) == len(boosted) > sum(t.final for t in boosted)


@pytest.mark.usefixtures("two_rounds")
def test_time_may_end_it_in_the_second_round_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    options = TrainingOptions(trials=8, seconds=600, kinds=("xgboost",))
    whole = search(FOLDS, ENCODER, options=options, seed=4, progress=silent)
    # Told once at the start, then before each trial but the first.
    clock = iter([0.0] * (1 + whole.n - 1) + [1e9] * 20)
    monkeypatch.setattr(searching.time, "monotonic", lambda: next(clock))
    found = search(FOLDS, ENCODER, options=options, seed=4, progress=silent)

    assert found.cut_short
    assert found.n == whole.n
    assert [trial.settings for trial in found.trials["xgboost"] if trial.final] == [TRIED["xgboost"]]
    assert found.best("xgboost") == TRIED["xgboost"]


def test_what_was_fitted_to_all_rows_is_what_a_fit_gives_and_is_kept_of_the_best_only() -> None:
    found = search(FOLDS, ENCODER, options=TrainingOptions(trials=8), seed=4, progress=silent)
    fold = searching.searched_on(FOLDS[0], ENCODER, 4)
    for kind in NAMES.keys() - {"blend"}:
        settings = found.best(kind)
        again = fit(kind, settings, fold.rows, seed=4, held=fold.held).classifier
        (kept,) = found.fitted(kind, settings)
        np.testing.assert_array_equal(
            kept.classifier.score(fold.held.matrix, 1), again.score(fold.held.matrix, 1)
        )
    assert sum(bool(trial.fitted) for trial in found.trials["xgboost"]) <= 3
    assert not found.without_fitted().fitted("xgboost", found.best("xgboost"))


def trial(areas: list[float], **settings: float) -> Trial:
    return Trial("xgboost", TRIED["xgboost"] | settings, float(np.mean(areas)), 0.1, 50, tuple(areas))


def test_settings_must_beat_what_did_well_elsewhere_by_more_than_chance() -> None:
    start = [0.30, 0.34, 0.26, 0.31, 0.29]
    clear = trial(
        [area + gain for area, gain in zip(start, [0.02, 0.03, 0.02, 0.01, 0.02], strict=True)], eta=0.1
    )
    lucky = trial(
        [area + gain for area, gain in zip(start, [0.12, -0.03, 0.02, -0.02, 0.01], strict=True)], eta=0.1
    )

    assert Found({"xgboost": [clear, trial(start)]}).best("xgboost") == clear.settings
    assert Found({"xgboost": [lucky, trial(start)]}).best("xgboost") == TRIED["xgboost"]


def test_on_one_slice_parts_of_it_tell_what_chance_does() -> None:
    """A visitor's sessions are in one part."""
    fold = FOLDS[0]
    visitor = np.repeat(np.arange(len(fold.held.matrix) // 3), 3)
    held = replace(fold.held, visitor=visitor)
    judged = searching.judge("forest", TRIED["forest"], [Fold(fold.rows, held)], seed=0, tick=lambda: None)
    score = judged.fitted[0].classifier.score(held.matrix, 1)

    parts = [visitor % searching.PARTS == number for number in range(searching.PARTS)]
    expected = [
        average_precision(RankedOutcomes.of(score[part], held.outcome[part]))
        for part in parts
        if held.outcome[part].any()
    ]
    assert len(expected) > searching.PARTS / 2
    assert judged.areas == pytest.approx(expected)
