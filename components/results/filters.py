"""The results page's filters: a bar of controls, and a chip for each one that is active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import choice, control, quietly_named
from components.base.format import date, number
from components.base.icons import icon
from components.base.layout import button
from components.figures.distributions import amount_range
from components.figures.results import MEASURES, STAGE_NAMES
from components.shared.labels import column_name, value_name
from core.base.identity import may
from core.results.columns import ColumnFilter
from core.results.filters import CHOICES, FLAGS, THRESHOLD, Filters, write_value
from core.results.table.ag_grid import PERCENT
from core.results.view import ResultView, largest

#: Ids of this component. A control's ``name`` is the address's argument.
CONTROL = "results-control"
CHIP = "results-chip"
MORE = "results-more"
#: The chip that removes all filters.
ALL_FILTERS = "*"

#: Choices a list offers at most, those of most sessions.
MAX_CHOICES = 200
#: The choices offered in the bar, with their labels; the others are clicked in charts.
LISTED = {
    "cluster": "Cluster",
    "country_group": "Country group",
    "country": "Country",
    "category": "Main category",
    "device": "Device",
    "channel": "Channel",
}
#: Names of filters in chips.
NAMES = {
    **LISTED,
    "p": "Probability",
    "expected": "Expected revenue",
    "if_bought": "Revenue if it buys",
    "weekday": "Weekday",
    "hour": "Hour",
    "buyer": "Likely buyer",
    "purchased": "Bought",
    "reached": "Got as far as",
    "day": "Days",
    "q": "Session or visitor",
}
#: What a list of yes and no says where it doesn't filter.
ANY = "any"
#: Filters that go together in one chip.
PARTS = {"day": ("start", "end")}
PERCENTS = ("min_p", "max_p", THRESHOLD)
#: Breakdown charts show this; no filter, but part of the address.
MEASURE = "measure"

_COMPARED = {
    "eq": "=", "is": "is", "ne": "≠", "isnt": "is not", "gt": ">", "ge": "≥", "lt": "<", "le": "≤",
    "has": "contains", "hasnt": "doesn't contain", "starts": "begins with", "ends": "ends with",
    "blank": "is not known", "known": "is known",
}  # fmt: skip


def control_id(name: str, kind: str = CONTROL) -> dict[str, str]:
    """Return the id of a control; ``kind`` tells those of one page from another page's."""
    return {"type": kind, "name": name}


def filter_bar(*, view: ResultView, filters: Filters, measure: str, charts: bool = True) -> Component:
    """Return the controls, each as the filters have it; what is missing from the file is left out.

    The ones used most stand in one row, the others behind "More filters"; with ``charts``, what they show.
    """
    told, values = view.told, control_values(filters) | {MEASURE: measure}
    row = []
    if may("ids.read"):
        row.append(
            control("Session or visitor", _input("q", values, placeholder="Search ids", kind="search"))
        )
    row += filter_controls(["buyer"], view=view, values=values)
    if charts:
        row.append(control("Charts show", _measures(told, values)))
    more = []
    if "purchase_probability" in told:
        ends = (_input("min_p", values, kind="number"), _input("max_p", values, kind="number"))
        more.append(_pair("Probability, %", *ends, names=("Lowest probability, %", "Highest probability, %")))
    more += filter_controls(["purchased", *LISTED], view=view, values=values)
    if "started_at" in told:
        span = view.span
        limits = {
            "min": span.first_day.isoformat() if span.first_day else None,
            "max": span.last_day.isoformat() if span.last_day else None,
        }
        more.append(
            _pair(
                "From, to",
                _input("from", values, kind="date", **limits),
                _input("to", values, kind="date", **limits),
                names=("From", "To"),
                wide=True,
            )
        )
    if more:
        folded = [html.Summary([icon("filter"), html.Span("More filters")], className="btn btn-secondary")]
        row.append(
            html.Details([*folded, html.Div(more, className="controls")], id=MORE, className="results-more")
        )
    return html.Div(row, className="results-filters card", role="search", **{"aria-label": "Filters"})


def filter_controls(
    names: Sequence[str], *, view: ResultView, values: Mapping[str, Any], kind: str = CONTROL
) -> list[Component]:
    """Return the controls of choices (``LISTED``) and flags, without those the export doesn't tell."""
    return [
        control(
            NAMES[name],
            _yes_no(name, values, kind) if name in FLAGS else _choices(name, view, values, kind),
        )
        for name in names
        if {**CHOICES, **FLAGS}[name] in view.told
    ]


def control_values(filters: Filters) -> dict[str, Any]:
    """Return what stands in each control."""
    told: dict[str, Any] = {"buyer": ANY, "purchased": ANY, **filters.to_dict()}
    for name in LISTED:
        told[name] = [write_value(value) for value in getattr(filters, name)]
    for name, limit in zip(PERCENTS, (*filters.p, filters.threshold), strict=True):
        told[name] = None if limit is None else float(f"{100 * limit:.10g}")
    return told


def read_control(name: str, value: Any) -> str:  # noqa: ANN401 (a control's value)
    """Return what a control says as the address has it; empty without a filter."""
    if value in (None, "", [], ANY):
        return ""
    if isinstance(value, list):
        return ",".join(value)
    return f"{float(value) / 100:.12g}" if name in PERCENTS else str(value)


