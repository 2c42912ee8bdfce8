"""What the journeys page shows of the filtered sessions: steps, funnel, where likely buyers leave, times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components import figures_journeys as figures
from components.figures_clusters import colour
from components.figures_results import STAGE_NAMES, funnel_figure
from components.format import duration, money, number, percent
from components.graph import graph
from components.journeys_state import Look
from components.layout import button, card, empty_state, error_panel, kpi, kpi_row, section
from components.results_filters import ALL_FILTERS, NAMES, chip_id, control, control_id
from components.results_words import value_name
from components.theme import ACCENT
from core.analysis.answers import Group, Step
from core.analysis.filters import Filters, write_value
from core.analysis.results import ResultView
from core.analysis.sources import Source
from core.errors import CoreError
from core.journeys.funnel import Funnel, FunnelGroup, funnel, splits, stages
from core.journeys.leaving import Leaving, leaving, likely_and_gone
from core.journeys.paths import Paths, paths_of
from core.journeys.steps import Journeys, journeys
from core.journeys.times import Time, Times, step_times
from core.journeys.words import step_name

#: Ids of this component: its controls' names, and the types of charts and buttons.
BY, LIKELY = "by", "likely"
CONTROL, CHIP, CHART, CLUSTER = "journeys-control", "journeys-chip", "journeys-chart", "journeys-cluster"
FLOW, FUNNEL, LEAVING = "journeys-flow", "journeys-funnel", "journeys-leaving"

#: Width a column of the chart of steps needs, in pixels; a narrower card scrolls.
COLUMN_WIDTH = 132
#: Rows of the steps' table.
MOST_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The sessions the page is about; where their steps are not known, ``paths`` are not, and why."""

    source: Source
    view: ResultView
    paths: Paths | None
    missing: CoreError | None = None

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return the scene of a source."""
        view = ResultView(source.path)
        try:
            return cls(source=source, view=view, paths=paths_of(source))
        except CoreError as error:
            return cls(source=source, view=view, paths=None, missing=error)


def body(*, scene: Scene, look: Look, filters: Filters) -> list[Component]:
    """Return what is shown of the filtered sessions; where there are none, the way back to some."""
    try:
        if not scene.view.kpis(filters).n:
            return [_nobody()]
        return [*_clusters(scene.view, filters), *_parts(scene, look, filters)]
    except CoreError as error:
        return [error_panel(error.to_dict())]


def _parts(scene: Scene, look: Look, filters: Filters) -> list[Component]:
    if scene.paths is None:
        return [_no_steps(scene), _funnel(scene.source, look, filters)]
    return [
        _flow(scene.source, scene.paths, look, filters),
        _funnel(scene.source, look, filters),
        _leaving(scene.source, scene.view, scene.paths, look, filters),
        _times(scene.source, look, filters),
    ]


def _clusters(view: ResultView, filters: Filters) -> list[Component]:
    """Return the clusters to click: one shows only its sessions, again it shows all."""
    groups = sorted(view.groups(filters.without("cluster"), "cluster"), key=lambda group: -group.sums.n)
    named = [group for group in groups if group.key is not None]
    if len(named) < 2:
        return []
    n = sum(group.sums.n for group in named)
    buttons = [_cluster(group, n, group.key in filters.cluster) for group in named]
    row = html.Div(
        [html.Span("Clusters", className="results-label"), *buttons],
        className="journeys-clusters",
        role="group",
        **{"aria-label": "Clusters"},
    )
    return [row]


def _cluster(group: Group, n: int, chosen: bool) -> Component:
    return html.Button(
        [
            html.Span(className="clusters-dot", style={"backgroundColor": colour(group.key)}),
            html.Span(group.label or f"Cluster {group.key}"),
            html.Span(percent(group.sums.n / n, 0), className="journeys-cluster-share"),
        ],
        id={"type": CLUSTER, "cluster": group.key},
        type="button",
        n_clicks=0,
        className=f"journeys-cluster{' journeys-cluster-on' if chosen else ''}",
        title=f"{number(group.sums.n)} sessions; click to see only their journeys",
        **{"aria-pressed": "true" if chosen else "false"},
    )


def chart_id(name: str) -> dict[str, str]:
    """Return the id of a chart in which a click filters."""
    return {"type": CHART, "chart": name}


def _nobody() -> Component:
    return card(
        empty_state(
            "No sessions match these filters",
            "Each may fit alone; together they leave nothing. Remove one of them above, or all.",
            html.Button(
                "Clear all filters",
                id=chip_id(ALL_FILTERS, "body", CHIP),
                type="button",
                n_clicks=0,
                className="button button-primary",
            ),
        )
    )


def _no_steps(scene: Scene) -> Component:
    said = scene.missing or CoreError("The steps of these sessions are not known.")
    return card(
        empty_state(
            said.message,
            f"{said.remedy or ''} How far they come can be seen all the same.".strip(),
            button("Upload an export", href="/upload", kind="primary"),
        )
    )


# Steps


def _flow(source: Source, paths: Paths, look: Look, filters: Filters) -> Component:
    level = look.level if look.level in paths.levels else None
    found = journeys(
        source, filters, look.steps, view=look.view, level=level or paths.usual_level, merge=look.merge
    )
    if not found.n:
        return card(empty_state("No such journeys here", _none_of(look)))
    names = paths.names(found.level)
    chart = graph(
        id=FLOW,
        figure=figures.flow_figure(found=found, names=names),
        title=_flow_title(look),
        subtitle=_flow_subtitle(look),
        table=flow_table(found),
        height=max(360, min(640, 64 * max(_most_in_a_column(found), 4))),
        n=found.n,
        note=_flow_note(found, look),
    )
    # A chart of many steps is as wide as it needs to be, and scrolls within its card.
    return html.Div(chart, className="journeys-flow", style={"--journeys-width": _width(found)})


def _width(found: Journeys) -> str:
    return f"{found.columns * COLUMN_WIDTH}px"


def _most_in_a_column(found: Journeys) -> int:
    columns = [node.column for node in found.nodes]
    return max(columns.count(column) for column in set(columns))


def _none_of(look: Look) -> str:
    return {
        "purchase": "None of these sessions bought. Look at the last steps before leaving instead.",
        "exit": "All of these sessions bought. Look at the last steps before buying instead.",
    }.get(look.view, "Not one step of these sessions is known.")


def _flow_title(look: Look) -> str:
    return {
        "first": f"The first {look.steps} steps",
        "purchase": f"The last {look.steps} steps before buying",
        "exit": f"The last {look.steps} steps before leaving without buying",
        "all": f"The last {look.steps} steps",
    }[look.view]


def _flow_subtitle(look: Look) -> str:
    return (
        "From left to right: what visitors do first, second, … A band is as wide as sessions that go this way"
        if look.view == "first"
        else "From left to right, up to the end of the visit. A band is as wide as sessions that go this way"
    )


def _flow_note(found: Journeys, look: Look) -> str:
    sample = f"A fixed sample of the {number(found.of)} sessions. " if found.is_sample else ""
    once = "The same step several times in a row counts once. " if look.merge else ""
    ends = (
        "Shares are of all sessions shown; who has left or bought has no further step."
        if look.view == "first"
        else "Shares are of all sessions shown; short visits begin further right."
    )
    return f"{sample}{once}Up to the first purchase. {ends}"


def flow_table(found: Journeys) -> dict[str, list[Any]]:
    """Return the flows of the chart in figures, the first steps first."""
    rows = []
    for flow in found.flows[:MOST_ROWS]:
        source = "(the visit begins)" if flow.source is None else step_name(flow.source)
        rows.append([flow.column, source, step_name(flow.target), flow.n, percent(flow.n / found.n)])
    return {"columns": ["Step", "From", "To", "Sessions", "Share of all shown"], "rows": rows}


# Funnel


def _funnel(source: Source, look: Look, filters: Filters) -> Component:
    offered = splits(source)
    if not stages(source):
        return card(empty_state("No funnel", "The export doesn't tell how far its sessions came."))
    by = look.by if look.by in offered else next(iter(offered), "cluster")
    whole = funnel(source, filters, by).whole
    # What it is split by shows its other groups as well, fainter, so that they can be clicked.
    groups = funnel(source, filters.without(by), by)
    return section(
        html.Div(
            [_whole(whole), *(_going_on(groups, whole, place, by, filters) for place in _places(whole))],
            className="journeys-charts",
        ),
        title="How far they come, and where they drop off",
        subtitle=_funnel_words(groups, by),
        actions=_split(offered, by),
    )


def _split(offered: Sequence[str], by: str) -> Component:
    options = [{"label": NAMES[name], "value": name} for name in offered]
    select = dbc.Select(id=control_id(BY, CONTROL), options=options, value=by, size="sm")
    return html.Div(
        control("Compared by", select), className="journeys-inline" if options else "visually-hidden"
    )


def _funnel_words(groups: Funnel, by: str) -> str:
    words = (
        f"A dot is a {NAMES[by].lower()}: the share that goes on, with its 95% interval; the dotted line is "
        "all of them. Click a dot to see only its sessions."
    )
    return f"{words} The {groups.left_out} smallest groups are left out." if groups.left_out else words


def _places(whole: FunnelGroup) -> list[int]:
    """Return the places of the stages that say something: not those everybody reaches."""
    found = [place for place, stage in enumerate(whole.stages) if stage.share is not None]
    return [place for place in found if place or (whole.stages[place].share or 0.0) < 0.995]


def _whole(whole: FunnelGroup) -> Component:
    steps = [Step(stage=stage.stage, n=stage.n, of=whole.n) for stage in whole.stages]
    skipped = any(stage.n > stage.passed and place for place, stage in enumerate(whole.stages))
    return graph(
        id=FUNNEL,
        figure=funnel_figure(steps=steps, n=whole.n),
        title="All of them",
        subtitle="Sessions that reached each stage, and their share of all",
        table={
            "columns": [
                "Stage",
                "Sessions",
                "Share of all",
                "Came from the stage before",
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
            ],
        },
        height=260,
        n=whole.n,
        note="Some reach a stage without the one before: not every step is recorded." if skipped else None,
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
            "columns": [NAMES[by], "Go on", "95% from", "95% to", "Drop off", "Sessions", "Of"],
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
    return value_name(by, group.key, clusters)  # type: ignore[arg-type]


def _colour(group: FunnelGroup, by: str) -> str:
    return colour(group.key) if by == "cluster" and group.key is not None else ACCENT


# Where likely buyers leave


def _leaving(source: Source, view: ResultView, paths: Paths, look: Look, filters: Filters) -> Component:
    usual = view.threshold(source.bundle)
    at_least = look.likely or filters.threshold or usual
    title = "Where likely buyers leave"
    if at_least is None:
        text = "The model that scored these sessions predicts no purchases, so nobody is a likely buyer."
        return section(card(empty_state("Nothing is predicted here", text)), title=title)
    level = look.level if look.level in paths.levels else paths.usual_level
    try:
        found = leaving(source, filters, at_least, level=level)
    except CoreError as error:
        return section(error_panel(error.to_dict()), title=title)
    what = "didn't buy" if found.observed else "were seen (the export doesn't tell who bought)"
    return section(
        _leaving_figures(found, source.currency),
        _leaving_chart(found, source.currency),
        title=title,
        subtitle=f"Sessions with a purchase probability of at least {percent(at_least)} that {what}, and the "
        "last thing they did.",
        actions=[_likely(look, usual), *_audience(source, found, filters, at_least)],
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
                placeholder="" if usual is None else f"{100 * usual:.4g}",
                value=None if look.likely is None else float(f"{100 * look.likely:.10g}"),
                debounce=True,
                size="sm",
            ),
            dbc.InputGroupText("%"),
        ],
        size="sm",
        class_name="journeys-likely",
    )
    return html.Div(control("Likely from", entry), className="journeys-inline")


def _audience(source: Source, found: Leaving, filters: Filters, at_least: float) -> list[Component]:
    if source.is_training or not found.total:
        return []
    chosen = likely_and_gone(filters, at_least, observed=found.observed).only_filters()
    return [
        button(
            "Make an audience of them",
            href=f"/audiences/new?result={quote(source.id)}&{chosen.to_query()}",
            icon="audience",
            kind="primary",
            title=f"Choose whom of these {number(found.total)} sessions to act on",
        )
    ]


def _leaving_figures(found: Leaving, currency: str | None) -> Component:
    share = found.total / found.total_likely if found.total_likely else None
    gone = kpi("Left without buying", number(found.total), f"{percent(share)} of the likely buyers")
    return kpi_row(
        kpi("Likely buyers", number(found.total_likely), "by their purchase probability"),
        *([gone] if found.observed else []),
        kpi(
            "Expected revenue left behind" if found.observed else "Expected revenue",
            money(found.expected, currency),
            f"{money(found.expected / found.total, currency)} a session" if found.total else None,
            help="Purchase probability times revenue if it buys, added up over these sessions.",
        ),
    )


def _leaving_chart(found: Leaving, currency: str | None) -> Component:
    if not found.n:
        text = "All of the likely buyers bought, or none is as likely. Try a lower probability."
        return card(empty_state("Nobody likely to buy has left", text))
    sample = "Counted in a fixed sample; revenue is shared out by it. " if found.is_sample else ""
    return graph(
        id=LEAVING,
        figure=figures.leaving_figure(found=found, currency=currency),
        title="The last thing they did",
        subtitle="Share of the likely buyers that left, beside all sessions that left",
        table={
            "columns": [
                "Last step",
                "Likely buyers",
                "Share",
                "All that left",
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
                    money(step.expected, currency),
                ]
                for step in found.steps
            ],
        },
        height=max(220, 64 + 42 * min(len(found.steps), 10)),
        n=found.n,
        note=f"{sample}Beside {number(found.n_every)} sessions of any probability that left.",
    )


# Times


def _times(source: Source, look: Look, filters: Filters) -> Component:
    title, subtitle = "Time between steps", "A dot is the median; the bar is the middle half of the times."
    try:
        found = step_times(source, filters, merge=look.merge)
    except CoreError as error:
        return section(error_panel(error.to_dict()), title=title)
    cards = [
        _times_chart(found.ways, "ways", "On the way to a purchase", "From the first time to the first time"),
        _times_chart(found.pairs, "pairs", "From one step to the next", _pairs_words(look)),
    ]
    shown = [chart for chart in cards if chart is not None]
    if not shown:
        shown = [card(empty_state("Too few steps", "No way was gone often enough to say how long it takes."))]
    return section(
        html.Div(shown, className="journeys-pair"), title=title, subtitle=_sampled(subtitle, found)
    )


def _pairs_words(look: Look) -> str:
    return "The commonest ones, from when a step began" if look.merge else "The commonest ones"


def _sampled(words: str, found: Times) -> str:
    return f"{words} Of a fixed sample of {number(found.n)} sessions." if found.is_sample else words


def _times_chart(times: Sequence[Time], name: str, title: str, subtitle: str) -> Component | None:
    if not times:
        return None
    return graph(
        id=f"journeys-{name}",
        figure=figures.times_figure(times=times),
        title=title,
        subtitle=subtitle,
        table={
            "columns": [
                "From → to",
                "A quarter take less than",
                "Median",
                "A quarter take more than",
                "Times",
            ],
            "rows": [
                [figures.way(time), duration(time.low), duration(time.median), duration(time.high), time.n]
                for time in times
            ],
        },
        height=80 + 36 * max(len(times), 3),
        n=sum(time.n for time in times),
        unit="times",
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
