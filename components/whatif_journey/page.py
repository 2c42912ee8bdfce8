"""The journey editor put together: a session built step by step, and its prediction after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.layout import banner, button, page, synthetic_badge
from components.shared.clusters_only import clusters_only_notice
from components.shared.model_links import model_link
from components.whatif_journey.answer import ANSWER, NOW, answer_panel, now_bar
from components.whatif_journey.steps import (
    COPY,
    DOWN,
    LIST,
    REMOVE,
    UP,
    Editor,
    add_panel,
    read_field,
    read_visitor,
    shown,
    step_list,
    visitor_panel,
)
from core.base.settings import get_settings
from core.base.shop import shop_settings
from core.bundle.registry import in_use
from core.schema.events import EventType
from core.whatif.journey import (
    MAX_STEPS,
    Journey,
    Step,
    changed,
    doubts,
    next_step,
    read_journey,
)
from core.whatif.journey_presets import products, typical_journeys
from core.whatif.live_trace import Desk, open_desk, watch
from core.whatif.scenario import BUNDLE, RESULT, SESSION

PATH = "/what-if/journey"
FORM_PATH = "/what-if"

#: Ids of this component: what the page starts from, the journey as its link has it, the page's address, what
#: has the focus next, the buttons that add steps.
START, QUERY, STATE, FOCUS = "journey-start", "journey-query", "journey-state", "journey-focus"
ADDING, WHO = "journey-adding", "journey-who"
#: Where it is said that another model has been put to work since the page was drawn.
OTHER = "journey-other-model"
#: What the page starts from holds besides a link's arguments: the model it was drawn with, which answers on.
DRAWN_WITH = "drawn_with"
#: The journeys before each change, as links have them, and the button that goes back to the last of them.
PAST, UNDO = "journey-past", "journey-undo"
MOST_PAST = 50
#: The pause before a new step where the bundle tells no usual one, in seconds.
PAUSE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of a journey: the journey then, which step it was about, and whether steps look otherwise."""

    journey: Journey
    place: int | None = None
    act: str | None = None
    redraw: bool = True


def journey_page(*, query: Mapping[str, str | None]) -> Component:
    """Return the whole page for a link's arguments."""
    start = {name: query.get(name) for name in (RESULT, SESSION, BUNDLE)}
    desk = open_desk(**start)
    journey, notes = read_journey(query, desk.start)
    editor = open_editor(desk, journey)
    predictor = desk.scenario.predictor
    return page(
        dcc.Store(id=START, data={**desk.origin, DRAWN_WITH: predictor.name}),
        dcc.Store(id=QUERY, data=journey.to_query(Journey())),
        dcc.Store(id=STATE),
        dcc.Store(id=FOCUS),
        dcc.Store(id=PAST, data=[]),
        *_banners(desk, notes),
        html.Div(other_model(desk, journey), id=OTHER, role="status"),
        *([] if predictor.predicts_purchase else [clusters_only_notice(bundle=predictor.name)]),
        html.Div(
            _examples(desk), className="hstack flex-wrap gap-2", role="group", **_named("Typical journeys")
        ),
        html.Div(
            [
                html.Div(
                    [
                        html.Div(now_bar(editor=editor), id=NOW, className="sticky-line", role="status"),
                        html.Div(visitor_panel(desk=desk, journey=journey), id=WHO),
                        dbc.Card(
                            [
                                html.Div(
                                    [
                                        html.H2("What happens", className="card-title mb-2"),
                                        button("Undo", id=UNDO, kind="quiet", icon="undo", disabled=True),
                                    ],
                                    className="hstack justify-content-between",
                                ),
                                html.Div(
                                    add_panel(desk=desk, full=len(journey.steps) >= MAX_STEPS), id=ADDING
                                ),
                                html.Div(step_list(editor=editor), id=LIST),
                            ],
                            className="journey-card",
                        ),
                    ],
                    className="vstack gap-3",
                ),
                html.Div(
                    answer_panel(editor=editor),
                    id=ANSWER,
                    className="sticky-column vstack gap-3",
                    role="region",
                    **_named("Prediction"),
                ),
            ],
            className="journey-columns columns columns-wide column-gap-4 align-items-start",
        ),
        title="A visit, step by step",
        subtitle=[
            "Build a session one event at a time and watch its prediction move. Model: ",
            model_link(predictor.name),
            ".",
        ],
        actions=[
            *([synthetic_badge()] if predictor.is_synthetic else []),
            button("Use the form", href=_form_address(desk), icon="what-if", kind="quiet"),
        ],
    )


def open_editor(desk: Desk, journey: Journey) -> Editor:
    """Return a journey with its answers and what can be doubted of it."""
    found = doubts(journey, get_settings().session_gap_minutes)
    return Editor(desk=desk, journey=journey, watched=watch(desk, journey), doubts=tuple(found))


def reopen(
    start: Mapping[str, str], query: str, fields: Mapping[tuple[int, str], Any], visitor: Mapping[str, Any]
) -> tuple[Desk, Journey]:
    """Return the desk, and the journey as its controls say.

    ``fields`` are the steps' by place and name, ``query`` the journey as it was shown: an untouched control
    gets its exact value back, whatever it shows of it.
    """
    desk = open_desk(**{name: start.get(name) for name in (RESULT, SESSION, BUNDLE, DRAWN_WITH)})
    before, _ = read_journey(dict(parse_qsl(query)), Journey())
    journey, _ = read_journey(read_visitor(visitor, before), before)
    return desk, journey.with_steps(
        [_with_fields(step, place, fields) for place, step in enumerate(journey.steps, start=1)]
    )


