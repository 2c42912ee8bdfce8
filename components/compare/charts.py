"""The charts of two results beside each other; each has its table and says its number of sessions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import number, percent
from components.base.graph import graph
from components.compare.sentences import (
    GROUPING_NAMES,
    MEASURED_NAMES,
    amount,
    change,
    group_name,
    signed_percent,
)
from components.figures import compare as figures
from components.figures.compare import Pair
from components.figures.results import STAGE_NAMES
from core.base.shop import place_in_week
from core.base.written import counted
from core.results.comparison.comparison import Comparison, Overlay, Why
from core.results.comparison.counts import NOBODY, Cell, Tally
from core.stats.estimate import Z95
from core.stats.proportions import wilson

#: Ids of this component's charts: this type, and the chart's name.
CHART = "compare-chart"
HEIGHT = 300
#: Groups a chart shows at most, those of most sessions.
MOST_GROUPS = 8
#: Those that stand in a fixed order, all of them.
UPRIGHT = ("weekday", "hour")
#: What bars of groups can show, by what it is called in the address.
SHOWN = {"share": "Share of sessions", "conversion": "Conversion", "revenue": "Revenue per session"}
OVERLAYS = {
    "p": ("Purchase probability", "purchase probability, %"),
    "expected": ("Expected revenue", "expected revenue of a session"),
    "if_bought": ("Revenue if it buys", "revenue if it buys, likely buyers only"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every chart is made of."""

    compared: Comparison
    names: tuple[str, str]
    show: str

    @property
    def currency(self) -> str | None:
        """The currency of both."""
        return self.compared.currency


def chart_id(name: str) -> dict[str, str]:
    """Return the id of a chart."""
    return {"type": CHART, "chart": name}


def spreads(scene: Scene) -> Component:
    """Return how predictions are spread on both sides, and how far sessions came."""
    found = [_overlay(scene, overlay) for overlay in scene.compared.overlays]
    if scene.compared.funnels:
        found.append(_funnel(scene))
    return html.Div(found, className="cards cards-fill clickable compare-charts")


def groups(scene: Scene) -> Component:
    """Return every grouping both sides have, by what is asked for."""
    return html.Div(
        [_grouping(scene, by) for by in scene.compared.groupings],
        className="cards cards-fill clickable compare-charts",
    )


def parts(scene: Scene, why: Why) -> Component | None:
    """Return how much of a change comes from other groups, and how much from within them."""
    found = why.groupings
    if not found:
        return None
    as_points = why.target == "conversion"
    factor = 100 if as_points else 1
    texts = [
        [change(one.mix, why.measured, scene.currency), change(one.rate, why.measured, scene.currency)]
        for one in found
    ]
    unit = "points" if as_points else scene.currency
    label = MEASURED_NAMES[why.measured].lower()
    return graph(
        id=chart_id(f"parts-{why.target}"),
        figure=figures.parts_figure(
            names=[GROUPING_NAMES[one.by][0] for one in found],
            mix=[factor * one.mix for one in found],
            rate=[factor * one.rate for one in found],
            texts=texts,
            axis=f"change of {label}, {unit}" if unit else f"change of {label}",
        ),
        title=f"{MEASURED_NAMES[why.measured]}: different visitors or different behaviour?",
        subtitle="The whole change, broken down by one grouping at a time",
        table={
            "columns": ["Grouping", "A different mix", "Within the groups", "Together"],
            "rows": [
                [
                    GROUPING_NAMES[one.by][0],
                    *text,
                    change(one.mix + one.rate, why.measured, scene.currency),
                ]
                for one, text in zip(found, texts, strict=True)
            ],
        },
        height=110 + 34 * len(found),
        n=scene.compared.a.n + scene.compared.b.n,
        note="Each row explains the same change, so don't add them up",
    )


def _overlay(scene: Scene, overlay: Overlay) -> Component:
    title, axis = OVERLAYS[overlay.of]
    if overlay.of != "p" and scene.currency:
        axis = f"{axis}, {scene.currency}"
    n_a, n_b = sum(overlay.a), sum(overlay.b)
    return graph(
        id=chart_id(overlay.of),
        figure=figures.overlay_figure(
            overlay=overlay, names=scene.names, title=axis, currency=scene.currency
        ),
        title=title,
        subtitle="Share of each side's sessions",
        table={
            "columns": [title, *scene.names],
            "rows": [
                [name.replace("–", " to "), percent(a / n_a, 2), percent(b / n_b, 2)]
                for name, a, b in zip(
                    figures.bin_names(overlay, scene.currency), overlay.a, overlay.b, strict=True
                )
                if a or b
            ],
        },
        height=HEIGHT,
        n=n_a + n_b,
        note=f"{number(n_a)} and {number(n_b)}",
    )


def _funnel(scene: Scene) -> Component:
    pairs = [
        Pair(
            label=STAGE_NAMES[one.stage],
            values=tuple(100 * step.n / step.of if step.of else None for step in (one, other)),  # type: ignore[arg-type]
            texts=tuple(  # type: ignore[arg-type]
                f"{number(step.n)} of {counted(step.of, 'session')} ({percent(step.n / step.of)})"
                if step.of
                else "not known"
                for step in (one, other)
            ),
        )
        for one, other in scene.compared.funnels
    ]
    return graph(
        id=chart_id("funnel"),
        figure=figures.pairs_figure(pairs=pairs, names=scene.names, axis="% of sessions"),
        title="How far sessions got",
        subtitle="Steps before any purchase, then the purchase itself",
        table={
            "columns": ["Stage", *scene.names],
            "rows": [[pair.label, *pair.texts] for pair in pairs],
        },
        height=HEIGHT,
        n=scene.compared.a.n + scene.compared.b.n,
    )


