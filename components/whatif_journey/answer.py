"""The journey editor's right side: where the visit stands now, what moved it, and the line of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, duration, estimate
from components.base.graph import graph
from components.base.layout import button, card, kpi, kpi_row
from components.figures.live_trace import probability_figure, revenue_figure
from components.whatif_journey.labels import STEP_NAMES, chance, points
from components.whatif_journey.steps import Editor, product_words
from core.results.sources import TRAINING
from core.whatif import in_a_hundred
from core.whatif.live_trace import Moment
from core.whatif.scenario import GOING_ON
from core.whatif.verdict import about

#: Ids of this component.
ANSWER, NOW = "journey-answer", "journey-now"
CHART, REVENUE = "journey-chart", "journey-revenue"
FORM_PATH = "/what-if"
#: Steps that are named as those that moved the prediction most.
STRONGEST = 3
HEIGHT, SMALL = 300, 220


def now_bar(*, editor: Editor) -> list[Component]:
    """Return where the visit stands, in one line that stays in sight."""
    last, n = editor.watched.last, len(editor.journey.steps)
    if last is None:
        return [html.Span("No step yet", className="text-body-secondary")]
    after = f"after {n} step{'s' if n > 1 else ''}"
    if last.probability is None:
        return [
            html.Span(last.prediction["cluster_name"], className="fs-4 fw-semibold"),
            html.Span(after, className="text-body-secondary"),
        ]
    said = f"{after}: {about(in_a_hundred(last.probability))} such visits buy"
    if last.change is not None:
        said += f"; last step {points(last.change)} points"
    return [
        html.Span(chance(last.probability), className="fs-4 fw-semibold", id="journey-probability"),
        html.Span(said, className="text-body-secondary"),
    ]


def answer_panel(*, editor: Editor) -> list[Component]:
    """Return the whole answer: figures, what moved them, charts, and where to go on."""
    last = editor.watched.last
    if last is None:
        return [
            card(
                html.P(
                    "Add a first step to see how likely the visit is to end in a purchase, and how each "
                    "further step changes that.",
                    className="my-2 text-body-tertiary",
                )
            )
        ]
    parts: list[Component | None] = [_doubts(editor), _figures(editor, last)]
    if last.probability is not None:
        parts += [_why(editor, last), _line(editor)]
        if last.prediction["expected_revenue"] is not None:
            parts.append(_revenue(editor))
    else:
        parts.append(_kinds(editor))
    parts.append(_on(editor, last))
    return [part for part in parts if part is not None]


def _figures(editor: Editor, last: Moment) -> Component:
    scenario, finished = editor.desk.scenario, editor.watched.finished
    prediction = last.prediction
    source = scenario.source.id if scenario.source else TRAINING
    cluster = prediction["cluster_id"]
    href = f"/clusters?{urlencode({'source': source, 'cluster': cluster})}"
    so_far = kpi(
        "Looks like",
        dcc.Link(prediction["cluster_name"], href=href),
        "so far; this may change as the visit goes on",
    )
    if last.probability is None or finished is None:
        return kpi_row(so_far)
    goes_on = scenario.knows_going_on
    amounts = prediction["expected_revenue"] is not None
    return kpi_row(
        kpi(
            "If nothing more happens",
            chance(finished["purchase_probability"]),
            "the same visit, ending here or with a purchase",
            help="A finished visit is not one still going on: visitors about to buy do little else first.",
        )
        if goes_on
        else None,
        kpi(
            "Expected revenue",
            estimate(prediction["expected_revenue"], scenario.currency),
            f"{estimate(prediction['revenue_if_purchase'], scenario.currency)} if it buys",
        )
        if amounts
        else None,
        so_far,
    )


def _doubts(editor: Editor) -> Component | None:
    if not editor.doubts:
        return None
    return html.Ul(
        [html.Li(doubt) for doubt in editor.doubts],
        className="alert alert-warning ps-5",
        role="status",
    )


def _why(editor: Editor, last: Moment) -> Component | None:
    moments = editor.watched.moments
    lines: list[Component] = []
    if last.change is not None:
        lines.append(_moved(len(moments), last, "The last step"))
    steps = [(place, moment) for place, moment in enumerate(moments, start=1) if moment.change]
    strongest = sorted(steps, key=lambda pair: -abs(pair[1].change or 0.0))[:STRONGEST]
    others = [pair for pair in strongest if pair[1] is not last]
    lines += [_moved(place, moment, f"Step {place}") for place, moment in others]
    if not lines:
        return None
    return card(
        html.Ul(lines, className="vstack gap-1"),
        html.P(
            "What the model makes of each step. It shows what goes with buying, not what causes it.",
            className="text-body-tertiary mt-2 mb-0 smaller",
        ),
        title="What moved the prediction",
        subtitle="The last step, and the steps that mattered most",
    )


def _moved(place: int, moment: Moment, name: str) -> Component:
    said = ", ".join(f"{label} {points(moved)}" for label, moved in moment.because)
    return html.Li(
        [
            html.Span(
                [html.Strong(f"{name}: "), STEP_NAMES[moment.step.kind].lower(), ": "],
            ),
            html.Strong(f"{points(moment.change)} points"),
            html.Span(f" ({said})" if said else "", className="text-body-tertiary"),
        ]
    )


def _line(editor: Editor) -> Component:
    moments, finished = editor.watched.moments, editor.watched.finished
    scenario = editor.desk.scenario
    shown = finished if finished is not None and scenario.knows_going_on else None
    return graph(
        id=CHART,
        figure=probability_figure(
            shares=[moment.probability or 0.0 for moment in moments],
            names=[STEP_NAMES[moment.step.kind] for moment in moments],
            finished=None if shown is None else shown["purchase_probability"],
            threshold=scenario.predictor.threshold,
        ),
        title="Probability of a purchase after each step",
        subtitle="While the visit goes on; the diamond is the same visit if nothing more happens"
        if shown is not None
        else "As if the visit ended there: this model learned from finished visits only",
        table={"columns": _heads(editor), "rows": _rows(editor)},
        height=HEIGHT,
        n=len(moments),
        unit="steps" if len(moments) != 1 else "step",
    )


def _heads(editor: Editor) -> list[str]:
    heads = ["Step", "What", "After", "Product", "Probability", "Change", "Moved by"]
    amounts = editor.watched.moments[0].prediction["expected_revenue"] is not None
    return [*heads, *(["Expected revenue"] if amounts else []), "Looks like"]


def _rows(editor: Editor) -> list[list[str]]:
    currency = editor.desk.scenario.currency
    rows = []
    for place, moment in enumerate(editor.watched.moments, start=1):
        amount = moment.prediction["expected_revenue"]
        rows.append(
            [
                str(place),
                STEP_NAMES[moment.step.kind],
                duration(moment.step.after) if place > 1 else NOTHING,
                product_words(moment.step, currency) or NOTHING,
                chance(moment.probability),
                points(moment.change) or NOTHING,
                ", ".join(label for label, _ in moment.because) or NOTHING,
                *([estimate(amount, currency)] if amount is not None else []),
                moment.prediction["cluster_name"],
            ]
        )
    return rows


def _revenue(editor: Editor) -> Component:
    moments, finished = editor.watched.moments, editor.watched.finished
    currency = editor.desk.scenario.currency
    shown = finished if finished is not None and editor.desk.scenario.knows_going_on else None
    names = [STEP_NAMES[moment.step.kind] for moment in moments]
    return graph(
        id=REVENUE,
        figure=revenue_figure(
            amounts=[moment.prediction["expected_revenue"] for moment in moments],
            names=names,
            currency=currency,
            finished=None if shown is None else shown["expected_revenue"],
        ),
        title="Expected revenue after each step",
        subtitle="Probability times revenue if it buys",
        table={
            "columns": ["Step", "What", "Expected revenue", "If it buys"],
            "rows": [
                [
                    str(place),
                    name,
                    estimate(moment.prediction["expected_revenue"], currency),
                    estimate(moment.prediction["revenue_if_purchase"], currency),
                ]
                for place, (name, moment) in enumerate(zip(names, moments, strict=True), start=1)
            ],
        },
        height=SMALL,
        n=len(moments),
        unit="steps" if len(moments) != 1 else "step",
    )


def _kinds(editor: Editor) -> Component:
    """Return what a model of clusters alone has to say of each step."""
    lines: Sequence[Component] = [
        html.Li(f"{STEP_NAMES[moment.step.kind]}: {moment.prediction['cluster_name']}")
        for moment in editor.watched.moments
    ]
    return card(html.Ol(lines, className="vstack gap-1"), title="What the visit looks like after each step")


def _on(editor: Editor, last: Moment) -> Component:
    query = editor.desk.form_query(last)
    going_on = urlencode({GOING_ON: YES}) if editor.desk.scenario.knows_going_on else ""
    whole = "&".join(part for part in (query, going_on) if part)
    return html.Div(
        button(
            "Continue in the form",
            href=f"{FORM_PATH}?{whole}" if whole else FORM_PATH,
            icon="what-if",
            title="Opens this session with all its fields: curves, comparisons, similar sessions",
        ),
    )


#: How a link says yes.
YES = "yes"
