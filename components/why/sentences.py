"""What the reasons page says in sentences: what counts most, of how many sessions, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from components.base.format import number, percent
from components.shared.reasons import FROM, Target, level_words
from components.why.figures import DIRECTIONS, average_words
from core.base.written import counted
from core.schema.own_columns import meanings_in

if TYPE_CHECKING:
    from core.explain import Importance, Sample

#: Features named in the findings, and the share of what counts from which one says so.
NAMED, MOST_OF = 3, 0.5
MILLION = 1_000_000

#: How a finding begins, and what a target is called in it.
BEGINS: dict[Target, tuple[str, str]] = {
    "purchase": ("What matters most for buying is ", "the probability of a purchase"),
    "revenue": ("What matters most for a buyer's revenue is ", "revenue if it buys"),
}

METHOD = (
    "Each session's prediction is split exactly into what each feature adds to, or takes from, the model's "
    "starting point (for revenue, an average buyer): Shapley values, computed by TreeSHAP; for probabilities "
    "in log odds, then converted to percentage points. They show what goes with buying in the data the model "
    "learned from, not what causes it: longer visits may buy more often, yet keeping visitors longer won't "
    "make them buy. To learn what an action does, contact some visitors and hold others out."
)


def findings(
    *, sample: Sample, bars: Sequence[Importance], target: Target, currency: str | None
) -> Component:
    """Return the plain findings: what counts most and which way, and how much of it all that is."""
    moving = [bar for bar in bars if bar.mean_points > 0]
    if not moving:
        return html.P(
            "These predictions are all the same, so no feature moves them.", className="measure mb-0 fs-6"
        )
    begin, what = BEGINS[target]
    first, others = moving[0], moving[1:NAMED]
    moved = f"{average_words(first.mean_points, target, currency)} on average"
    words: list[Component | str] = [
        begin,
        html.Strong(_named(first.label)),
        f": {_way(first, what)}, by {moved}.",
    ]
    if others:
        words.append(" Next are ")
        for place, bar in enumerate(others):
            words += [" and " if place else "", html.Strong(_named(bar.label))]
            words.append(f" ({average_words(bar.mean_points, target, currency)}{_short_way(bar)})")
        words.append(".")
    lines = [html.P(words, className="measure mb-0 fs-6")]
    if meant := meanings_in(bar.label for bar in moving[:NAMED]):
        lines.append(html.P(" ".join(meant), className="measure mt-1 mb-0 small text-body-secondary"))
    share = sum(bar.mean_points for bar in moving[:NAMED]) / sum(bar.mean_points for bar in moving)
    if len(moving) > NAMED:
        lines.append(
            html.P(
                f"These {NAMED} account for {percent(share, 0)} of the total effect of all {len(bars)} "
                "features. "
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
    return f"all {counted(sample.n, 'session')}" if sample.n != 1 else "the only session"


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
    return f"These sessions average {mean}; bars start from {FROM[target]}, {base}."


def _named(label: str) -> str:
    return f"“{label.lower()}”" if label[1:] == label[1:].lower() else f"“{label}”"


def _way(bar: Importance, what: str) -> str:
    ways = {"up": f"higher values raise {what}", "down": f"higher values lower {what}"}
    return ways.get(bar.direction or "", f"it raises or lowers {what}, depending on its value")


def _short_way(bar: Importance) -> str:
    return {"up": ", higher values raise it", "down": ", higher values lower it"}.get(bar.direction or "", "")
