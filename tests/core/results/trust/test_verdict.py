"""When to act on predictions and when not: by outcomes where they are known, else by what else is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.bundle.predictor import Predictor
from core.results.drift.records import Drift
from core.results.filters import Filters
from core.results.trust import Trust, judge, trust_of_file
from core.results.view import ResultView
from core.stats.psi import Level
from tests.core.results.scored import scored_frame, write_scored

CARD = {"captured_top10": {"value": 0.683, "low": 0.651, "high": 0.716, "n": 22_500}}


def verdict(frame: pd.DataFrame, folder: Path, **known: Any) -> Trust:
    quality = ResultView(write_scored(frame, folder / "sessions.parquet")).quality(Filters())
    return judge(quality, **{"drift": drift("none"), "card": CARD, **known})


def drift(level: Level | None, *, missing: int = 0) -> Drift:
    """Return how unlike an export of 20 inputs is, of which some are missing."""
    return Drift(
        bundle="b", bundle_made="", n=200, n_reference=200, level=level, headline="", advice="", features=(),
        absent=("Price",) * missing, n_inputs=20, score=None, live=(), model_synthetic=False,
    )  # fmt: skip


def with_outcomes(bought: Any, n: int) -> pd.DataFrame:
    return scored_frame(n).assign(purchased=bought)


def test_a_good_model_leads_with_what_it_finds(tmp_path: Path) -> None:
    frame = scored_frame(4000)
    found = verdict(frame, tmp_path)
    top = frame.nlargest(400, "purchase_probability")["purchased"].sum() / frame["purchased"].sum()
    assert found.act
    assert f"finds {top:.0%} of buyers in the top 10%" in found.sentence
    assert f"{frame['purchased'].sum()} bought" in found.detail


def test_outcomes_that_have_nothing_to_do_with_predictions_are_guessing(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).random(4000) < 0.06
    found = verdict(with_outcomes(noise, 4000), tmp_path)
    assert not found.act
    assert found.sentence == ("This model does no better than guessing on this export. Don't act on it.")
    assert "ROC-AUC" in found.detail
    assert "missing" not in found.detail
    other = verdict(with_outcomes(noise, 4000), tmp_path, drift=drift("serious", missing=14))
    assert other.detail.startswith("14 of the model's 20 inputs are missing from this file.")
    assert "ROC-AUC" in other.detail


def test_worse_than_guessing_is_guessing_even_with_few_buyers(tmp_path: Path) -> None:
    frame = scored_frame(2000)
    least = frame["purchase_probability"].rank(method="first") <= 15
    assert verdict(frame.assign(purchased=least), tmp_path).cause == "guessing"


def test_few_buyers_cannot_show_anything(tmp_path: Path) -> None:
    bought = np.zeros(200, bool)
    frame = scored_frame(200).sort_values("purchase_probability", ascending=False)
    bought[[2, 20, 120]] = True
    found = verdict(frame.assign(purchased=bought), tmp_path)
    assert (found.act, found.cause) == (False, "few")
    assert found.sentence.startswith("With 3 buyers")
    bought[:] = False
    bought[[80, 120]] = True
    found = verdict(frame.assign(purchased=bought), tmp_path)
    assert found.cause == "few"


@pytest.mark.parametrize(("n", "bought", "measured"), [(4, 2, "card"), (9, 2, "card"), (10, 2, "export")])
def test_the_best_ranking_of_a_handful_may_be_an_accident(
    tmp_path: Path, n: int, bought: int, measured: str
) -> None:
    frame = scored_frame(n).sort_values("purchase_probability", ascending=False)
    found = verdict(frame.assign(purchased=np.arange(n) < bought), tmp_path)
    assert found.measured == measured


@pytest.mark.parametrize(("factor", "words"), [(2.0, "far too many"), (0.4, "far too few")])
def test_probabilities_that_are_surely_off_are_no_forecast(tmp_path: Path, factor: float, words: str) -> None:
    frame = scored_frame(6000)
    off = frame.assign(purchase_probability=frame["purchase_probability"] * factor)
    found = verdict(off, tmp_path)
    assert (found.act, found.cause) == (False, "calibration")
    assert words in found.sentence
    assert "still ranks" in found.detail


@pytest.mark.parametrize("factor", [0.85, 1.18])
def test_totals_outside_their_interval_are_never_green(tmp_path: Path, factor: float) -> None:
    """A model that ranks well, and whose expected buyers are off by more than chance, but not by far."""
    made = scored_frame(40_000)
    right = {"purchase_probability": "purchased", "expected_revenue": "revenue"}
    frame = made.assign(
        **{name: made[name] * made[actual].sum() / made[name].sum() for name, actual in right.items()}
    )
    held = verdict(frame, tmp_path)
    assert (held.act, held.totals_hold) == (True, True)
    off = frame.assign(
        purchase_probability=frame["purchase_probability"] * factor,
        expected_revenue=frame["expected_revenue"] * factor,
    )
    found = verdict(off, tmp_path)
    assert (found.act, found.totals_hold) == (True, False)
    few = factor < 1
    assert f"but expects too {'few' if few else 'many'} buyers" in found.sentence
    assert f"too {'little' if few else 'much'} revenue" in found.sentence
    assert "don't plan with its totals" in found.detail


def test_a_ratio_that_chance_allows_is_no_alarm(tmp_path: Path) -> None:
    """Twice as many as expected of a handful may be chance."""
    frame = scored_frame(150, seed=3)
    found = verdict(frame.assign(purchase_probability=frame["purchase_probability"] * 1.3), tmp_path)
    assert found.cause != "calibration"


def test_nobody_bought_where_hundreds_were_expected(tmp_path: Path) -> None:
    found = verdict(with_outcomes(np.zeros(6000, bool), 6000), tmp_path)
    assert (found.act, found.cause) == (False, "calibration")
    assert "nobody bought" in found.sentence


def test_without_outcomes_the_card_speaks(tmp_path: Path) -> None:
    found = verdict(scored_frame(200, outcomes=False), tmp_path, drift=drift("some", missing=9))
    assert found.act
    assert "found 68% of buyers in the top 10%" in found.sentence
    assert "95% interval 65% to 72%" in found.detail
    assert "Purchases are missing from this file" in found.detail


@pytest.mark.parametrize(
    ("known", "cause"),
    [
        ({"drift": drift("serious")}, "unlike"),
        ({"drift": drift(None, missing=10)}, "unlike"),
        ({"made_up": True}, "example"),
        ({"card": {}}, None),
    ],
)
def test_without_outcomes_it_counts_what_the_model_knows(
    tmp_path: Path, known: dict[str, Any], cause: str | None
) -> None:
    found = verdict(scored_frame(200, outcomes=False), tmp_path, **known)
    assert (found.act, found.cause) == (cause is None, cause)


def test_columns_of_another_shop_are_said_and_so_is_what_cannot_be_compared(tmp_path: Path) -> None:
    frame = scored_frame(200, outcomes=False)
    assert verdict(frame, tmp_path, drift=drift(None, missing=12)).sentence == (
        "12 of the model's 20 inputs are missing from this file. Don't act on it."
    )
    few = verdict(frame, tmp_path, drift=drift(None))
    assert few.act
    assert "too few sessions to tell whether they are like those it learned from" in few.detail
    assert "too few sessions" not in verdict(frame, tmp_path).detail


def test_outcomes_count_more_than_drift(tmp_path: Path) -> None:
    assert verdict(scored_frame(4000), tmp_path, drift=drift("serious", missing=15), made_up=True).act


def test_a_file_of_another_shop_without_purchases_is_an_example_only(tmp_path: Path) -> None:
    scored = write_scored(scored_frame(200, outcomes=False), tmp_path / "scored.parquet")
    predictor = Predictor.load("demo-shop")
    found = trust_of_file(scored, predictor)
    assert found is not None
    assert found.cause == "example"
    assert trust_of_file(scored, predictor, synthetic=True).cause != "example"


def test_clusters_alone_need_no_verdict(tmp_path: Path) -> None:
    frame = scored_frame(100).assign(purchase_probability=None)
    assert trust_of_file(write_scored(frame, tmp_path / "c.parquet"), Predictor.load("demo-shop")) is None


@pytest.mark.parametrize(
    ("unseen", "words"),
    [(True, "hadn't seen its visitor"), (False, "expect less"), (None, "own purchases (95%")],
)
def test_it_is_said_whether_the_model_had_seen_the_sessions(
    tmp_path: Path, unseen: bool | None, words: str
) -> None:
    assert words in verdict(scored_frame(4000), tmp_path, unseen=unseen).detail


def test_a_model_trained_on_the_export_is_said_to_be(tmp_path: Path) -> None:
    said = verdict(scored_frame(4000), tmp_path, unseen=True, own=True).detail
    assert said.startswith("Trained on this export and measured on this export's own purchases, each session")
    assert "Trained" not in verdict(scored_frame(4000), tmp_path, unseen=True).detail


def test_where_no_visitor_is_known_none_is_said_to_be_unseen(tmp_path: Path) -> None:
    said = verdict(scored_frame(4000).assign(visitor_id=None), tmp_path, unseen=True).detail
    assert "each session by a model that hadn't seen it (95%" in said
    assert "visitor" not in said
