"""Curves of a manifest: against scikit-learn and plain counting, and small enough."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from core.training.curves import confusion, curves

N = 6_000


@pytest.fixture(scope="module")
def scored() -> pa.Table:
    """Return sessions with honest probabilities, many of them shared."""
    random = np.random.default_rng(4)
    probability = random.beta(0.4, 8, N).round(3)
    bought = random.random(N) < probability
    amount = np.where(bought, random.lognormal(4, 0.5, N), 0.0)
    return pa.table(
        {
            "session_id": [f"s{number}" for number in range(N)],
            "visitor_id": [f"v{number % 4000}" for number in range(N)],
            "purchased": bought,
            "revenue": amount,
            "purchase_probability": probability,
            "expected_revenue": probability * 60,
        }
    )


@pytest.fixture(scope="module")
def drawn(scored: pa.Table) -> dict:
    return curves(scored, 0.123456789)


def arrays(scored: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    return scored["purchase_probability"].to_numpy(), scored["purchased"].to_numpy(zero_copy_only=False)


def test_roc_points_lie_on_the_curve_and_give_its_area(scored: pa.Table, drawn: dict) -> None:
    probability, outcome = arrays(scored)
    x, y = drawn["roc"]["false_positive"], drawn["roc"]["true_positive"]
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(outcome, probability), abs=0.004)
    false, true, _ = roc_curve(outcome, probability, drop_intermediate=False)
    exact = {(round(a, 6), round(b, 6)) for a, b in zip(false, true, strict=True)}
    assert set(zip(x, y, strict=True)) <= exact


def test_precision_falls_from_the_top_to_the_base_rate(scored: pa.Table, drawn: dict) -> None:
    probability, outcome = arrays(scored)
    pr = drawn["pr"]
    assert pr["recall"] == sorted(pr["recall"])
    assert pr["precision"][-1] == pytest.approx(outcome.mean(), abs=1e-6)
    area = np.trapezoid(pr["precision"], pr["recall"])
    assert area == pytest.approx(average_precision_score(outcome, probability), abs=0.03)


def test_counts_are_those_of_the_sessions_and_the_threshold_in_use_is_among_them(
    scored: pa.Table, drawn: dict
) -> None:
    probability, outcome = arrays(scored)
    told = drawn["confusion"]
    assert told["threshold"] == sorted(told["threshold"])
    assert 0.123456789 in told["threshold"]
    assert 40 <= len(told["threshold"]) <= 110
    for threshold, *four in zip(*(told[key] for key in ("threshold", "tp", "fp", "fn", "tn")), strict=True):
        yes = probability >= threshold
        assert four == [
            (yes & outcome).sum(),
            (yes & ~outcome).sum(),
            (~yes & outcome).sum(),
            (~yes & ~outcome).sum(),
        ]


def test_thresholds_tell_the_few_sessions_on_top_apart(scored: pa.Table, drawn: dict) -> None:
    called = [tp + fp for tp, fp in zip(drawn["confusion"]["tp"], drawn["confusion"]["fp"], strict=True)]
    assert sum(count <= 0.02 * N for count in called) >= 10
    assert max(called) > 0.8 * N


def test_tenths_add_up_and_their_intervals_hold_their_lift(scored: pa.Table, drawn: dict) -> None:
    _, outcome = arrays(scored)
    gains = drawn["gains"]
    assert sum(gains["n"]) == N
    assert sum(gains["buyers"]) == pytest.approx(outcome.sum(), abs=0.5)
    assert gains["captured"][-1] == 1
    assert np.mean(gains["lift"]) == pytest.approx(1, abs=1e-4)
    for lift, low, high in zip(gains["lift"], gains["low"], gains["high"], strict=True):
        assert low <= lift <= high


def test_calibration_bins_hold_every_session_and_their_interval(scored: pa.Table, drawn: dict) -> None:
    bins = drawn["calibration"]
    assert sum(bins["n"]) == N
    assert len(bins["n"]) == 15
    for actual, low, high in zip(bins["actual"], bins["low"], bins["high"], strict=True):
        assert low <= actual <= high


def test_scores_count_everybody_once(scored: pa.Table, drawn: dict) -> None:
    _, outcome = arrays(scored)
    assert sum(drawn["scores"]["buyers"]) == outcome.sum()
    assert sum(drawn["scores"]["others"]) == N - outcome.sum()


def test_all_of_it_is_small_and_plain_json(drawn: dict) -> None:
    assert len(json.dumps(drawn, allow_nan=False)) < 20_000
    assert len(drawn["revenue_deciles"]) == 10


@pytest.mark.parametrize("probability", [np.full(50, 0.2), np.array([0.0, 1.0] * 25)])
def test_scores_that_hardly_differ_still_make_curves(probability: np.ndarray) -> None:
    outcome = np.arange(50) % 7 == 0
    told = confusion(probability, outcome, 0.5)
    assert all(
        tp + fp + fn + tn == 50
        for tp, fp, fn, tn in zip(told["tp"], told["fp"], told["fn"], told["tn"], strict=True)
    )
    table = pa.table(
        {
            "session_id": [str(number) for number in range(50)],
            "purchased": outcome,
            "purchase_probability": probability,
            "expected_revenue": pa.nulls(50, pa.float64()),
        }
    )
    json.dumps(curves(table, 0.5), allow_nan=False)
