"""The what-if page put together: what it starts from, the form, and the answer beside it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import money
from components.base.layout import banner, button, page, synthetic_badge
from components.shared.clusters_only import clusters_only_notice
from components.shared.model_links import model_link
from components.shared.session_link import session_address
from components.whatif.answer import ANSWER, SUMMARY, Answer, answer_panel, summary_bar
from components.whatif.below import LIKELY, PATH, SIDE_BY_SIDE, sections, to_address
from components.whatif.form import form_panel, toolbar
from components.whatif.saved import SAVE_OPEN, SAVED_PATH, save_dialog
from core.results.sources import TRAINING, Source
from core.whatif import Form, Preset, presets
from core.whatif.form import KEPT
from core.whatif.scenario import BUNDLE, RESULT, SESSION, Answered, Scenario, unchanged
from core.whatif.state import CHANGE, State
from core.whatif.why import Why

JOURNEY_PATH = "/what-if/journey"

#: Ids of this component: ``START`` holds the arguments the form starts from and the kept scenarios,
#: ``STATE`` the page's address as it is, ``OPEN`` one to go to.
START = "whatif-start"
STATE = "whatif-state"
OPEN = "whatif-open"
#: The model the form was drawn with, which answers until the page is loaded again; and where it is said
#: once another one is in use.
MODEL = "whatif-model"
OTHER = "whatif-other-model"


def whatif_page(*, state: State, answered: Answered, why: Why, in_use: str | None = None) -> Component:
    """Return the whole page; ``in_use`` is the model exports are scored with now."""
    scenario = state.scenario
    answer = to_answer(state, answered, why)
    return page(
        dcc.Store(id=START, data=start_arguments(state)),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        dcc.Store(id=MODEL, data=scenario.predictor.name),
        save_dialog(),
        *_banners(scenario, state.notes),
        html.Div(other_model(state, in_use), id=OTHER, role="status"),
        *_cannot(scenario),
        html.Div(
            summary_bar(answer=answer), id=SUMMARY, className="whatif-summary sticky-line", role="status"
        ),
        html.Div(
            [
                html.Div(
                    [
                        toolbar(
                            presets=_examples(state),
                            form=scenario.form,
                            linked=state.linked,
                            reset=_reset(state),
                            going_on=state.going_on if scenario.knows_going_on else None,
                        ),
                        form_panel(
                            form=scenario.form,
                            values=state.values,
                            linked=state.linked,
                            problems=answered.problems,
                            currency=scenario.currency,
                        ),
                    ],
                    className="vstack gap-3",
                ),
                html.Div(
                    answer_panel(answer=answer),
                    id=ANSWER,
                    className="whatif-answer-parts sticky-column vstack gap-3 rounded-3",
                    **_region(),
                ),
            ],
            className="whatif-columns columns columns-wide column-gap-4 align-items-start",
        ),
        *sections(state=state, why=why),
        title="What if …",
        subtitle=[
            "Describe a session and watch its prediction move as you change it. Model: ",
            model_link(scenario.predictor.name),
            ".",
        ],
        actions=_actions(scenario),
    )


def start_arguments(state: State) -> dict[str, str]:
    """Return the arguments of the page that none of its controls holds."""
    told = dict(parse_qsl(state.query()))
    return {**state.scenario.origin, **{name: told[name] for name in (CHANGE, *KEPT) if name in told}}


def _actions(scenario: Scenario) -> list[Component]:
    ways = [
        button("Build it step by step", href=JOURNEY_PATH, icon="journeys", kind="quiet"),
        button("Saved scenarios", href=SAVED_PATH, kind="quiet"),
        button("Save", id=SAVE_OPEN, icon="save"),
    ]
    return [synthetic_badge(), *ways] if scenario.predictor.is_synthetic else ways


def to_answer(state: State, answered: Answered, why: Why) -> Answer:
    """Return what the answer's panel shows."""
    scenario = state.scenario
    predictor, prediction = scenario.predictor, answered.prediction
    cluster_id = None if prediction is None else int(prediction["cluster_id"])
    recorded = scenario.recorded
    source = scenario.source.id if scenario.source else TRAINING
    start = {BUNDLE: scenario.named_bundle} if scenario.named_bundle else {}
    return Answer(
        prediction=prediction,
        verdict=answered.verdict,
        threshold=predictor.threshold,
        base_rate=predictor.base_rate,
        cluster_sentence="" if cluster_id is None else predictor.cluster_sentences[cluster_id],
        cluster_link=f"/clusters?{urlencode({'source': source, 'cluster': cluster_id})}",
        neighbours=answered.neighbours,
        currency=scenario.currency,
        invalid=state.invalid,
        contradictory=answered.contradictory,
        recorded=None if recorded is None else recorded.get("purchase_probability"),
        unchanged=unchanged(scenario),
        recorded_outcome=None if recorded is None else _outcome(scenario),
        similar_href=f"{PATH}?{urlencode({**start, RESULT: TRAINING})}&{SESSION}=",
        why=why,
        keep_href=to_address(state.to_keep()) if len(state.kept) < len(KEPT) else None,
        ways_on=_ways_on(state),
    )


