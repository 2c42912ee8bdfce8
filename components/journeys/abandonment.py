"""Where sessions that were likely to buy leave, and what was expected of them."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from components.base.control import control
from components.base.format import estimate, money, number, percent
from components.base.graph import graph
from components.base.layout import button, card, empty_state, error_panel, kpi, kpi_row, section
from components.figures import journeys as figures
from components.journeys.state import CONTROL, LIKELY, Look, Scene
from components.results.filters import control_id
from components.shared.trust import warning
from core.base.errors import CoreError
from core.base.written import counted
from core.journeys.abandonment import Abandonment, abandonment, likely_and_gone
from core.journeys.labels import step_name
from core.journeys.paths import Paths
from core.results.filters import Filters
from core.results.sources import Source
from core.results.trust import trust_of_source

#: Id of the chart.
LEAVING = "journeys-leaving"


def leaving_section(*, scene: Scene, paths: Paths, look: Look, filters: Filters) -> Component:
    """Return where the likely buyers among the filtered sessions left."""
    source, view = scene.source, scene.view
    usual = view.threshold(source.bundle)
    at_least = look.likely or filters.threshold or usual
    title = "Where likely buyers leave"
    if at_least is None:
        text = (
            "The model that scored these sessions doesn't predict purchases, so there are no likely buyers."
        )
        return section(card(empty_state("No predictions here", text)), title=title)
    level = look.level if look.level in paths.levels else paths.usual_level
    try:
        found = abandonment(source, filters, at_least, level=level)
    except CoreError as error:
        return section(error_panel(error.to_dict()), title=title)
    what = "didn't buy" if found.observed else "were seen (purchases are missing from the file)"
    trust = trust_of_source(source)
    act = trust is None or trust.act
    return section(
        warning(trust),
        _leaving_figures(found, source.currency, act=act),
        _leaving_chart(found, source.currency),
        title=title,
        subtitle=f"Sessions with a purchase probability of at least {percent(at_least)} that {what}, and the "
        "last thing they did.",
        actions=[_likely(look, usual), *_audience(source, found, filters, at_least, act=act)],
    )


def _likely(look: Look, usual: float | None) -> Component:
    entry = dbc.InputGroup(
        [
            dbc.Input(
                id=control_id(LIKELY, CONTROL),
                type="number",
                min=0,
                max=100,
                step="any",
                placeholder="" if usual is None else f"{100 * usual:.3g}",
                value=None if look.likely is None else float(f"{100 * look.likely:.10g}"),
                debounce=True,
                size="sm",
            ),
            dbc.InputGroupText("%"),
        ],
        size="sm",
        class_name="journeys-likely",
    )
    return control("Likely from", entry, inline=True)


def _audience(
    source: Source, found: Abandonment, filters: Filters, at_least: float, *, act: bool
) -> list[Component]:
    if source.is_training or not found.total:
        return []
    chosen = likely_and_gone(filters, at_least, observed=found.observed).only_filters()
    return [
        button(
            "Make an audience" if act else "Make an audience anyway",
            href=f"/audiences/new?result={quote(source.id)}&{chosen.to_query()}",
            icon="audience",
            kind="primary" if act else "secondary",
            title=f"Choose which of these {counted(found.total, 'session')} to contact",
        )
    ]


def _leaving_figures(found: Abandonment, currency: str | None, *, act: bool) -> Component:
    share = found.total / found.total_likely if found.total_likely else None
    predicted: Literal["muted"] | None = None if act else "muted"
    gone = kpi(
        "Left without buying", number(found.total), f"{percent(share)} of the likely buyers", tone=predicted
    )
    return kpi_row(
        kpi("Likely buyers", number(found.total_likely), "by purchase probability", tone=predicted),
        *([gone] if found.observed else []),
        kpi(
            "Expected revenue left behind" if found.observed else "Expected revenue",
            estimate(found.expected, currency),
            "The model predicts no amounts"
            if found.expected is None
            else f"{money(found.expected / found.total, currency)} a session"
            if found.total
            else None,
            tone=predicted,
        ),
    )


def _leaving_chart(found: Abandonment, currency: str | None) -> Component:
    if not found.n:
        gone = (
            "All likely buyers bought, or no session is that likely."
            if found.observed
            else "No session is that likely."
        )
        text = f"{gone} Try a lower probability."
        return card(empty_state("No likely buyers left", text))
    sample = "Counted in a fixed sample, with revenue scaled up from it. " if found.is_sample else ""
    return graph(
        id=LEAVING,
        figure=figures.leaving_figure(found=found, currency=currency),
        title="The last thing they did",
        subtitle="Share of likely buyers who left, next to everyone who left",
        table={
            "columns": [
                "Last step",
                "Likely buyers",
                "Share",
                "All who left",
                "Share of all",
                "Expected revenue",
            ],
            "rows": [
                [
                    step_name(step.step),
                    step.likely,
                    percent(step.likely_share),
                    step.every,
                    percent(step.every_share),
                    estimate(step.expected, currency),
                ]
                for step in found.steps
            ],
        },
        height=max(220, 64 + 42 * min(len(found.steps), 10)),
        n=found.n,
        note=f"{sample}Compared with all {number(found.n_every)} sessions that left.",
    )
