"""Home's charts: sessions, buyers, conversion and revenue by day or week, and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash.development.base_component import Component

from components.base.format import date, money, number, percent
from components.base.graph import graph
from components.figures.home import over_time_figure
from core.results.history.history import Total
from core.services.dashboard import Dashboard

HEIGHT = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One chart: what of a step's total it shows, how that is written, and what was expected."""

    name: str
    title: str
    value: Callable[[Total], float | None]
    written: Callable[[float | None], str]
    axis: str
    n: int
    expected: Callable[[Total], float | None] | None = None
    subtitle: str | None = None
    line: bool = False


def charts(told: Dashboard) -> list[Component]:
    """Return a chart for everything the exports have."""
    total, currency = told.total, told.history.currency
    paired = total.n_worth > 0
    shown = [
        _Shown(
            name="sessions",
            title="Sessions",
            value=lambda t: t.n,
            written=number,
            axis="sessions",
            n=total.n,
        ),
        _Shown(
            name="buyers",
            title="Expected and actual buyers",
            subtitle="Of sessions with a prediction and a known outcome",
            value=lambda t: t.came,
            written=lambda value: number(value, 0),
            axis="buyers",
            n=total.n_paired,
            expected=lambda t: t.foreseen if t.n_paired else None,
        ),
        _Shown(
            name="conversion",
            title="Conversion",
            value=lambda t: None if t.conversion is None else 100 * t.conversion,
            written=lambda value: percent(None if value is None else value / 100, 2),
            axis="% that bought",
            n=total.n_known,
            line=True,
        ),
        _Shown(
            name="revenue",
            title="Revenue",
            # Beside what was expected stands what came of the same sessions.
            subtitle="Of sessions with a prediction and a known outcome" if paired else None,
            value=_worth_came if paired else _revenue,
            written=lambda value: money(value, currency, 0),
            axis=f"revenue, {currency}" if currency else "revenue",
            n=total.n_worth or total.n_revenue,
            expected=_worth_foreseen if paired else None,
        ),
    ]
    return [_chart(told, one) for one in shown if one.n]


def _revenue(total: Total) -> float | None:
    return total.revenue if total.n_revenue else None


def _worth_came(total: Total) -> float | None:
    return total.worth_came if total.n_worth else None


def _worth_foreseen(total: Total) -> float | None:
    return total.worth_foreseen if total.n_worth else None


def _chart(told: Dashboard, shown: _Shown) -> Component:
    starts, totals = list(told.points), list(told.points.values())
    values = [shown.value(total) for total in totals]
    expected = None if shown.expected is None else [shown.expected(total) for total in totals]
    name = shown.title if expected is None else "Actual"
    columns = ["Week from" if told.step == "week" else "Day", name]
    rows = [[date(start), shown.written(one)] for start, one in zip(starts, values, strict=True)]
    if expected is not None:
        columns.append("Expected")
        rows = [[*row, shown.written(one)] for row, one in zip(rows, expected, strict=True)]
    return graph(
        id=f"home-chart-{shown.name}",
        figure=over_time_figure(
            starts=starts,
            values=values,
            written=[shown.written(one) for one in values],
            axis=shown.axis,
            weekly=told.step == "week",
            expected=expected,
            expected_written=[shown.written(one) for one in expected or ()],
            name=name,
            line=shown.line,
        ),
        title=shown.title,
        subtitle=shown.subtitle,
        table={"columns": columns, "rows": rows},
        height=HEIGHT,
        n=shown.n,
    )
