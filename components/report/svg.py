"""The charts of a report: small drawings in SVG that need no script, print sharply and fit a phone.

Shapes stretch with the width while texts keep their size: the plot is drawn in a box of 1000 by its height
that is stretched across, its labels are placed in percent. Colours are classes, so that light, dark and paper
each have theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from components.base.format import number
from core.base.html import macros

_CHARTS = macros("components/report/templates/charts.html")
#: A shape by its tag and attributes, a text by its words and attributes.
Shape = tuple[str, dict[str, Any]]
#: The width of a plot in its own units; pixels are whatever the page gives it.
WIDE = 1000.0
#: Height of an ordinary plot in pixels, and of the line of labels beneath it.
HEIGHT, FOOT = 190, 20
#: Labels beneath a plot at most: more would run into each other on a phone.
MOST_LABELS = 8
#: Steps of the colours of differences to either side.
SHADES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A lying bar: what it stands for, its value and how that is written; None where it isn't known.

    ``shade`` is the class of its colour; ``low`` and ``high`` are the ends of its interval.
    """

    label: str
    value: float | None
    text: str
    shade: str = "accent"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A point with its interval upwards and downwards."""

    x: float
    y: float
    low: float
    high: float


def lying_bars(bars: Sequence[Lying], *, most: float | None = None) -> Markup:
    """Return bars one below the other, the first on top, each with its name and its value."""
    ends = [bar.high if bar.high is not None else bar.value for bar in bars]
    top = most or max((end for end in ends if end is not None), default=0.0) or 1.0
    return _CHARTS.lying([_lying(bar, top) for bar in bars])


def columns(
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    every: int | None = None,
    mark: float | None = None,
    mark_label: str = "",
    log: bool = False,
    centred: bool = True,
) -> Markup:
    """Return upright bars over their labels.

    Parameters
    ----------
    every
        Label one of so many bars; found out without it.
    mark
        Where a dashed line stands, as a share of the width, and what it is called.
    centred
        Whether labels stand under the middle of their bars, or under their left edges (of histograms).
    """
    top, ticks = _scale(values, log)
    n, gap = max(len(values), 1), 0.14
    step = WIDE / n
    shapes = [_across(HEIGHT * (1 - _part(tick, top, log))) for tick in ticks]
    for place, value in enumerate(values):
        if value and (height := HEIGHT * _part(value, top, log)):
            x, y = _n(place * step + step * gap / 2), _n(HEIGHT - height)
            box = {"x": x, "y": y, "width": _n(step * (1 - gap)), "height": _n(height)}
            shapes.append(("rect", box | {"class": "accent"}))
    if mark is not None:
        shapes.append(_line(_n(WIDE * mark), _n(WIDE * mark), "0", HEIGHT, "mark"))
    every = every or math.ceil(n / MOST_LABELS)
    under = [
        _text(
            label,
            _pc(100 * (place + (0.5 if centred else 0)) / n),
            14,
            "middle" if centred or place else "start",
        )
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    over = []
    if mark is not None and mark_label:
        late = mark > 0.55
        words, attributes = _text(
            f"{mark_label} " if late else f" {mark_label}", _pc(100 * mark), 12, "end" if late else "start"
        )
        over.append((words, attributes | {"dx": "-6" if late else "6", "class": "marked"}))
    return _framed(shapes, ticks, top, under, over=over, log=log)


def line_with_dots(dots: Sequence[Dot], *, along: str, up: str) -> Markup:
    """Return points in percent joined by a line, with their intervals; on the diagonal x equals y."""
    top, ticks = _scale([end for dot in dots for end in (dot.high, dot.x)])

    def across(x: float) -> float:
        return WIDE * x / top

    def high(y: float) -> float:
        return HEIGHT * (1 - y / top)

    shapes = [_across(high(tick)) for tick in ticks]
    shapes.append(_line("0", _n(WIDE), HEIGHT, "0", "dotted"))
    path = " ".join(
        f"{'L' if place else 'M'}{_n(across(dot.x))} {_n(high(dot.y))}" for place, dot in enumerate(dots)
    )
    ranges = "".join(f"M{_n(across(dot.x))} {_n(high(dot.low))}V{_n(high(dot.high))}" for dot in dots)
    points = "".join(f"M{_n(across(dot.x))} {_n(high(dot.y))}h0" for dot in dots)
    shapes += [_path(ranges, "whisker"), _path(path, "curve"), _path(points, "dots accent-line")]
    under = [
        _text(f"{number(tick)}%", _pc(100 * tick / top), 14, "end" if tick == ticks[-1] else "middle")
        for tick in ticks[1:]
    ]
    return _framed(shapes, ticks, top, under, along=along, up=up, unit="%")


def scatter(
    groups: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    names: Sequence[tuple[str, str]],
    *,
    height: int = 300,
) -> Markup:
    """Return a map of at least one dot; the axes have no numbers.

    Parameters
    ----------
    groups
        For each class of colour its points.
    names
        For each class of colour what it stands for.
    """
    every = [point for _, points in groups for point in points]
    xs, ys = [x for x, _ in every], [y for _, y in every]
    wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    shapes = [
        _path(
            "".join(
                f"M{round(15 + 970 * (x - min(xs)) / wide)} "
                f"{round(8 + (height - 16) * (1 - (y - min(ys)) / high))}h0"
                for x, y in points
            ),
            f"points {shade}-line",
        )
        for shade, points in groups
    ]
    return _CHARTS.map(_stretched(shapes, height), names)


def shade_of(difference: float | None, full: float) -> str:
    """Return the class of a difference's colour: one of the steps towards less or more."""
    if difference is None:
        return "d0"
    step = round(max(-1.0, min(1.0, difference / full)) * SHADES)
    return f"{'more' if step > 0 else 'less'}{abs(step)}" if step else "d0"


