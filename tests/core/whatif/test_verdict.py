"""A probability in words."""

from __future__ import annotations

import pytest

from core.whatif import in_a_hundred, verdict


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "fewer than 1 in 1,000"),
        (0.0004, "fewer than 1 in 1,000"),
        (0.004, "4 in 1,000"),
        (0.0095, "1 in 100"),
        (0.03, "3 in 100"),
        (0.5, "50 in 100"),
        (0.99, "99 in 100"),
        (0.999, "more than 99 in 100"),
    ],
)
def test_shares_are_written_as_people_say_them(share: float, words: str) -> None:
    assert in_a_hundred(share) == words


@pytest.mark.parametrize(
    ("probability", "words", "tone"),
    [
        (0.01, "well below average for this shop", "below"),
        (0.02, "below average for this shop", "below"),
        (0.03, "about average for this shop", "average"),
        (0.05, "above average for this shop", "above"),
        (0.09, "3 times the shop's average", "above"),
        (0.30, "10 times the shop's average", "likely"),
    ],
)
def test_the_verdict_stands_against_the_average(probability: float, words: str, tone: str) -> None:
    given = verdict(probability, threshold=0.25, base_rate=0.03)

    assert given.against_average == words
    assert given.tone == tone


def test_the_verdict_stands_against_the_threshold() -> None:
    at, below = (verdict(p, threshold=0.18, base_rate=0.03) for p in (0.18, 0.1799))

    assert at.likely
    assert at.against_threshold == "A likely buyer: the cut-off is 18 in 100."
    assert not below.likely
    assert below.against_threshold.startswith("Not a likely buyer")


def test_an_unknown_base_rate_is_said() -> None:
    assert "not known" in verdict(0.1, threshold=0.5, base_rate=None).against_average