def address(state: State) -> dict[str, str]:
    """Return where the page is, for the browser's address."""
    return {"pathname": PATH, "query": state.query()}


def _banners(scenario: Scenario, notes: Sequence[str]) -> list[Component]:
    shown = []
    if notes:
        shown.append(banner("warning", "Parts of this link couldn't be used", " ".join(notes)))
    if scenario.source is not None and scenario.recorded is not None:
        shown.append(_origin_line(scenario, scenario.source))
    return shown


def other_model(state: State, in_use: str | None) -> list[Component]:
    """Say that these predictions are another model's than the one in use now, with the way to that."""
    scenario = state.scenario
    asked, source = scenario.predictor.name, scenario.source
    if in_use is None or asked == in_use:
        return []
    said = ["These predictions come from ", model_link(asked), "; ", model_link(in_use), " is in use now."]
    if source is None or source.is_training or scenario.recorded is None:
        ordinary = scenario.recorded is None
        href = to_address(state.for_model_in_use()) if ordinary else PATH
        way = button("Switch to the model in use", href=href)
    else:
        said = ["This session was scored with ", model_link(asked), "; ", *said[3:]]
        way = button("Open the result to score it again", href=f"/results/{quote(source.id)}")
    return [banner("info", "Another model is in use now", said, way)]


def _cannot(scenario: Scenario) -> list[Component]:
    predictor = scenario.predictor
    return [] if predictor.predicts_purchase else [clusters_only_notice(bundle=predictor.name)]


def _origin_line(scenario: Scenario, source: Source) -> Component:
    """Say which recorded session this is, and lead back to where it is from."""
    session = scenario.origin[SESSION]
    href = f"/clusters?source={TRAINING}" if source.is_training else f"/results/{quote(source.id)}"
    return html.Div(
        [
            "Based on session ",
            html.Span(session, className="font-monospace smaller"),
            " of ",
            dcc.Link("the model's test sessions" if source.is_training else f"“{source.name}”", href=href),
            ", recorded up to its first purchase. ",
            None
            if source.is_training
            else dcc.Link("Open the session", href=session_address(source.id, session)),
        ],
        className="small text-body-secondary text-break",
    )


def _examples(state: State) -> list[tuple[Preset, str]]:
    """Return the examples, each with its address: on top of an ordinary session, not of a recorded one."""
    form = Form(state.scenario.form.fields)
    return [
        (preset, to_address(state.restarted(preset.values, going_on=preset.going_on)))
        for preset in presets(form, knows_going_on=state.scenario.knows_going_on)
    ]


def _ways_on(state: State) -> dict[str, str]:
    """Return what stands below the form and is worth a button beside the answer, with the section's id."""
    ways = {"Smallest change": LIKELY} if state.scenario.predictor.predicts_purchase else {}
    return {**ways, f"Compare ({len(state.kept) + 1})": SIDE_BY_SIDE} if state.kept else ways


def _reset(state: State) -> tuple[str, str]:
    label = "Back to the recorded session" if state.scenario.recorded is not None else "Reset"
    return label, to_address(state.reset())


def _outcome(scenario: Scenario) -> str | None:
    recorded = scenario.recorded
    if recorded is None or (bought := recorded.get("purchased")) is None:
        return None
    paid = recorded.get("revenue")
    if bought and paid is not None:
        return f"It went on to buy, for {money(paid, scenario.currency)}."
    return "It went on to buy." if bought else "It didn't buy in the end."


def _region() -> dict[str, str]:
    return {"role": "region", "aria-label": "Prediction"}