def _lying(bar: Lying, top: float) -> dict[str, Any]:
    width = 100 * (bar.value or 0.0) / top
    ends = None
    if bar.low is not None and bar.high is not None:
        ends = [_pc(min(100 * end / top, 100)) for end in (bar.low, bar.high)]
    return {
        "label": bar.label,
        "text": bar.text,
        "shade": bar.shade,
        "width": _pc(min(max(width, 0.4 if width else 0), 100)),
        "ends": ends,
    }


def _framed(
    shapes: Sequence[Shape],
    ticks: Sequence[float],
    top: float,
    under: Sequence[Shape],
    *,
    over: Sequence[Shape] = (),
    log: bool = False,
    along: str = "",
    up: str = "",
    unit: str = "",
) -> Markup:
    """Put a plot between the numbers of its axes."""
    beside = [
        _text(f"{_short(tick)}{unit}", "100%", _n(8 + HEIGHT * (1 - _part(tick, top, log)) + 4), "end")
        for tick in ticks
    ]
    return _CHARTS.framed(_stretched(shapes, HEIGHT), HEIGHT, FOOT, beside, under, over, up, along)


def _stretched(shapes: Sequence[Shape], height: int) -> Markup:
    return _CHARTS.stretched(shapes, height, f"{WIDE:g}")


def _text(words: str, x: str, y: float | str, anchor: str) -> Shape:
    return words, {"x": x, "y": y, "text-anchor": anchor}


def _across(y: float) -> Shape:
    return _line("0", _n(WIDE), _n(y), _n(y), "grid-line")


def _line(x1: str, x2: str, y1: float | str, y2: float | str, kind: str) -> Shape:
    ends = {"x1": x1, "x2": x2, "y1": y1, "y2": y2}
    return "line", ends | {"class": kind, "vector-effect": "non-scaling-stroke"}


def _path(d: str, kind: str) -> Shape:
    return "path", {"d": d, "class": kind, "vector-effect": "non-scaling-stroke"}


def _scale(values: Sequence[float | None], log: bool = False) -> tuple[float, list[float]]:
    """Return the upper end of an axis and its round ticks, beginning at 0 (at 1 on a log scale)."""
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    if log:
        powers = math.ceil(math.log10(max(most, 10)))
        return 10.0**powers, [10.0**power for power in range(powers + 1)]
    size = most / 4
    power = 10.0 ** math.floor(math.log10(size))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= size * (1 - 1e-9))
    count = math.ceil(most / step - 1e-9)
    return step * count, [float(f"{step * place:.6g}") for place in range(count + 1)]


def _part(value: float, top: float, log: bool) -> float:
    if not log:
        return value / top
    # Bars begin at half a session: one of a single session is still to be seen.
    return max(0.0, math.log10(max(value, 0.5) / 0.5) / math.log10(top / 0.5))


def _short(value: float) -> str:
    for size, sign in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{sign}"
    return number(value)


def _pc(share: float) -> str:
    return f"{share:.2f}".rstrip("0").rstrip(".") + "%"


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
