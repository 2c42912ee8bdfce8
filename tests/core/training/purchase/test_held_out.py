"""With much to learn from, kinds compete on alike rows, and the winner alone learns from all of them."""

from __future__ import annotations

import numpy as np
import pytest

from core.base.progress import silent
from core.training.data.loading import read_training_data
from core.training.data.splits import TRAIN, VALIDATION
from core.training.purchase import held_out, search
from core.training.purchase.candidates import TRIED
from core.training.purchase.held_out import hold_out
from core.training.purchase.options import QUICK, TrainingOptions

ROWS = 400


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", ROWS)
    monkeypatch.setattr(held_out, "SEARCHED_ROWS", ROWS)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return what is fitted from now on, and to how many rows."""
    done, fit = [], held_out.fit

    def counted(kind: str, settings, rows, **told):
        done.append((kind, len(rows.matrix)))
        return fit(kind, settings, rows, **told)

    monkeypatch.setattr(held_out, "fit", counted)
    return done


@pytest.mark.slow
@pytest.mark.usefixtures("few_rows")
def test_kinds_are_compared_on_alike_rows_and_the_winner_learns_from_all(trained, fits) -> None:
    data = read_training_data(trained.sessions)
    contest = hold_out(data, 0, QUICK, silent, None)

    assert set(contest.scores) == {"logistic", "forest", "xgboost", "blend"}
    assert {rows for _, rows in fits} == {fits[0][1]}
    assert ROWS < fits[0][1] < 1.5 * ROWS, "the rows and copies with features hidden"
    assert f"{ROWS} examples" in contest.judged_on

    fits.clear()
    winner = contest.finish("xgboost")
    assert [kind for kind, _ in fits] == ["xgboost"]
    assert fits[0][1] > len(data.rows(TRAIN))
    held = data.matrix[data.rows(VALIDATION)]
    np.testing.assert_array_equal(winner.score, winner.classifier.score(held, 1))
    assert np.abs(winner.score - contest.scores["xgboost"]).max() > 0.001


def test_what_a_search_fitted_to_the_same_rows_is_not_fitted_again(trained, fits) -> None:
    data = read_training_data(trained.sessions)
    contest = hold_out(data, 0, TrainingOptions(trials=4), silent, None)
    assert not fits
    assert contest.judged_on == "the validation slice"

    winner = contest.finish("forest")
    assert not fits
    np.testing.assert_array_equal(winner.score, contest.scores["forest"])


def test_the_last_fit_takes_smaller_steps(trained, fits) -> None:
    contest = hold_out(read_training_data(trained.sessions), 0, QUICK, silent, None)
    fits.clear()
    winner = contest.finish("xgboost")

    assert len(fits) == 1
    eta = {"eta": pytest.approx(TRIED["xgboost"]["eta"] / 3)}
    assert winner.settings == {"xgboost": TRIED["xgboost"] | eta}
    assert contest.settings["xgboost"] == TRIED["xgboost"]


def test_of_another_search_settings_are_taken_and_nothing_it_fitted(trained, fits) -> None:
    """It may have learned from what is held out here."""
    data = read_training_data(trained.sessions)
    found = hold_out(data, 0, TrainingOptions(trials=4), silent, None).found
    fits.clear()
    contest = hold_out(data, 1, QUICK, silent, found)

    assert {kind for kind, _ in fits} == {"logistic", "forest", "xgboost"}
    assert contest.settings == {kind: found.best(kind) for kind in contest.settings}
