"""Decisions by a threshold against scikit-learn, weighted and not; their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference
from statsmodels.stats import proportion

from core.stats.decisions import DecisionCounts, count_decisions, decision_figures, decisions, drawn

RANDOM = np.random.default_rng(8)
N = 2_000
PROBABILITY = RANDOM.beta(1, 12, N).round(2)
OUTCOME = RANDOM.random(N) < PROBABILITY
YES = PROBABILITY >= 0.15
COUNTS = DecisionCounts(threshold=0.3, tp=30, fp=10, fn=20, tn=140)


@pytest.mark.parametrize("weight", [np.ones(N), RANDOM.integers(0, 4, N).astype(float)])
def test_shares_of_weighed_decisions_are_scikit_learns(weight: np.ndarray) -> None:
    figures, told = decisions(YES, OUTCOME, weight), {"sample_weight": weight}

    assert figures["precision"] == pytest.approx(reference.precision_score(OUTCOME, YES, **told))
    assert figures["recall"] == pytest.approx(reference.recall_score(OUTCOME, YES, **told))
    assert figures["f1"] == pytest.approx(reference.f1_score(OUTCOME, YES, **told))
    assert figures["called_buyers"] == pytest.approx(np.average(YES, weights=weight))


def test_counts_and_sessions_give_the_same_figures() -> None:
    figures = decision_figures(count_decisions(PROBABILITY, OUTCOME, 0.15))
    told = decisions(YES, OUTCOME, np.ones(N))

    assert {name: figure.value for name, figure in figures.items()} == pytest.approx(told)


def test_counts_give_the_usual_shares() -> None:
    assert (COUNTS.n, COUNTS.called, COUNTS.buyers) == (200, 40, 50)
    assert COUNTS.precision == 0.75
    assert COUNTS.recall == 0.6
    assert COUNTS.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert COUNTS.profit(100, 5) == 30 * 100 - 40 * 5


def test_figures_of_a_threshold_have_intervals_that_hold_their_value() -> None:
    figures = decision_figures(COUNTS)

    for figure in figures.values():
        assert figure.low < figure.value < figure.high
    assert {name: figure.n for name, figure in figures.items()} == {
        "precision": 40,
        "recall": 50,
        "f1": 200,
        "called_buyers": 200,
    }
    assert (figures["f1"].unit, figures["recall"].unit) == ("score", "share")
    for name, hits, n in (("precision", 30, 40), ("recall", 30, 50), ("called_buyers", 40, 200)):
        wilson = proportion.proportion_confint(hits, n, method="wilson")
        assert (figures[name].low, figures[name].high) == pytest.approx(wilson)


def test_visitors_who_come_again_widen_every_interval() -> None:
    more = {"threshold": 0.3, "tp": 300, "fp": 100, "fn": 200, "tn": 1400}
    figures = decision_figures(DecisionCounts(**more))
    wider = decision_figures(DecisionCounts(**more, design_effect=4.0))

    for name, figure in figures.items():
        assert wider[name].value == figure.value
        assert wider[name].high - wider[name].low == pytest.approx(2 * (figure.high - figure.low), rel=0.1)


def test_f1s_interval_covers_the_truth() -> None:
    """Of samples of one shop, about 95 in 100 intervals hold its F1."""
    random, truth, inside = np.random.default_rng(4), 2 * 0.03 / (2 * 0.03 + 0.04 + 0.05), 0
    for tp, fp, fn, tn in random.multinomial(3_000, [0.03, 0.04, 0.05, 0.88], 200):
        f1 = decision_figures(DecisionCounts(threshold=0.5, tp=tp, fp=fp, fn=fn, tn=tn))["f1"]
        inside += f1.low <= truth <= f1.high
    assert 0.91 <= inside / 200 <= 0.985


def test_drawn_counts_are_as_many_sessions() -> None:
    counts = drawn(DecisionCounts(threshold=0.3, tp=300, fp=100, fn=200, tn=1400, design_effect=2.0))

    assert counts.sum(axis=0) == pytest.approx(np.full(counts.shape[1], 2_000))
    assert counts.mean(axis=1) == pytest.approx([300, 100, 200, 1400], rel=0.03)
    # A count of n sessions varies by n p (1 - p), here twice that.
    assert counts[0].var() == pytest.approx(2 * 2_000 * 0.15 * 0.85, rel=0.1)


def test_nobody_called_leaves_precision_unknown() -> None:
    figures = decision_figures(DecisionCounts(threshold=0.9, tp=0, fp=0, fn=20, tn=140))
    assert (figures["precision"].value, figures["precision"].n) == (None, 0)
    assert figures["recall"].value == 0.0
    nobody = decisions(np.zeros(N, dtype=bool), OUTCOME, np.ones(N))
    assert np.isnan(nobody["precision"])
    assert nobody["called_buyers"] == 0


def test_without_buyers_or_calls_nothing_is_told() -> None:
    figures = decision_figures(DecisionCounts(threshold=0.9, tp=0, fp=0, fn=0, tn=140))
    assert [figures[name].value for name in ("precision", "recall", "f1")] == [None] * 3


def test_decisions_are_counted_from_the_threshold_on() -> None:
    probability, outcome = np.array([0.1, 0.4, 0.4, 0.8]), np.array([True, True, False, True])
    assert count_decisions(probability, outcome, 0.4) == DecisionCounts(threshold=0.4, tp=2, fp=1, fn=1, tn=0)
