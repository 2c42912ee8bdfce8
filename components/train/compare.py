"""A new model beside the one in use: on the same sessions, figure by figure, with what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import html
from dash.development.base_component import Component

from components.base.format import MINUS, NOTHING, decimals, money, number, percent
from components.base.glossary import term
from components.base.layout import Tone, badge, banner, card, section
from components.shared.model_links import model_link
from core.base.written import counted

if TYPE_CHECKING:
    from core.stats.estimate import Figure
    from core.training.comparison.records import Comparison, MetricComparison

#: Where scores differ by less than this, the difference is written with one more decimal.
SMALL = 0.01

#: What each outcome of a line is called.
_BETTER: dict[str, tuple[str, Tone | str]] = {
    "new": ("new is better", "success"),
    "old": ("in use is better", "danger"),
    "level": ("no clear difference", "neutral"),
}

#: What each figure says, for those who don't read them every day.
_MEANINGS = {
    "captured_top10": "Share of all buyers found in its top 10% of sessions.",
    "pr_auc": "How many of its picks are buyers, over all cut-offs. Higher is better.",
    "roc_auc": "How often it ranks a buyer above a non-buyer; 0.5 is guessing.",
    "brier": "Mean squared error of the probability. Lower is better.",
    "calibration_error": "Average gap between its probabilities and what happens. Lower is better.",
    "f1": "Buyers found and false alarms in one figure. Higher is better.",
    "mae": "Average gap between its amount and what a buyer spent. Lower is better.",
    "predicted_to_actual": "All expected revenue compared with actual revenue. 100% is right.",
    "gini": "How well it ranks sessions by revenue. Higher is better.",
}

#: How the points and intervals of each outcome look.
_PLOT_TONES = {"new": "text-success-emphasis", "old": "text-danger-emphasis", "level": "text-body-tertiary"}

_TONES: dict[str, Tone] = {"new": "success", "old": "warning", "level": "info"}


def comparison_section(*, comparison: Comparison, doubtful: bool = False) -> Component:
    """Return the verdict, the warnings and the table of figures.

    ``doubtful`` says that something may give the outcome away to the new model.
    """
    table = card(_table(comparison), flush=True, class_name="train-compare") if comparison.lines else None
    return section(
        _verdict(comparison, doubtful),
        *_warnings(comparison.warnings),
        table,
        title="This model against the one in use when it was trained",
        subtitle=None
        if table is None
        else (
            f"Both scored the same {counted(comparison.n, 'session')}, {number(comparison.buyers)} of them "
            "buyers, that the new model has not learned from. Ranges are 95% intervals."
        ),
    )


def _verdict(comparison: Comparison, doubtful: bool) -> Component:
    if doubtful and comparison.better == "new":
        doubt = "If something gives the outcome away, it only looks better than it is."
        return banner("warning", comparison.verdict, doubt)
    return banner(_TONES[comparison.better], comparison.verdict)


def alarms_panel(*, alarms: Sequence[Mapping[str, Any]]) -> Component | None:
    """Return the signs that something gives the outcome away to the model, if there are any."""
    if not alarms:
        return None
    return banner(
        "danger",
        "Before you use it: something may give the outcome away",
        html.Div(
            [
                html.Div(
                    [html.Strong(str(alarm.get("title", ""))), html.Div(str(alarm.get("text", "")))],
                    className="mt-1",
                )
                for alarm in alarms
            ]
        ),
    )


def figure(value: float | None, unit: str) -> str:
    """Write a figure of a comparison in its unit."""
    if value is None:
        return NOTHING
    if unit == "share":
        return percent(value, 2)
    if unit == "score":
        return decimals(value, 3)
    if unit == "times":
        return f"{number(value)}×"
    if unit == "sessions":
        return number(value, 0)
    return money(value, unit)


def change(value: float | None, unit: str, *, fine: bool = False) -> str:
    """Write a difference with its sign; shares differ by percentage points.

    ``fine`` writes scores with one more decimal.
    """
    if value is None:
        return NOTHING
    if unit == "share":
        text = f"{number(100 * value)} pts"
    elif unit == "score" and fine:
        text = decimals(value, 4)
    else:
        text = figure(value, unit)
    return text if text.startswith(MINUS) or not value else f"+{text}"


def _table(comparison: Comparison) -> Component:
    head = html.Tr(
        [
            html.Th("Figure", scope="col"),
            html.Th(["New: ", model_link(comparison.new)], scope="col", className="num"),
            html.Th(["In use then: ", model_link(comparison.old)], scope="col", className="num"),
            html.Th("Difference", scope="col", className="num"),
            html.Th(html.Span("Drawn", className="visually-hidden"), scope="col", className="train-drawn"),
            html.Th("Which is better", scope="col"),
        ]
    )
    table = html.Table(
        [
            html.Caption(f"{comparison.new} against {comparison.old}", className="visually-hidden"),
            html.Thead(head),
            html.Tbody([_row(line) for line in comparison.lines]),
        ],
        className="table table-hover table-stack",
    )
    return html.Div(
        table,
        className="overflow-x-auto",
        tabIndex=0,
        role="region",
        **{"aria-label": "The two models compared"},
    )


def _row(line: MetricComparison) -> Component:
    words, tone = _BETTER[line.better]
    cells = (
        ("", _label(line)),
        ("New", _estimate(line.new, figure, line.unit)),
        ("In use then", _estimate(line.old, figure, line.unit)),
        ("Difference", _estimate(line.difference, partial(change, fine=_is_small(line)), line.unit)),
        ("", _drawn(line)),
        ("Which is better", badge(words, tone)),  # type: ignore[arg-type]
    )
    kinds = (None, "num", "num", "num", "train-drawn", None)
    return html.Tr(
        [
            html.Td(cell, className=kind, **{"data-label": name})
            for (name, cell), kind in zip(cells, kinds, strict=True)
        ]
    )


def _label(line: MetricComparison) -> Component:
    words: list[Component] = [html.Div(term(line.label), className="fw-medium")]
    if meaning := _MEANINGS.get(line.key):
        words.append(html.Div(meaning, className="train-meaning smaller text-body-tertiary"))
    return html.Div(words)


def _is_small(line: MetricComparison) -> bool:
    told = line.difference
    return all(end is None or abs(end) < SMALL for end in (told.low, told.value, told.high))


def _estimate(told: Figure, write: Callable[[float | None, str], str], unit: str) -> Component:
    return _two_lines(write(told.value, unit), _range(write(told.low, unit), write(told.high, unit)))


def _two_lines(value: str, range_: str | None) -> Component:
    parts: list[Component] = [html.Div(value)]
    if range_:
        parts.append(html.Div(range_, className="smaller text-body-tertiary"))
    return html.Div(parts)


def _range(low: str, high: str) -> str | None:
    return None if NOTHING in (low, high) else f"{low} to {high}"


def _drawn(line: MetricComparison) -> Component | None:
    """Draw the difference's range against zero; the table says the same in figures."""
    low, value, high = line.difference.low, line.difference.value, line.difference.high
    if low is None or value is None or high is None:
        return None
    reach = 1.1 * max(abs(low), abs(high), abs(value)) or 1.0

    def place(x: float) -> float:
        return 50 + 50 * x / reach

    return html.Div(
        [
            html.Span(className="train-zero position-absolute"),
            html.Span(
                className="train-interval position-absolute",
                style={"left": f"{place(low):.1f}%", "width": f"{place(high) - place(low):.1f}%"},
            ),
            html.Span(
                className="train-point position-absolute rounded-circle",
                style={"left": f"{place(value):.1f}%"},
            ),
        ],
        className=f"train-plot {_PLOT_TONES[line.better]}",
        **{"aria-hidden": "true"},
    )


def _warnings(warnings: Sequence[str]) -> list[Component]:
    if not warnings:
        return []
    words = html.Ul([html.Li(warning) for warning in warnings], className="mb-0")
    return [banner("warning", "When comparing, keep in mind", words)]
