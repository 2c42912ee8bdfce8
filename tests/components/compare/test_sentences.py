"""What is said of groups that make two results differ."""

from __future__ import annotations

from dataclasses import replace

from components.compare.sentences import effect_words
from core.results.comparison.comparison import Why
from core.results.comparison.mix_and_rate import Effect

STAYED = Effect(
    by="country_group", key="Unknown", n_a=30, n_b=30, share_a=0.02, share_b=0.02, rate_a=0.0, rate_b=0.0,
    mix=0.0, change=0.0, apart=0.0001, sure=True,
)  # fmt: skip
WHY = Why(target="purchase", measured="conversion", a=0.042, b=0.021, groupings=(), changes=())


def test_a_group_that_stays_as_it_was_is_neither_higher_nor_lower() -> None:
    said = effect_words(STAYED, WHY, "“Unknown”", "EUR")
    assert "the same conversion (0%)" in said
    assert "lower" not in said
    fallen = replace(STAYED, rate_a=0.04, rate_b=0.02, change=-0.0004)
    assert "lower conversion (2.0% against 4.0%)" in effect_words(fallen, WHY, "“Unknown”", "EUR")
