"""The page that puts two results, or two parts of one, beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import MINUS, date, date_time
from components.base.help_mark import help_mark
from components.base.layout import badge, banner, button, card, empty_state, page, section, simple_table
from components.base.layout import synthetic_badge as synthetic_mark
from components.compare.charts import SHOWN, Scene, groups, parts, spreads
from components.compare.controls import address, controls
from components.compare.sentences import (
    GROUPING_NAMES,
    effect_words,
    headline,
    kpi_difference,
    kpi_interval,
    kpi_value,
    labels,
    why_words,
)
from components.results.filters import NAMES, said
from components.shared.labels import value_name
from components.shared.result_tabs import result_tabs
from core.base.written import counted
from core.results.comparison.comparison import Comparison, Why
from core.results.comparison.kpis import Kpi
from core.results.comparison.sides import OWN_CHOICES, Side, common_filters
from core.results.filters import CHOICES, Filters, write_value
from core.results.sources import Source
from core.results.view import ResultView

#: Ids of this component.
QUERY = "compare-query"
STATE = "compare-state"
OPEN = "compare-open"
BODY = "compare-body"

#: Other results that are offered.
MOST_OFFERED = 5


def ask_page(*, source: Source, sources: Sequence[Source], notes: Sequence[str]) -> Component:
    """Return the page while only one side is chosen: what it can be compared with."""
    others = [one for one in sources if one.id != source.id][:MOST_OFFERED]
    offers = [
        [
            dcc.Link(one.name, href=address(a=source.id, b=one.id), className="fw-medium text-break"),
            _about(one),
        ]
        for one in others
    ]
    parts_of_it = _splits(source)
    blocks: list[Component] = []
    if offers:
        blocks.append(
            section(
                card(
                    simple_table(["Result", "Details"], offers, caption="Other results", stack=True),
                    flush=True,
                ),
                title="With another result",
                subtitle="Newest first. For example, last month and this month, or before and after a "
                "change.",
            )
        )
    if parts_of_it:
        blocks.append(
            section(
                html.Div(parts_of_it, className="d-flex flex-wrap gap-2"),
                title="Or two parts of this result",
                subtitle="Two channels, devices or countries side by side.",
            )
        )
    if not blocks:
        blocks.append(
            empty_state(
                "Nothing to compare with yet",
                "Score another export first.",
                button("Upload an export", href="/upload", kind="primary", icon="upload"),
            )
        )
    return page(
        *_tabs(source),
        *_noted(notes),
        *blocks,
        title=f"Compare {source.name}",
        subtitle=_about(source),
    )


def compare_page(
    *,
    compared: Comparison,
    sources: Sequence[Source],
    query: Mapping[str, str],
    show: str,
    notes: Sequence[str] = (),
) -> Component:
    """Return the page of two sides; ``query`` holds the address's filters."""
    a, b = compared.a.source, compared.b.source
    return page(
        dcc.Store(id=QUERY, data=dict(query)),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *_tabs(a),
        *_noted(notes),
        controls(compared, sources, query, show),
        html.Div(body(compared=compared, query=query, show=show), id=BODY, className="fades vstack gap-4"),
        title="Compare",
        subtitle=html.Span(
            [
                f"{a.name} beside {b.name} " if a.id != b.id else f"Two parts of {a.name} ",
                *([synthetic_mark()] if a.synthetic or b.synthetic else []),
            ]
        ),
    )


