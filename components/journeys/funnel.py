"""The funnel: how far sessions come, of all and group by group, and where they drop off."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.control import control
from components.base.format import percent
from components.base.graph import graph
from components.base.layout import card, empty_state, section
from components.base.theme import ACCENT
from components.figures import journeys as figures
from components.figures.clusters import colour
from components.figures.results import STAGE_NAMES, funnel_figure
from components.journeys.state import BY, CHART, CONTROL, Look
from components.results.filters import NAMES, control_id
from components.shared.labels import value_name
from core.journeys.funnel import Funnel, FunnelGroup, funnel, splits, stages
from core.results.aggregates import Step
from core.results.filters import Filters, write_value
from core.results.sources import Source

#: Id of the chart of all sessions.
FUNNEL = "journeys-funnel"


def funnel_section(*, source: Source, look: Look, filters: Filters) -> Component:
    """Return the funnel of the filtered sessions, compared by what is asked for."""
    offered = splits(source)
    if not stages(source):
        return card(empty_state("No funnel", "How far sessions got is missing from this file."))
    by = look.by if look.by in offered else next(iter(offered), "cluster")
    whole = funnel(source, filters, by).whole
    # What it is split by shows its other groups as well, fainter, so that they can be clicked.
    groups = funnel(source, filters.without(by), by)
    return section(
        html.Div(
            [_whole(whole), *(_going_on(groups, whole, place, by, filters) for place in _places(whole))],
            className="journeys-charts d-flex flex-wrap gap-3",
        ),
        title="How far visitors get, and where they drop off",
        subtitle=_funnel_words(groups, by),
        actions=_split(offered, by),
    )


def _split(offered: Sequence[str], by: str) -> Component:
    options = [{"label": NAMES[name], "value": name} for name in offered]
    select = dbc.Select(id=control_id(BY, CONTROL), options=options, value=by, size="sm")
    named = control("Compared by", select, inline=True)
    return named if options else html.Div(named, className="visually-hidden")


def _funnel_words(groups: Funnel, by: str) -> str:
    words = (
        f"A dot is a {NAMES[by].lower()}: the share that goes on, with its 95% interval; the dotted line is "
        "all of them. Click a dot to see only its sessions."
    )
    return f"{words} The {groups.left_out} smallest groups aren't shown." if groups.left_out else words


def _places(whole: FunnelGroup) -> list[int]:
    """Return the places of the stages that say something: not those everybody reaches."""
    found = [place for place, stage in enumerate(whole.stages) if stage.share is not None]
    return [place for place in found if place or (whole.stages[place].share or 0.0) < 0.995]


def _whole(whole: FunnelGroup) -> Component:
    steps = [Step(stage=stage.stage, n=stage.n, of=whole.n) for stage in whole.stages]
    skipped = any(stage.n > stage.passed and place for place, stage in enumerate(whole.stages))
    untold = [name for stage, name in STAGE_NAMES.items() if stage not in {step.stage for step in steps}]
    return graph(
        id=FUNNEL,
        figure=funnel_figure(steps=steps, n=whole.n),
        title="All sessions",
        subtitle="Sessions that reached each stage, and their share of all",
        table={
            "columns": [
                "Stage",
                "Sessions",
                "Share of all",
                "From the previous stage",
                "Dropped off there",
            ],
            "rows": [
                [
                    STAGE_NAMES[stage.stage],
                    stage.n,
                    percent(stage.n / whole.n),
                    stage.passed,
                    percent(None if stage.share is None else 1 - stage.share),
                ]
                for stage in whole.stages
            ]
            + [[name, "not recorded", None, None, None] for name in untold],
        },
        height=260,
        n=whole.n,
        note="Some reach a stage without the previous one, because not every step is recorded."
        if skipped
        else None,
    )


def _going_on(groups: Funnel, whole: FunnelGroup, place: int, by: str, filters: Filters) -> Component:
    shown = groups.groups
    stage = whole.stages[place]
    before = (
        "all sessions" if not place else f"those that {_lower(STAGE_NAMES[whole.stages[place - 1].stage])}"
    )
    labels = [_label(group, by) for group in shown]
    return graph(
        id=chart_id(f"{by}:{stage.stage}"),
        figure=figures.going_on_figure(
            groups=shown,
            stage=place,
            labels=labels,
            values=[write_value(group.key) for group in shown],
            colours=[_colour(group, by) for group in shown],
            whole=stage.share,
            selected=[write_value(value) for value in getattr(filters, by)],
        ),
        title=STAGE_NAMES[stage.stage],
        subtitle=f"Share of {before}",
        table={
            "columns": [NAMES[by], "Continue", "95% from", "95% to", "Drop off", "Sessions", "Of"],
            "rows": [
                [
                    label,
                    percent(found.share),
                    percent(found.low),
                    percent(found.high),
                    percent(None if found.share is None else 1 - found.share),
                    found.passed,
                    found.before,
                ]
                for label, found in zip(labels, (group.stages[place] for group in shown), strict=True)
            ],
        },
        height=260,
        n=sum(group.stages[place].before for group in shown),
    )


def _label(group: FunnelGroup, by: str) -> str:
    clusters = {group.key: group.label} if group.label else None
    return value_name(by, group.key, clusters)


def _colour(group: FunnelGroup, by: str) -> str:
    return colour(group.key) if by == "cluster" and group.key is not None else ACCENT


def chart_id(name: str) -> dict[str, str]:
    """Return the id of a chart in which a click filters."""
    return {"type": CHART, "chart": name}


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
