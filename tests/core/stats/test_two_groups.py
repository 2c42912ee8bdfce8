"""Intervals of differences against statsmodels, and how often they hold the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import xlogy
from statsmodels.stats import proportion, weightstats

from core.stats import two_groups
from core.stats.estimate import Z95

#: Buyers and people of two groups: alike, unequal, few, very many, none.
COUNTS = [
    (60, 1000, 30, 1000),
    (410, 10_000, 33, 1100),
    (12, 5000, 1, 500),
    (3, 50, 1, 40),
    (500, 600, 100, 600),
    (2200, 90_000, 150, 10_000),
]
#: Base rate, effect, contacted, held out: small and large rates, equal and unequal groups, no effect.
CAMPAIGNS = [
    (0.03, 0.01, 2000, 2000),
    (0.03, 0.01, 9000, 1000),
    (0.005, 0.003, 18_000, 2000),
    (0.002, 0.001, 10_000, 10_000),
    (0.005, 0.0, 20_000, 4000),
    (0.2, 0.05, 600, 150),
    (0.1, -0.03, 3000, 1000),
]


@pytest.mark.parametrize("counts", COUNTS)
def test_the_ends_are_where_statsmodels_finds_chance_of_five_percent(counts: tuple[int, ...]) -> None:
    for end in two_groups.ratio(*counts):
        test = proportion.test_proportions_2indep(*counts, value=float(end), compare="ratio", method="score")
        assert test.pvalue == pytest.approx(0.05, abs=1e-8)
    for end in two_groups.difference(*counts):
        test = proportion.test_proportions_2indep(*counts, value=float(end), compare="diff", method="score")
        # statsmodels 0.15 has cases where the cubic equation has people: off by a little for large shares.
        assert test.pvalue == pytest.approx(0.05, abs=0.01)
    told = proportion.test_proportions_2indep(*counts, method="score")
    assert float(two_groups.p_value(*counts)) == pytest.approx(told.pvalue, rel=1e-9)


@pytest.mark.parametrize("counts", [*COUNTS, (5, 100, 0, 100), (0, 100, 5, 100), (8, 9, 2, 30)])
def test_the_ends_are_the_score_tests_with_the_likeliest_shares(counts: tuple[int, ...]) -> None:
    buyers, n, others, n_others = counts
    for end in map(float, two_groups.difference(*counts)):
        shares = np.linspace(max(0.0, -end), min(1.0, 1.0 - end), 400_001)[1:-1]
        likely = xlogy(buyers, shares + end) + xlogy(n - buyers, 1 - shares - end)
        likely += xlogy(others, shares) + xlogy(n_others - others, 1 - shares)
        share = shares[np.argmax(likely)]
        spread = (share + end) * (1 - share - end) / n + share * (1 - share) / n_others
        spread *= (n + n_others) / (n + n_others - 1)
        far = (buyers / n - others / n_others - end) / np.sqrt(spread)
        assert abs(far) == pytest.approx(Z95, abs=2e-3)


@pytest.mark.parametrize("counts", COUNTS)
def test_it_is_close_to_newcombes_interval(counts: tuple[int, ...]) -> None:
    low, high = two_groups.difference(*counts)
    told = proportion.confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert (float(low), float(high)) == pytest.approx(told, abs=0.05 * (high - low))


def test_welchs_interval_is_statsmodels() -> None:
    random = np.random.default_rng(5)
    one, other = random.gamma(0.3, 40, 700), random.gamma(0.3, 30, 90)
    means = weightstats.CompareMeans(weightstats.DescrStatsW(one), weightstats.DescrStatsW(other))
    found = two_groups.mean_difference(
        one.mean(), one.var(ddof=1), len(one), other.mean(), other.var(ddof=1), len(other)
    )
    assert [float(end) for end in found] == pytest.approx(means.tconfint_diff(usevar="unequal"), rel=1e-9)


@pytest.mark.parametrize(("base", "effect", "n", "n_others"), CAMPAIGNS)
def test_of_a_thousand_campaigns_about_950_intervals_hold_the_effect(
    base: float, effect: float, n: int, n_others: int
) -> None:
    random = np.random.default_rng(20261124)
    buyers, others = random.binomial(n, base + effect, 1000), random.binomial(n_others, base, 1000)
    low, high = two_groups.difference(buyers, n, others, n_others)
    assert 0.93 <= np.mean((low <= effect) & (effect <= high)) <= 0.97
    low, high = two_groups.ratio(buyers, n, others, n_others)
    times = 1 + effect / base
    assert 0.93 <= np.mean((low <= times) & (times <= high)) <= 0.97


def test_of_a_thousand_campaigns_about_950_intervals_hold_the_extra_revenue() -> None:
    random = np.random.default_rng(9)
    truth = (0.05 - 0.04) * np.exp(4 + 0.5**2 / 2)
    found = []
    for share, n in ((0.05, 3000), (0.04, 1500)):
        paid = (random.random((1000, n)) < share) * random.lognormal(4, 0.5, (1000, n))
        found += [paid.mean(axis=1), paid.var(axis=1, ddof=1), np.full(1000, n)]
    low, high = two_groups.mean_difference(*found)
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97


@pytest.mark.parametrize(
    "counts", [(0, 10, 0, 10), (0, 100, 5, 100), (10, 10, 0, 10), (1, 1, 0, 1), (7, 7, 9, 9)]
)
def test_without_buyers_or_with_nothing_else_there_is_an_answer(counts: tuple[int, ...]) -> None:
    buyers, n, others, n_others = counts
    low, high = two_groups.difference(*counts)
    assert -1 <= low <= buyers / n - others / n_others <= high <= 1
    assert low < high
    back = two_groups.difference(others, n_others, buyers, n)
    assert (-back[1], -back[0]) == pytest.approx((low, high), abs=1e-12)
    low, high = two_groups.ratio(*counts)
    assert 0 <= low < high
    assert 0 <= float(two_groups.p_value(*counts)) <= 1


def test_no_difference_is_left_out_exactly_where_chance_is_below_five_percent() -> None:
    random = np.random.default_rng(3)
    buyers, others = random.integers(0, 12, 300), random.integers(0, 12, 300)
    low, high = two_groups.difference(buyers, 60, others, 45)
    shown = two_groups.p_value(buyers, 60, others, 45) < stats.norm.sf(Z95) * 2
    assert np.array_equal((low > 0) | (high < 0), shown)
    low, high = two_groups.ratio(buyers, 60, others, 45)
    assert np.array_equal(((low > 1) | (high < 1))[(buyers + others) > 0], shown[(buyers + others) > 0])


#: Counts of groups where everybody or nobody buys, or nearly so: the likeliest shares lie at an edge.
EDGES = [
    (x1, n1, x0, n0)
    for n1, n0 in itertools.product((1, 2, 7, 100_000), repeat=2)
    for x1, x0 in itertools.product((0, 1, n1 - 1, n1), (0, 1, n0 - 1, n0))
]


def test_the_variance_of_a_difference_is_one_of_shares_at_the_edges_too() -> None:
    """Rounding puts roots of the cubic equation beyond 0 and 1, where a variance would be negative."""
    x1, n1, x0, n0 = np.array(EDGES, dtype=float).T
    for value in np.linspace(-1, 1, 81):
        found = two_groups._variance_of_difference(x1, n1, x0, n0, np.full_like(x1, value))
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        # With shares that far apart there is room for one of them only: it is likeliest at its edge.
        if abs(value) == 1:
            assert found == pytest.approx(np.zeros_like(found), abs=1e-12)


def test_the_variance_of_a_ratio_is_one_of_shares_at_the_edges_too() -> None:
    x1, n1, x0, n0 = np.array(EDGES, dtype=float).T
    for value in (*np.exp(np.linspace(-15, 15, 61)), *np.linspace(0.9999, 1.0001, 41)):
        found = two_groups._variance_of_ratio(x1, n1, x0, n0, np.full_like(x1, value))
        assert np.isfinite(found).all()
        assert (found >= 0).all()


def test_the_p_value_is_the_pooled_tests_for_all_small_counts() -> None:
    """Without a difference the likeliest share is the common one, and nothing has to be solved for it."""
    counts = [
        (x1, n1, x0, n0)
        for n1, n0 in itertools.product((1, 2, 7, 30), repeat=2)
        for x1, x0 in itertools.product(range(n1 + 1), range(n0 + 1))
    ]
    x1, n1, x0, n0 = np.array(counts, dtype=float).T
    n, pooled = n1 + n0, (x1 + x0) / (n1 + n0)
    spread = pooled * (1 - pooled) * (1 / n1 + 1 / n0) * n / (n - 1)
    far = np.divide(np.abs(x1 / n1 - x0 / n0), np.sqrt(spread), out=np.zeros_like(n), where=spread > 0)

    assert two_groups.p_value(x1, n1, x0, n0) == pytest.approx(2 * stats.norm.sf(far), rel=1e-6)
