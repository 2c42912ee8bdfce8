"""What the reasons page says in sentences: what counts most, of how many sessions, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from components.base.format import number, percent
from components.shared.reasons import AVERAGE, Target, level_words
from components.why.figures import DIRECTIONS, average_words

if TYPE_CHECKING:
    from core.explain import Importance, Sample

#: Features named in the findings, and the share of what counts from which one says so.
NAMED, MOST_OF = 3, 0.5
MILLION = 1_000_000

#: How a finding begins, and what a target is called in it.
BEGINS: dict[Target, tuple[str, str]] = {
    "purchase": ("What tells buyers from others most is ", "the probability of a purchase"),
    "revenue": ("What moves the revenue of a buyer most is ", "revenue if it buys"),
}

METHOD = (
    "For every session the model's answer is split, exactly, into what each feature adds to the answer for "
    "an average session or takes from it (Shapley values, as TreeSHAP finds them; of a probability they are "
    "found in log odds and brought to percentage points). They show what goes along with buying in the "
    "data the model learned from. They are no causes: sessions with more time spent may buy more often, yet "
    "keeping visitors longer need not make them buy. To learn what an action does, try it on some and hold "
    "others out."
)


def findings(
    *, sample: Sample, bars: Sequence[Importance], target: Target, currency: str | None
) -> Component:
    """Return the plain findings: what counts most and which way, and how much of it all that is."""
    moving = [bar for bar in bars if bar.mean_points > 0]
    if not moving:
        return html.P(
            "No feature moves these predictions: they are all the same.", className="measure mb-0 fs-6"
        )
    begin, what = BEGINS[target]
    first, others = moving[0], moving[1:NAMED]
    words: list[Component | str] = [begin, html.Strong(_named(first.label)), ": it moves ", what, " by "]
    words += [average_words(first.mean_points, target, currency), f" on average{_way(first)}."]
    if others:
        words.append(" Then come ")
        for place, bar in enumerate(others):
            words += [" and " if place else "", html.Strong(_named(bar.label))]
            words.append(f" ({average_words(bar.mean_points, target, currency)}{_short_way(bar)})")
        words.append(".")
    lines = [html.P(words, className="measure mb-0 fs-6")]
    share = sum(bar.mean_points for bar in moving[:NAMED]) / sum(bar.mean_points for bar in moving)
    if len(moving) > NAMED:
        lines.append(
            html.P(
                f"Together these {NAMED} make {percent(share, 0)} of all that the {len(bars)} features move. "
                f"{_levels(sample, target, currency)}",
                className="measure mt-1 mb-0 small text-body-secondary",
            )
        )
    else:
        lines.append(
            html.P(_levels(sample, target, currency), className="measure mt-1 mb-0 small text-body-secondary")
        )
    return html.Div(lines, role="status")


def sample_words(sample: Sample) -> str:
    """Say how many sessions were taken apart: "a sample of 10,000 of 2.5 million sessions"."""
    if sample.n < sample.total:
        return f"a sample of {number(sample.n)} of {rough(sample.total)} sessions"
    return f"all {number(sample.n)} sessions" if sample.n != 1 else "the only session"


def rough(n: int) -> str:
    """Write a number of sessions as people say it: "2.5 million"."""
    return f"{number(n / MILLION, 1)} million" if n >= MILLION else number(n)


def direction_words(bar: Importance) -> str:
    """Return which way a feature works, in words."""
    return DIRECTIONS[bar.direction][0].lower()


def _levels(sample: Sample, target: Target, currency: str | None) -> str:
    explained = sample.explained
    mean = level_words(float(explained.prediction.mean()), target, currency)
    base = level_words(explained.base, target, currency)
    return (
        f"The average of these sessions is {mean}; {AVERAGE[target].lower()} of the data the model learned "
        f"from is the start, at {base}."
    )


def _named(label: str) -> str:
    return f"“{label.lower()}”" if label[1:] == label[1:].lower() else f"“{label}”"


def _way(bar: Importance) -> str:
    if bar.direction is None:
        return ", up or down by its value"
    return ", the more the higher" if bar.direction == "up" else ", the more the lower"


def _short_way(bar: Importance) -> str:
    return {"up": ", the more the higher", "down": ", the more the lower"}.get(bar.direction or "", "")
