"""The charts of a report: small drawings in SVG that need no script, print sharply and fit a phone.

Shapes stretch with the width while texts keep their size: the plot is drawn in a box of 1000 by its height
that is stretched across, its labels are placed in percent. Colours are classes, so that light, dark and paper
each have theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from components.base.format import number
from components.report.markup import Markup, el

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
    return el("div", [_lying(bar, top) for bar in bars], class_="bars")


def diverging_bars(bars: Sequence[Lying]) -> Markup:
    """Return bars that go to the left or to the right of a middle line."""
    top = max((abs(bar.value) for bar in bars if bar.value is not None), default=0.0) or 1.0

    def drawn(bar: Lying) -> Markup:
        half = 48 * abs(bar.value or 0.0) / top
        start = 50 if (bar.value or 0.0) >= 0 else 50 - half
        return el(
            "svg",
            el("line", x1="50%", x2="50%", y1="0", y2="100%", class_="axis"),
            el("rect", x=_pc(start), width=_pc(half), y="3", height="12", rx="2", class_=bar.shade),
            width="100%",
            height="18",
            aria_hidden="true",
        )

    return el("div", [_row(bar, drawn(bar)) for bar in bars], class_="bars")


def columns(
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    every: int | None = None,
    mark: float | None = None,
    mark_label: str = "",
    shade: str = "accent",
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
    bars = [
        el(
            "rect",
            x=_n(place * step + step * gap / 2),
            y=_n(HEIGHT - height),
            width=_n(step * (1 - gap)),
            height=_n(height),
            class_=shade,
        )
        for place, value in enumerate(values)
        if value and (height := HEIGHT * _part(value, top, log))
    ]
    grid = [_across(HEIGHT * (1 - _part(tick, top, log))) for tick in ticks]
    line = _upright(WIDE * mark) if mark is not None else None
    every = every or math.ceil(n / MOST_LABELS)
    under = [
        el(
            "text",
            label,
            x=_pc(100 * (place + (0.5 if centred else 0)) / n),
            y="14",
            text_anchor="middle" if centred or place else "start",
        )
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    words = None
    if mark is not None and mark_label:
        late = mark > 0.55
        words = el(
            "text",
            f"{mark_label} " if late else f" {mark_label}",
            x=_pc(100 * mark),
            dx="-6" if late else "6",
            y="12",
            text_anchor="end" if late else "start",
            class_="marked",
        )
    return _framed([*grid, *bars, line], ticks, top, under, words=words, log=log)


def line_with_dots(
    dots: Sequence[Dot], *, unit: str = "%", along: str = "", up: str = "", diagonal: bool = True
) -> Markup:
    """Return points joined by a line, with their intervals, against the diagonal on which x equals y."""
    top, ticks = _scale([end for dot in dots for end in (dot.high, dot.x)])

    def across(x: float) -> float:
        return WIDE * x / top

    def high(y: float) -> float:
        return HEIGHT * (1 - y / top)

    shapes = [_across(high(tick)) for tick in ticks]
    if diagonal:
        shapes.append(
            el(
                "line",
                x1="0",
                y1=HEIGHT,
                x2=_n(WIDE),
                y2="0",
                class_="dotted",
                vector_effect="non-scaling-stroke",
            )
        )
    path = " ".join(
        f"{'L' if place else 'M'}{_n(across(dot.x))} {_n(high(dot.y))}" for place, dot in enumerate(dots)
    )
    ranges = "".join(f"M{_n(across(dot.x))} {_n(high(dot.low))}V{_n(high(dot.high))}" for dot in dots)
    points = "".join(f"M{_n(across(dot.x))} {_n(high(dot.y))}h0" for dot in dots)
    for d, kind in ((ranges, "whisker"), (path, "curve"), (points, "dots accent-line")):
        shapes.append(el("path", d=d, class_=kind, vector_effect="non-scaling-stroke"))
    under = [
        el(
            "text",
            f"{number(tick)}{unit}",
            x=_pc(100 * tick / top),
            y="14",
            text_anchor="end" if tick == ticks[-1] else "middle",
        )
        for tick in ticks[1:]
    ]
    return _framed(shapes, ticks, top, under, along=along, up=up, unit=unit)


def scatter(groups: Sequence[tuple[str, Sequence[tuple[float, float]]]], *, height: int = 300) -> Markup:
    """Return a map of dots: for each class of colour its points; the axes have no numbers."""
    every = [point for _, points in groups for point in points]
    if not every:
        return el("p", "There are no sessions to draw.", class_="quiet")
    xs, ys = [x for x, _ in every], [y for _, y in every]
    wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    shapes = [
        el(
            "path",
            d="".join(
                f"M{round(15 + 970 * (x - min(xs)) / wide)} "
                f"{round(8 + (height - 16) * (1 - (y - min(ys)) / high))}h0"
                for x, y in points
            ),
            class_=f"points {shade}-line",
            vector_effect="non-scaling-stroke",
        )
        for shade, points in groups
    ]
    return el("div", _stretched(shapes, height), class_="map")


def shade_of(difference: float | None, full: float) -> str:
    """Return the class of a difference's colour: one of the steps towards less or more."""
    if difference is None:
        return "d0"
    step = round(max(-1.0, min(1.0, difference / full)) * SHADES)
    return f"{'more' if step > 0 else 'less'}{abs(step)}" if step else "d0"