def chips(
    *, filters: Filters, clusters: dict[int, str], currency: str | None, kind: str = CHIP
) -> list[Component]:
    """Return a chip for each active filter, a click removes it; and one that removes all."""
    found = [_chip(name, text, kind) for name, text in said(filters, clusters, currency)]
    if not found:
        return []
    return [*found, button("Clear all", id=chip_id(ALL_FILTERS, kind=kind), kind="quiet", small=True)]


def removed(filters: Filters, name: str) -> Filters:
    """Return the filters without those of a chip."""
    if name == ALL_FILTERS:
        return filters.cleared()
    if name.startswith("col."):
        kept = tuple(column for column in filters.columns if f"col.{column.name}" != name)
        return filters.with_columns(kept)
    return filters.without(*PARTS.get(name, (name,)))


def said(filters: Filters, clusters: dict[int, str], currency: str | None) -> list[tuple[str, str]]:
    """Say each active filter in words, by the name of its chip."""
    found = []
    low, high = filters.p
    if (low, high) != (None, None):
        found.append(("p", f"{100 * (low or 0):g}–{100 * (1 if high is None else high):g}%"))
    for name in ("expected", "if_bought"):
        low, high = getattr(filters, name)
        if (low, high) != (None, None):
            found.append((name, amount_range(low or 0.0, float("inf") if high is None else high, currency)))
    for name in CHOICES:
        if values := getattr(filters, name):
            found.append((name, ", ".join(value_name(name, value, clusters) for value in values)))
    for name in ("buyer", "purchased"):
        if (flag := getattr(filters, name)) is not None:
            found.append((name, "yes" if flag else "no"))
    if filters.reached:
        found.append(("reached", STAGE_NAMES[filters.reached].lower()))
    if filters.start or filters.end:
        found.append(("day", _days(filters)))
    if filters.q:
        found.append(("q", f"contains “{filters.q}”"))
    said = [(name, f"{NAMES[name]}: {text}") for name, text in found]
    if filters.area:
        said.append(("area", "Drawn on the map"))
    if filters.because:
        said.append(("because", filters.because.said()))
    if filters.withheld:
        said.append(("withheld", "Filters by id are left out: your role sees no ids"))
    return said + [(f"col.{column.name}", _compared(column)) for column in filters.columns]


def _days(filters: Filters) -> str:
    if filters.start == filters.end:
        return date(filters.start)
    if not filters.end:
        return f"from {date(filters.start)}"
    return (
        f"until {date(filters.end)}" if not filters.start else f"{date(filters.start)} – {date(filters.end)}"
    )


def _compared(column: ColumnFilter) -> str:
    values = list(column.values)
    if column.name == PERCENT:
        values = [f"{number(100 * float(value))}%" for value in values]
    if column.op == "between":
        return f"{column_name(column.name)}: {values[0]} to {values[1]}"
    return " ".join([column_name(column.name), _COMPARED[column.op], *values])


def chip_id(name: str, place: str = "head", kind: str = CHIP) -> dict[str, str]:
    """Return the id of a button that removes a filter; ``place`` tells those of one filter apart."""
    return {"type": kind, "name": name, "place": place}


def _chip(name: str, text: str, kind: str) -> Component:
    return html.Button(
        [html.Span(text, className="text-truncate"), icon("x", size=12)],
        id=chip_id(name, kind=kind),
        type="button",
        n_clicks=0,
        className="chip",
        title=f"Remove the filter “{text}”",
    )


def _pair(
    label: str, first: Component, second: Component, *, names: tuple[str, str], wide: bool = False
) -> Component:
    parts = [*quietly_named(names[0], first), html.Span("–"), *quietly_named(names[1], second)]
    return control(label, html.Div(parts, className="hstack gap-2 text-body-tertiary"), wide=wide)


def _input(name: str, values: dict[str, Any], *, kind: str, **more: Any) -> Component:  # noqa: ANN401
    if kind == "number":
        more |= {"min": 0, "max": 100, "step": "any", "placeholder": "0" if name.startswith("min") else "100"}
    return dbc.Input(
        id=control_id(name),
        type=kind,
        value=values.get(name),
        debounce=True,
        size="sm",
        **{key: value for key, value in more.items() if value is not None},
    )


def _yes_no(name: str, values: Mapping[str, Any], kind: str) -> Component:
    return choice(control_id(name, kind), {ANY: "Any", "yes": "Yes", "no": "No"}, values[name])


def _choices(name: str, view: ResultView, values: Mapping[str, Any], kind: str) -> Component:
    offered = largest(view.groups(Filters(), name), MAX_CHOICES)[0]
    clusters = view.cluster_names
    options = {write_value(group.key): value_name(name, group.key, clusters) for group in offered}
    # A link may name a value that is not among them; it has to be seen to be removed.
    options |= {value: value for value in values[name] if value not in options}
    return dcc.Dropdown(
        id=control_id(name, kind),
        options=[{"label": label, "value": value} for value, label in options.items()],
        value=values[name],
        multi=True,
        placeholder="Any",
    )


def _measures(told: frozenset[str], values: dict[str, Any]) -> Component:
    known = {
        "predicted_buyers": "purchase_probability",
        "expected_revenue": "expected_revenue",
        "probability": "purchase_probability",
        "buyers": "purchased",
        "conversion": "purchased",
        "revenue": "revenue",
    }
    return dbc.Select(
        id=control_id(MEASURE),
        options=[
            {"label": measure.label, "value": name}
            for name, measure in MEASURES.items()
            if name not in known or known[name] in told
        ],
        value=values[MEASURE],
        size="sm",
    )
