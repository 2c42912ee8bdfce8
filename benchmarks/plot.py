"""A small picture of lines on a logarithmic axis of sizes, as SVG, without a library for it."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 44, 52
LINE = 15
COLOURS = ("#0b6bcb", "#5f6b7a", "#c2410c")
Points = list[tuple[float, float]]


def cost_plot(lines: dict[str, Points], note: str) -> str:
    """Return an SVG of the cost of an event (microseconds) against millions of events."""
    told = {label: points for label, points in lines.items() if points}
    sizes = sorted({x for points in told.values() for x, _ in points})
    step, ticks = _steps(max(y for points in told.values() for _, y in points))
    low, high = math.log(sizes[0]), math.log(max(sizes[-1], sizes[0] * 1.01))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = (math.log(point[0]) - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        up = point[1] / (step * ticks) * (HEIGHT - TOP - BOTTOM)
        return LEFT + across, HEIGHT - BOTTOM - up

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#27303a">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="15">Cost of an event, in microseconds</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 8}" fill="#5f6b7a">Million events. {escape(note)}</text>',
    ]
    for tick in range(ticks + 1):
        _, y = place((sizes[0], tick * step))
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dfe3e8"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick * step:g}</text>'
        )
    for size in sizes:
        x, _ = place((size, 0))
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:.2g}</text>')
    beside = _apart({label: place(points[-1])[1] for label, points in told.items()})
    for (label, points), colour in zip(told.items(), COLOURS, strict=False):
        places = [place(point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1][0] + 10, beside[label] + 4
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{escape(label)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _apart(heights: dict[str, float]) -> dict[str, float]:
    """Return heights moved down where they are too near the one above for two lines of text."""
    moved: dict[str, float] = {}
    for label, height in sorted(heights.items(), key=lambda item: item[1]):
        moved[label] = max(height, max(moved.values(), default=-LINE) + LINE)
    return moved


def _steps(largest: float) -> tuple[float, int]:
    """Return the size and number of steps of an axis from 0 to a bit above the largest value."""
    rough = largest / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return step, math.ceil(largest / step)
