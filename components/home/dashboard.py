"""Home's numbers: figures of a period against the one before, and which exports they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, date, expected_number, money, number, percent
from components.base.layout import kpi, kpi_row, section, synthetic_badge
from components.home.changes import alert_banner, change_words, changed_most, tone
from components.home.over_time import charts
from core.base.written import agree, counted
from core.results.history.periods import Period, foreseen, period
from core.services.dashboard import RANGES, Dashboard
from core.stats.estimate import Estimate

#: Ids of the days somebody chooses.
FROM, TO = "home-from", "home-to"
#: Id of what the two show at first: a page that comes is no choice.
SHOWN = "home-days-shown"

RANGE_NAMES = {"7": "7 days", "28": "28 days", "90": "90 days", "all": "All"}
STEP_NAMES = {"day": "By day", "week": "By week"}


def dashboard_parts(*, told: Dashboard) -> list[Component]:
    """Return everything that is told of the exports together."""
    return [
        *(alert_banner(alert, told) for alert in told.alerts),
        section(
            *([_controls(told)] if told.history.first != told.history.last else []),
            _figures(told),
            html.P(coverage(told=told), className="measure mb-0 smaller text-body-tertiary"),
            _charts(told),
            title="The demo shop over time" if told.synthetic else "Your shop over time",
            subtitle=html.Div(
                [_period_words(told), *([synthetic_badge()] if told.synthetic else [])],
                className="hstack flex-wrap gap-2",
            ),
        ),
        *changed_most(told),
    ]


def _charts(told: Dashboard) -> Component:
    if sum(bool(total.n) for total in told.points.values()) > 1:
        return html.Div(charts(told), className="home-charts")
    shown = "week" if told.step == "week" else "day"
    return html.P(
        f"There is one {shown} of sessions here. Charts over time need two.",
        className="measure mb-0 small text-body-secondary",
    )


def coverage(*, told: Dashboard) -> str:
    """Say which exports the figures are made of, and what of them is left out."""
    history, many = told.history, len(told.history.exports)
    covered = _days(period(history, history.first, history.last))
    parts = [f"From {number(many)} export{'' if many == 1 else 's'}, {covered}."]
    if history.twice:
        parts.append(
            f"{counted(history.twice, 'session')} {agree(history.twice, 'is', 'are')} in more than one "
            "export; each counts once, as in the newest."
        )
    missing = told.now.length - len(told.now.days)
    if missing:
        parts.append(
            f"{number(missing)} of the {counted(told.now.length, 'day')} {agree(missing, 'has', 'have')} no "
            "sessions in any export."
        )
    then = len(told.then.days)
    if 0 < then < told.then.length:
        parts.append(
            f"The previous period has sessions on {counted(then, 'day')}, so changes are per average day."
        )
    if told.tools:
        these, those = (" and ".join(f"“{title}”" for title in sorted(titles)) for titles in told.tools)
        parts.append(
            f"This period is from {these}, the one before from {those}: tools count visits differently, so "
            "a change may come from that."
        )
    if history.apart:
        sums = ", ".join(money(amount, code, 0) for code, amount in history.apart.items())
        parts.append(f"Revenue in other currencies is left out; over all days it is {sums}.")
    if history.undated:
        names = ", ".join(f"“{name}”" for name in history.undated[:3])
        more = "" if len(history.undated) <= 3 else f" and {number(len(history.undated) - 3)} more"
        parts.append(f"Left out here because times are missing: {names}{more}.")
    return " ".join(parts)


def _period_words(told: Dashboard) -> str:
    now, then = told.now, told.then
    words = _days(now)
    if not then.days:
        before = "day" if then.length == 1 else f"{number(then.length)} days"
        return f"{words}; no export covers the previous {before}"
    return f"{words}, against {_days(then)}"


def _days(one: Period) -> str:
    return date(one.first) if one.length == 1 else f"{date(one.first)} to {date(one.last)}"


def _controls(told: Dashboard) -> Component:
    choice = told.choice
    days = {"from": told.now.first.isoformat(), "to": told.now.last.isoformat()}
    own = days if choice.range == "own" else {"range": choice.range}
    ranges = [(RANGE_NAMES[name], {"range": name}, choice.range == name) for name in RANGES]
    steps = [(text, {**own, "step": step}, told.step == step) for step, text in STEP_NAMES.items()]
    return html.Div(
        [
            _pills("Period", ranges),
            _pills("Steps", steps),
            _date("From", FROM, days["from"], told),
            _date("To", TO, days["to"], told),
            dcc.Store(id=SHOWN, data=list(days.values())),
        ],
        className="d-flex flex-wrap gap-3 align-items-end",
    )


def _date(label: str, id: str, value: str, told: Dashboard) -> Component:
    limits = {"min": told.history.first.isoformat(), "max": told.history.last.isoformat()}
    field = dbc.Input(id=id, type="date", value=value, size="sm", debounce=True, **limits)
    name = html.Label(label, htmlFor=id, className="smaller fw-medium text-body-tertiary")
    return html.Div([name, field], className="vstack flex-grow-0 gap-1")


def _pills(name: str, choices: Sequence[tuple[str, dict[str, str], bool]]) -> Component:
    # The one that is shown is no link.
    return html.Nav(
        [
            html.Span(text, className="btn btn-sm btn-secondary active", **{"aria-current": "true"})
            if chosen
            else dcc.Link(text, href=f"/?{urlencode(query)}", className="btn btn-sm btn-secondary")
            for text, query, chosen in choices
        ],
        className="btn-group",
        **{"aria-label": name},
    )


def _expected_words(bought: float, expected: Estimate) -> str:
    low, high = expected.low, expected.high
    between = f"{number(low, 0)} to {number(high, 0)}"
    if low is not None and high is not None and not low <= bought <= high:
        return f"{number(bought)} bought, outside the {between} that chance allows if predictions are right"
    return f"{number(bought)} bought; {between} expected if predictions are right"


def _figures(told: Dashboard) -> Component:
    total, currency = told.total, told.history.currency
    expected = foreseen(total)

    def moved(name: str) -> tuple[str | None, Literal["positive", "negative"] | None]:
        """Return how a figure moved, in words and as a tone; nothing where no period before is covered."""
        change = told.changes.get(name)
        return (change_words(change), tone(change)) if told.then.days else (None, None)

    return kpi_row(
        kpi("Sessions", number(total.n), *moved("sessions")),
        kpi("Buyers", number(total.buyers), *moved("buyers"))
        if total.n_known
        else kpi("Buyers", NOTHING, "purchases are missing from these files"),
        kpi("Conversion", percent(total.conversion, 2), *moved("conversion")),
        kpi("Revenue", money(total.revenue, currency, 0), *moved("revenue"))
        if total.n_revenue
        else kpi("Revenue", NOTHING, "amounts are missing from these files"),
        kpi(
            "Expected buyers",
            expected_number(expected.value if expected else total.probability or None),
            _expected_words(total.came, expected)
            if expected
            else "not yet known who bought"
            if total.n_probability
            else "no predictions in these exports",
            help="The sum of purchase probabilities, over sessions whose outcome is known by now.",
        ),
    )