def _lying(bar: Lying, top: float) -> Markup:
    width = 100 * (bar.value or 0.0) / top
    parts = [
        el("rect", x="0", y="3", width="100%", height="12", rx="2", class_="track"),
        el(
            "rect",
            x="0",
            y="3",
            width=_pc(min(max(width, 0.4 if width else 0), 100)),
            height="12",
            rx="2",
            class_=bar.shade,
        ),
    ]
    if bar.low is not None and bar.high is not None:
        low, high = (_pc(min(100 * end / top, 100)) for end in (bar.low, bar.high))
        parts.append(el("line", x1=low, x2=high, y1="9", y2="9", class_="range"))
    return _row(bar, el("svg", parts, width="100%", height="18", aria_hidden="true"))


def _row(bar: Lying, drawn: Markup) -> Markup:
    return el(
        "div",
        el("div", bar.label, class_="bar-name"),
        el("div", drawn, class_="bar-line"),
        el("div", bar.text, class_="bar-value"),
        class_="bar",
    )


def _framed(
    shapes: Sequence[Markup | None],
    ticks: Sequence[float],
    top: float,
    under: Sequence[Markup],
    *,
    words: Markup | None = None,
    log: bool = False,
    along: str = "",
    up: str = "",
    unit: str = "",
) -> Markup:
    """Put a plot between the numbers of its axes."""
    beside = [
        el(
            "text",
            f"{_short(tick)}{unit}",
            x="100%",
            y=_n(8 + HEIGHT * (1 - _part(tick, top, log)) + 4),
            text_anchor="end",
        )
        for tick in ticks
    ]
    return el(
        "div",
        el("div", up, class_="axis-name") if up else None,
        el(
            "div",
            el("svg", beside, class_="beside", width="46", height=HEIGHT + 16),
            el(
                "div",
                el(
                    "div",
                    _stretched(shapes, HEIGHT),
                    el("svg", words, class_="over") if words else None,
                    class_="plot",
                ),
                el("svg", under, width="100%", height=FOOT, class_="under"),
                class_="beneath",
            ),
            class_="frame",
        ),
        el("div", along, class_="axis-name along") if along else None,
        aria_hidden="true",
    )


def _stretched(shapes: Sequence[Markup | None], height: int) -> Markup:
    return el(
        "svg",
        shapes,
        viewBox=f"0 0 {WIDE:g} {height}",
        width="100%",
        height=height,
        preserveAspectRatio="none",
        class_="stretched",
    )


def _across(y: float) -> Markup:
    return el(
        "line",
        x1="0",
        x2=_n(WIDE),
        y1=_n(y),
        y2=_n(y),
        class_="grid-line",
        vector_effect="non-scaling-stroke",
    )


def _upright(x: float) -> Markup:
    return el(
        "line", x1=_n(x), x2=_n(x), y1="0", y2=HEIGHT, class_="mark", vector_effect="non-scaling-stroke"
    )


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
