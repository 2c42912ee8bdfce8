"""What moves the predictions of a report's sessions: each feature's part, on average."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from markupsafe import Markup

from components.base.format import number
from components.report.parts import SECTIONS, Chart
from components.report.svg import Lying, lying_bars
from core.base.errors import CoreError
from core.base.written import counted
from core.explain import Importance, importance, points_text, sampled
from core.report import Scene

#: Features shown; the others hardly move anything.
MOST = 10
ABOUT: dict[str, tuple[str, str]] = {
    "purchase": ("What moves the purchase probability", "percentage points, up or down, on average"),
    "revenue": ("What moves the revenue if it buys", "amount, up or down, on average"),
}


def why(scene: Scene) -> Iterator[Markup]:
    """Yield the strongest reasons of all sessions taken together."""
    targets = ("purchase", "revenue") if scene.amounts else ("purchase",)
    yield SECTIONS.why([_strongest(scene, target) for target in targets])


def _strongest(scene: Scene, target: str) -> Chart | dict[str, str]:
    """Return the chart of a target, or why there is none."""
    title, subtitle = ABOUT[target]
    try:
        sample = sampled(scene.source, scene.filters, target)
    except CoreError as error:
        return {"title": title, "text": f"{error.message} {error.remedy or ''}".strip()}
    shown = importance(sample)[:MOST]

    def written(points: float) -> str:
        return points_text(points, target, scene.currency).lstrip("+")

    bars = [
        Lying(
            label=one.label,
            value=one.mean_points,
            text=written(one.mean_points),
            low=one.low,
            high=one.high,
        )
        for one in shown
    ]
    return Chart(
        title=title,
        drawing=lying_bars(bars),
        subtitle=subtitle,
        columns=("Input", "On average", "95% interval", "As it rises"),
        rows=[_row(one, written) for one in shown],
        n=sample.n,
        note=None
        if sample.complete
        else f"A sample of {number(sample.n)} of {counted(sample.total, 'session')}",
    )


def _row(one: Importance, written: Callable[[float], str]) -> tuple[str, ...]:
    direction = {"up": "higher", "down": "lower"}.get(one.direction or "", "depends")
    return (one.label, written(one.mean_points), f"{written(one.low)} to {written(one.high)}", direction)