def other_model(desk: Desk, journey: Journey) -> list[Component]:
    """Say that these predictions are another model's than the one in use now, with the way to that."""
    asked, now = desk.scenario.predictor.name, in_use()
    if asked == now:
        return []
    said = ["These predictions come from ", model_link(asked), "; ", model_link(now), " is in use now."]
    ways = []
    if desk.scenario.recorded is None:
        query = journey.to_query(desk.start)
        ways.append(button("Switch to the model in use", href=f"{PATH}?{query}" if query else PATH))
    return [banner("info", "Another model is in use now", said, *ways)]


def undone(past: Sequence[str]) -> tuple[Edit, list[str]]:
    """Return the journey before the last change, and what was before that."""
    journey, _ = read_journey(dict(parse_qsl(past[-1], keep_blank_values=True)), Journey())
    return Edit(journey=journey), list(past[:-1])


def added(desk: Desk, journey: Journey, kind: str) -> Edit:
    """Return the journey with a step more."""
    if kind not in set(EventType) or len(journey.steps) >= MAX_STEPS:
        return Edit(journey=journey)
    fields = {field.name: field.default for field in desk.scenario.predictor.form_fields()}
    pause = fields.get("mean_gap_seconds")
    usual = float(round(pause)) if isinstance(pause, int | float) and pause else PAUSE
    step = next_step(journey, EventType(kind), pause=usual, usual=products(desk)[0])
    return Edit(journey=journey.with_steps([*journey.steps, step]))


def acted(journey: Journey, act: str, place: int) -> Edit:
    """Return the journey after one of a step's buttons; the step's place afterwards with it."""
    told, here = list(journey.steps), place - 1
    if not 0 <= here < len(told):
        return Edit(journey=journey)
    if act == REMOVE:
        told.pop(here)
        place = min(place, len(told))
    elif act == COPY and len(told) < MAX_STEPS:
        told.insert(place, replace(told[here], after=told[here].after or PAUSE))
        place += 1
    elif act in (UP, DOWN):
        there = here + (1 if act == DOWN else -1)
        if 0 <= there < len(told):
            told[here], told[there] = told[there], told[here]
            place = there + 1
    return Edit(journey=journey.with_steps(told), place=place, act=act)


def focus_on(edit: Edit) -> dict[str, Any] | None:
    """Return what the keyboard is on after an edit: the same button of the step that was moved."""
    if edit.place is None or not edit.place or edit.act is None:
        return None
    return {"type": "journey-act", "act": edit.act, "place": edit.place}


def address(desk: Desk, journey: Journey) -> dict[str, str]:
    """Return where the page is, for the browser's address."""
    return {"pathname": PATH, "query": desk.query(journey)}


def _with_fields(step: Step, place: int, fields: Mapping[tuple[int, str], Any]) -> Step:
    changes: dict[str, Any] = {}
    for name in ("after", "price", "product", "category", "colour"):
        if (place, name) not in fields:
            continue
        told, there = read_field(name, fields[place, name]), getattr(step, name)
        if name in ("after", "price") and told == shown(there):
            # Two decimals are shown, all of them count.
            continue
        changes[name] = told
    kind = read_field("kind", fields.get((place, "kind"), step.kind))
    return changed(replace(step, **changes), kind or step.kind)


def _banners(desk: Desk, notes: Sequence[str]) -> list[Component]:
    told = [*desk.notes, *notes]
    found = [banner("info", "About this journey", " ".join(told))] if told else []
    source, recorded = desk.scenario.source, desk.scenario.recorded
    if source is not None and recorded is not None:
        session = str(recorded["session_id"])
        found.append(
            html.Div(
                [
                    "Based on session ",
                    html.Span(session, className="font-monospace smaller"),
                    f" of “{source.name}”. ",
                    dcc.Link("Open the session", href=_session_address(source.id, session))
                    if not source.is_training
                    else None,
                ],
                className="small text-body-secondary text-break",
            )
        )
    return found


def _examples(desk: Desk) -> list[Component]:
    links: list[Component] = [html.Span("Start from", className="me-1 small text-body-tertiary")]
    start = {BUNDLE: desk.scenario.named_bundle} if desk.scenario.named_bundle else {}
    for typical in typical_journeys(desk):
        visitor = Journey(country=shop_settings().home_market)
        query = "&".join(filter(None, (urlencode(start), typical.journey.to_query(visitor))))
        links.append(_example(typical.key, typical.name, f"{PATH}?{query}"))
    query = urlencode(start)
    links.append(_example("empty", "An empty visit", f"{PATH}?{query}" if query else PATH))
    if desk.scenario.recorded is not None:
        links.append(_example("recorded", "As recorded", f"{PATH}?{urlencode(desk.origin)}"))
    return links


def _example(key: str, name: str, href: str) -> Component:
    return dcc.Link(
        name,
        href=href,
        className="btn btn-secondary btn-sm",
        id=f"journey-preset-{key}",
    )


def _form_address(desk: Desk) -> str:
    query = urlencode(desk.origin)
    return f"{FORM_PATH}?{query}" if query else FORM_PATH


def _session_address(result: str, session: str) -> str:
    return f"/results/{quote(result)}/session?{urlencode({'session': session})}"


def _named(name: str) -> dict[str, str]:
    return {"aria-label": name}
