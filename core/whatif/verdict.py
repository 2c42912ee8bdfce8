"""A probability in words: how many in a hundred, against the shop's average and the model's threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["likely", "above", "average", "below"]

#: Below this many in a hundred a whole number says too little, and a thousand is used.
FINE = 0.0095
RARE = 0.0005

#: Up to these ratios of probability to base rate, and the words for it.
AGAINST_AVERAGE: tuple[tuple[float, str], ...] = (
    (0.5, "well below average for this shop"),
    (0.8, "below average for this shop"),
    (1.25, "about average for this shop"),
    (2.0, "above average for this shop"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer in words: ``headline`` ("3 in 100"), ``against_average`` and ``against_threshold``."""

    headline: str
    against_average: str
    against_threshold: str
    likely: bool
    tone: Tone


def verdict(probability: float, *, threshold: float, base_rate: float | None) -> Verdict:
    """Put a purchase probability (a share of 1) into words.

    Parameters
    ----------
    probability
        The model's probability that the session ends in a purchase.
    threshold
        From this probability on the model says yes.
    base_rate
        Share of the shop's sessions that buy; None where it isn't known.
    """
    likely = probability >= threshold
    bar = in_a_hundred(threshold)
    decision = (
        f"A likely buyer: the cut-off is {bar}." if likely else f"Not a likely buyer: the cut-off is {bar}."
    )
    words, tone = _against_average(probability, base_rate)
    return Verdict(
        headline=in_a_hundred(probability),
        against_average=words,
        against_threshold=decision,
        likely=likely,
        tone="likely" if likely else tone,
    )


def in_a_hundred(share: float) -> str:
    """Write a share as people say it: "3 in 100", "4 in 1,000", "fewer than 1 in 1,000"."""
    if share < RARE:
        return "fewer than 1 in 1,000"
    if share < FINE:
        return f"{round(share * 1000)} in 1,000"
    if share > 1 - FINE / 2:
        return "more than 99 in 100"
    return f"{round(share * 100)} in 100"


def about(words: str) -> str:
    """Say that "3 in 100" is rounded; "fewer than 1 in 1,000" says so itself."""
    return words if words.startswith(("fewer", "more")) else f"about {words}"


def _against_average(probability: float, base_rate: float | None) -> tuple[str, Tone]:
    if not base_rate:
        return "the shop's average is not known", "average"
    ratio = probability / base_rate
    for limit, words in AGAINST_AVERAGE:
        if ratio < limit:
            tone: Tone = "average" if words.startswith("about") else "above" if ratio > 1 else "below"
            return words, tone
    times = f"{ratio:.0f}" if ratio >= 2.5 else "2"
    return f"{times} times the shop's average", "above"