def body(*, compared: Comparison, query: Mapping[str, str], show: str) -> list[Component]:
    """Return figures, what has changed, and charts."""
    names = labels(compared, dict(query))
    empty = [name for name, side in zip(names, (compared.a, compared.b), strict=True) if not side.n]
    warned = _warnings(compared)
    if empty:
        return [
            *_chips(compared, query),
            card(
                empty_state(
                    f"No sessions in {' and '.join(empty)}",
                    "Nothing matches the filters. Remove one, or choose other sessions.",
                )
            ),
        ]
    scene = Scene(compared=compared, names=names, show=show)
    shown = SHOWN[show] if show == "share" or show in compared.why else SHOWN["share"]
    return [
        *_chips(compared, query),
        *warned,
        # A minus stays with its amount where the line ends.
        html.P(
            headline(compared, names).replace(MINUS, f"{MINUS}\u2060"),
            className="compare-headline measure mb-0 fs-6 text-body",
        ),
        _figures(compared, names),
        *(_why(scene, why) for why in compared.why.values()),
        section(
            spreads(scene),
            title="Predictions and behaviour",
            subtitle="Grey is the first, blue the second. Each side adds up to 100%.",
        ),
        section(
            groups(scene),
            title=f"Groups beside each other: {shown.lower()}",
            subtitle=None
            if compared.same_model
            else "Different models have different clusters, so clusters aren't compared.",
        ),
    ]


def _chips(compared: Comparison, query: Mapping[str, str]) -> list[Component]:
    """Return a chip for each filter of both sides that no list shows; a click takes it away."""
    shown = common_filters(query).without(*OWN_CHOICES)
    told = said(shown, {}, compared.currency)
    if not told:
        return []
    sides = {"a": compared.a.source.id, "b": compared.b.source.id}
    rest = common_filters(query)
    chips = []
    for name, text in told:
        left = _without(rest, name)
        own = {key: value for key, value in query.items() if key[:2] in ("a.", "b.")}
        chips.append(
            dcc.Link(
                [html.Span(text, className="text-truncate"), " ×"],
                href=address(**sides, **left.to_dict(), **own),
                className="chip",
                title=f"Remove the filter “{text}”",
            )
        )
    return [
        html.Div(
            chips,
            className="hide-empty hstack flex-wrap gap-2",
            role="group",
            **{"aria-label": "Filters of both"},
        )
    ]


def _without(filters: Filters, name: str) -> Filters:
    if name.startswith("col."):
        return filters.with_columns(tuple(c for c in filters.columns if f"col.{c.name}" != name))
    return filters.without(*{"day": ("start", "end")}.get(name, (name,)))


def _figures(compared: Comparison, names: tuple[str, str]) -> Component:
    rows = [
        [
            html.Span([kpi.label, help_mark(kpi.label, kpi.help)]),
            kpi_value(kpi, kpi.a, compared.currency),
            kpi_value(kpi, kpi.b, compared.currency),
            kpi_difference(kpi, compared.currency),
            kpi_interval(kpi, compared.currency),
            _verdict(kpi),
        ]
        for kpi in compared.kpis
    ]
    periods = [_period(side) for side in (compared.a, compared.b)]
    return section(
        html.Div(
            card(
                simple_table(
                    ["Figure", *names, "Difference", "95% interval", ""],
                    rows,
                    numeric=(1, 2, 3, 4),
                    caption="Figures of both sides",
                    stack=True,
                ),
                flush=True,
            ),
            className="compare-figures",
        ),
        title="Figures",
        subtitle=" · ".join(
            f"{name}: {counted(side.n, 'session')}{f', {period}' if period else ''}"
            for name, side, period in zip(names, (compared.a, compared.b), periods, strict=True)
        ),
    )


def _period(side: Side) -> str | None:
    span = side.view.span
    if span.first is None or span.last is None:
        return None
    first, last = date(span.first), date(span.last)
    return first if first == last else f"{first} – {last}"


def _verdict(kpi: Kpi) -> Component | str:
    if kpi.difference is None:
        return ""
    return badge("differs", "accent") if kpi.sure else badge("may be chance", "neutral")