def _grouping(scene: Scene, by: str) -> Component:
    cells_a, cells_b = (
        {cell.key: cell for cell in side.cells[by]} for side in (scene.compared.a, scene.compared.b)
    )
    keys = list(dict.fromkeys([*cells_a, *cells_b]))
    upright = by in UPRIGHT
    rest = 0
    if not upright:
        size = {
            key: cells_a.get(key, NOBODY).n / max(scene.compared.a.n, 1)
            + cells_b.get(key, NOBODY).n / max(scene.compared.b.n, 1)
            for key in keys
        }
        keys.sort(key=lambda key: (-size[key], str(key)))
        rest = max(0, len(keys) - MOST_GROUPS)
        keys = keys[:MOST_GROUPS]
    else:
        place = place_in_week if by == "weekday" else int
        keys.sort(key=lambda key: (key is None, place(int(key or 0))))
    measured = _measured(scene)
    # Two intervals for each of 24 hours would hide the bars.
    bounded = measured != "share" and by != "hour"
    pairs = [
        _pair(scene, by, key, (cells_a.get(key, NOBODY), cells_b.get(key, NOBODY)), measured) for key in keys
    ]
    if not bounded:
        pairs = [replace(pair, lows=(None, None), highs=(None, None)) for pair in pairs]
    axis = MEASURED_NAMES.get(measured, "Share of sessions").lower()
    unit = "%" if measured in ("share", "conversion", "probability") else scene.currency
    return graph(
        id=chart_id(by),
        figure=figures.pairs_figure(
            pairs=pairs, names=scene.names, axis=f"{axis}, {unit}" if unit else axis, upright=upright
        ),
        title=f"{GROUPING_NAMES[by][1][:1].upper()}{GROUPING_NAMES[by][1][1:]}",
        subtitle=MEASURED_NAMES.get(measured, "Share of sessions"),
        table={
            "columns": [
                GROUPING_NAMES[by][0],
                *(f"{what}, {name}" for name in scene.names for what in ("Sessions", axis)),
                "Change",
            ],
            "rows": [
                _row(pair, (cells_a.get(key, NOBODY), cells_b.get(key, NOBODY)))
                for pair, key in zip(pairs, keys, strict=True)
            ],
        },
        height=HEIGHT if upright else 100 + 44 * len(pairs),
        n=scene.compared.a.n + scene.compared.b.n,
        note=_note(rest, bounded=bounded),
    )


def _note(rest: int, *, bounded: bool) -> str | None:
    parts = [f"{number(rest)} smaller groups are left out"] if rest else []
    if bounded:
        parts.append("thin lines are 95% intervals")
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}" if said else None


def _measured(scene: Scene) -> str:
    """Return what the bars are made of: what was observed on both sides, else what is predicted."""
    if scene.show == "share":
        return "share"
    why = scene.compared.why.get(scene.show)  # type: ignore[call-overload]
    return why.measured if why is not None else "share"


def _pair(scene: Scene, by: str, key: Any, cells: tuple[Cell, Cell], measured: str) -> Pair:  # noqa: ANN401
    found = [
        _value(cell, side.n, measured)
        for cell, side in zip(cells, (scene.compared.a, scene.compared.b), strict=True)
    ]
    factor = 100 if measured in ("share", "conversion", "probability") else 1
    scaled = [tuple(None if number is None else factor * number for number in numbers) for numbers in found]
    texts = [
        f"{amount(value, measured, scene.currency)} of {counted(cell.n, 'session')}"
        if measured != "share"
        else f"{percent(value)}, {counted(cell.n, 'session')}"
        for (value, _, _), cell in zip(found, cells, strict=True)
    ]
    return Pair(
        label=str(key)
        if by == "hour" and key is not None
        else group_name(scene.compared, by, key)[: 3 if by == "weekday" and key is not None else None],
        values=(scaled[0][0], scaled[1][0]),
        lows=(scaled[0][1], scaled[1][1]),
        highs=(scaled[0][2], scaled[1][2]),
        texts=(texts[0], texts[1]),
    )


def _value(cell: Cell, n: int, measured: str) -> tuple[float | None, float | None, float | None]:
    """Return a group's figure and its 95% interval."""
    if measured == "share":
        return (cell.n / n if n else None), None, None
    tally: Tally = cell.tally(measured)
    mean = tally.mean
    if mean is None:
        return None, None, None
    if measured == "conversion":
        return (mean, *wilson(tally.total, tally.n))
    reach = Z95 * math.sqrt(tally.variance / tally.n) if tally.n > 1 else math.nan
    if math.isnan(reach):
        return mean, None, None
    return mean, max(0.0, mean - reach), mean + reach


def _row(pair: Pair, cells: Sequence[Cell]) -> list[Any]:
    values = [text.split(" of ")[0].split(",")[0] for text in pair.texts]
    first, last = pair.values
    relative = last / first - 1 if first and last is not None else None
    return [
        pair.label,
        number(cells[0].n),
        values[0],
        number(cells[1].n),
        values[1],
        signed_percent(relative),
    ]
