"""What is said of a campaign: effect, chance, profit, the sizes it takes; and before it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats import proportion

from core.base.errors import UpliftError
from core.uplift import Group, measure, power_of, sample_size, smallest_effect


def group(paid: np.ndarray) -> Group:
    return Group(
        n=len(paid),
        buyers=int((paid > 0).sum()),
        revenue=float(paid.sum()),
        squares=float((paid**2).sum()),
    )


def simulated(share: float, n: int, seed: int) -> Group:
    random = np.random.default_rng(seed)
    return group((random.random(n) < share) * random.lognormal(4, 0.4, n))


def test_a_campaign_that_works_says_what_it_has_brought() -> None:
    found = measure(
        treated=simulated(0.06, 20_000, 1),
        held_out=simulated(0.04, 5000, 2),
        cost_per_contact=0.1,
        margin=0.4,
    )
    assert found.verdict == "more"
    assert "lifted purchases" in found.sentence
    assert found.difference is not None
    assert found.difference.low < 0.02 < found.difference.high
    assert found.relative is not None
    assert found.relative.low < 0.5 < found.relative.high
    assert found.extra_buyers is not None
    assert found.extra_buyers.low < 400 < found.extra_buyers.high
    assert found.extra_revenue is not None
    mean = math.exp(4 + 0.4**2 / 2)
    assert found.extra_revenue.low < 400 * mean < found.extra_revenue.high
    assert found.profit is not None
    assert found.cost == pytest.approx(2000)
    assert found.profit.value == pytest.approx(0.4 * found.extra_revenue.value - 2000)
    assert found.profit.low == pytest.approx(0.4 * found.extra_revenue.low - 2000)
    assert "1 in 1,000" in found.chance
    assert not found.cautions


def test_what_could_be_chance_is_called_so() -> None:
    found = measure(treated=Group(n=1000, buyers=41), held_out=Group(n=1000, buyers=35))
    assert found.verdict == "unclear"
    assert "could be chance" in found.sentence
    assert found.chance.startswith("It could be chance: without any effect, about 48 in 100 campaigns")
    assert found.needed is not None
    told = proportion.samplesize_proportions_2indep_onetail(0.006, 0.035, 0.8)
    assert found.needed.per_group == math.ceil(told)
    assert not found.needed.assumed
    assert found.extra_revenue is None
    assert found.profit is None


def test_a_campaign_that_puts_people_off_says_so() -> None:
    found = measure(treated=Group(n=5000, buyers=100), held_out=Group(n=5000, buyers=200))
    assert found.verdict == "fewer"
    assert "lowered purchases" in found.sentence


@pytest.mark.parametrize(
    ("treated", "held_out", "said"),
    [
        (Group(n=50, buyers=3), Group(n=0, buyers=0), "There was no hold-out"),
        (Group(n=0, buyers=0), Group(n=50, buyers=3), "Nobody was contacted"),
        (Group(n=0, buyers=0), Group(n=0, buyers=0), "None of these people"),
    ],
)
def test_an_empty_group_is_a_clear_answer(treated: Group, held_out: Group, said: str) -> None:
    found = measure(treated=treated, held_out=held_out)
    assert found.verdict == "unknown"
    assert said in found.sentence
    assert found.difference is None


def test_nobody_bought() -> None:
    nobody = Group(n=400, buyers=0, revenue=0.0, squares=0.0)
    found = measure(treated=nobody, held_out=nobody)
    assert found.verdict == "unclear"
    assert found.p_value == 1
    assert found.relative is None
    assert found.needed is None
    assert found.revenue_per_contact is not None
    assert found.revenue_per_contact.value == found.revenue_per_contact.high == 0
    assert "None of the contacted bought" in found.cautions[0]
    assert "nan" not in repr(found).lower()


def test_one_person_a_group_shows_nothing() -> None:
    found = measure(
        treated=Group(n=1, buyers=1, revenue=5.0, squares=25.0), held_out=Group(n=1, buyers=0, revenue=0.0)
    )
    assert found.verdict == "unclear"
    assert found.revenue_per_contact is None
    assert len(found.cautions) == 2


@pytest.mark.parametrize("wrong", [Group(n=5, buyers=6), Group(n=-1, buyers=0)])
def test_counts_that_cannot_be_are_refused(wrong: Group) -> None:
    with pytest.raises(UpliftError, match="can't have bought"):
        measure(treated=wrong, held_out=Group(n=10, buyers=1))
    with pytest.raises(UpliftError, match="isn't possible"):
        measure(treated=Group(n=9, buyers=1), held_out=Group(n=9, buyers=1), cost_per_contact=math.nan)


@pytest.mark.parametrize(
    ("base", "effect", "ratio"),
    [(0.03, 0.01, 1.0), (0.03, 0.01, 0.1), (0.2, -0.05, 0.5), (0.002, 0.002, 1.0)],
)
def test_sizes_and_power_are_statsmodels(base: float, effect: float, ratio: float) -> None:
    needed = sample_size(base=base, effect=effect, others=ratio)
    told = proportion.samplesize_proportions_2indep_onetail(abs(effect), base, 0.8, ratio=ratio)
    if effect > 0:
        # For a loss statsmodels spreads the groups the other way round.
        assert needed == math.ceil(told)
    assert needed is not None
    power = proportion.power_proportions_2indep(effect, base, needed, ratio=ratio).power
    assert power_of(base=base, effect=effect, n=needed, n_others=ratio * needed) == pytest.approx(power)
    assert power == pytest.approx(0.8, abs=0.005)
    if effect > 0:
        seen = smallest_effect(base=base, n=needed, n_others=ratio * needed)
        assert seen == pytest.approx(effect, rel=0.01)


def test_power_is_how_often_simulated_campaigns_show_the_effect() -> None:
    from core.stats.two_groups import p_value

    random = np.random.default_rng(4)
    buyers, others = random.binomial(6000, 0.045, 4000), random.binomial(1500, 0.03, 4000)
    told = power_of(base=0.03, effect=0.015, n=6000, n_others=1500)
    assert np.mean(p_value(buyers, 6000, others, 1500) < 0.05) == pytest.approx(told, abs=0.04)