def _why(scene: Scene, why: Why) -> Component:
    what = {"conversion": "conversion", "probability": "predicted conversion"} | {
        "revenue": "revenue per session",
        "expected": "expected revenue per session",
    }
    currency = scene.currency
    names = [group_name_of(scene, effect.by, effect.key) for effect in why.changes]
    told: list[Any] = []
    if why.changes:
        told.append(
            html.Ol(
                [
                    html.Li(effect_words(effect, why, name, currency))
                    for effect, name in zip(why.changes, names, strict=True)
                ],
                className="vstack gap-2",
            )
        )
    else:
        told.append(html.P("No group stands out beyond chance."))
    strongest = max(why.groupings, key=lambda one: abs(one.mix), default=None)
    if strongest is not None:
        told.append(
            html.P(
                [
                    html.Strong(f"By {GROUPING_NAMES[strongest.by][0].lower().removesuffix(' (utc)')}: "),
                    why_words(strongest, why, currency),
                ]
            )
        )
    told.append(
        html.P(
            "A group's part combines the change in its share and the change in its own figure, each weighted "
            "at the average of both sides (Kitagawa 1955). Groups of different kinds overlap, so their "
            "parts don't add up. This shows where the difference is, not what caused it.",
            className="smaller text-body-tertiary",
        )
    )
    chart = parts(scene, why)
    return section(
        html.Div(
            [card(*told, stack=True), *([chart] if chart is not None else [])],
            className="columns align-items-start",
        ),
        title=f"What differs most in {what[why.measured]}",
        subtitle="Groups that stand out, strongest first"
        if why.observed
        else "Predicted, because outcomes aren't known on both sides",
    )


def group_name_of(scene: Scene, by: str, key: Any) -> str:  # noqa: ANN401 (a group's value)
    """Return what a group is called, in quotes."""
    clusters = scene.compared.a.view.cluster_names | scene.compared.b.view.cluster_names
    return f"“{value_name(by, key, clusters)}”"


def _warnings(compared: Comparison) -> list[Component]:
    a, b = compared.a.source, compared.b.source
    found = []
    if compared.same_sessions:
        found.append(
            banner(
                "info",
                "Both sides are the same sessions",
                "Choose another result, or a different part for each side, such as two channels.",
            )
        )
    if a.synthetic != b.synthetic:
        one = a if a.synthetic else b
        found.append(
            banner(
                "warning",
                "One side is made-up data",
                f"“{one.name}” is the synthetic demo shop. Differences say nothing about a real change.",
            )
        )
    if not compared.same_model:
        models = f"“{a.bundle}” and “{b.bundle}”" if a.bundle != b.bundle else f"two versions of “{a.bundle}”"
        found.append(
            banner(
                "warning",
                "They were scored with different models",
                f"{models}: that alone makes predictions differ, and clusters can't be compared. "
                "Actual conversion and revenue can.",
            )
        )
    if compared.picked:
        found.append(
            banner(
                "info",
                "Predictions aren't set beside what happened here",
                "A side is filtered by prediction or outcome, so the two say nothing about accuracy. Remove "
                "that filter to see predicted figures too.",
            )
        )
    if not compared.same_currency:
        found.append(
            banner(
                "warning",
                "Their amounts are in different currencies",
                f"{a.currency or 'no currency'} and {b.currency or 'no currency'}: amounts are left out.",
            )
        )
    return found


def _tabs(source: Source) -> list[Component]:
    return [] if source.is_training else [result_tabs(result_id=source.id, active="compare")]


def _noted(notes: Sequence[str]) -> list[Component]:
    return [banner("info", note) for note in notes]


def _about(source: Source) -> Component:
    marks: list[Component | str] = [source.description]
    if source.made is not None:
        marks.append(f" Scored {date_time(source.made)} with “{source.bundle}”. ")
    return html.Span([*marks, *([" ", synthetic_mark()] if source.synthetic else [])])


def _splits(source: Source) -> list[Component]:
    """Return links that compare the two largest groups of a few kinds."""
    view = ResultView(source.path)
    found = []
    for by in ("channel", "device", "country_group", "cluster"):
        if CHOICES[by] not in view.told:
            continue
        known = [group for group in view.groups(Filters(), by) if group.key is not None]
        top = sorted(known, key=lambda group: (-group.sums.n, str(group.key)))[:2]
        if len(top) < 2:
            continue
        first, last = (value_name(by, group.key, view.cluster_names) for group in top)
        values = {f"{side}.{by}": write_value(group.key) for side, group in zip(("a", "b"), top, strict=True)}
        href = address(a=source.id, b=source.id, **values)
        found.append(button(f"{NAMES[by]}: {first} and {last}", href=href))
    return found
