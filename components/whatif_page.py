"""The what-if page put together: what it starts from, the form, and the answer beside it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.clusters_only import clusters_only_notice
from components.format import money
from components.layout import banner, button, page, synthetic_badge
from components.train_links import model_link
from components.whatif_answer import ANSWER, SUMMARY, Answer, answer_panel, summary_bar
from components.whatif_form import form_panel, toolbar
from core.analysis.sources import TRAINING
from core.whatif import Form, Values, presets
from core.whatif.scenario import BUNDLE, RESULT, SESSION, Answered, Scenario

PATH = "/what-if"

#: Ids of this component: ``START`` holds the ids the form starts from, ``STATE`` the page's address
#: as it is, ``OPEN`` one to go to.
START = "whatif-start"
STATE = "whatif-state"
OPEN = "whatif-open"


def whatif_page(
    *,
    scenario: Scenario,
    values: Values,
    linked: bool,
    answered: Answered,
    notes: Sequence[str] = (),
    in_use: str | None = None,
) -> Component:
    """Return the whole page for one session.

    ``linked`` says whether worked-out fields follow, ``in_use`` which model exports are scored with now.
    """
    answer = to_answer(scenario, answered)
    return page(
        dcc.Store(id=START, data=scenario.origin),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *_banners(scenario, notes),
        *_other_model(scenario, in_use),
        *_cannot(scenario),
        html.Div(summary_bar(answer=answer), id=SUMMARY, className="whatif-summary", role="status"),
        html.Div(
            [
                html.Div(
                    [
                        toolbar(
                            presets=_examples(scenario),
                            form=scenario.form,
                            linked=linked,
                            reset=_reset(scenario),
                        ),
                        form_panel(
                            form=scenario.form,
                            values=values,
                            linked=linked,
                            problems=answered.problems,
                            currency=scenario.currency,
                        ),
                    ],
                    className="whatif-form-column",
                ),
                html.Div(
                    answer_panel(answer=answer), id=ANSWER, className="whatif-answer-parts", **_region()
                ),
            ],
            className="whatif-columns",
        ),
        title="What if …",
        subtitle=[
            "Describe one session and watch its prediction move as you change it. Answered by ",
            model_link(scenario.predictor.name),
            ".",
        ],
        actions=synthetic_badge() if scenario.predictor.is_synthetic else None,
    )


def to_answer(scenario: Scenario, answered: Answered) -> Answer:
    """Return what the answer's panel shows."""
    predictor, prediction = scenario.predictor, answered.prediction
    cluster_id = int(prediction["cluster_id"])
    recorded = scenario.recorded
    source = scenario.source.id if scenario.source else TRAINING
    start = {BUNDLE: scenario.named_bundle} if scenario.named_bundle else {}
    return Answer(
        prediction=prediction,
        verdict=answered.verdict,
        threshold=predictor.threshold,
        base_rate=predictor.base_rate,
        cluster_sentence=predictor.cluster_sentences[cluster_id],
        cluster_link=f"/clusters?{urlencode({'source': source, 'cluster': cluster_id})}",
        neighbours=answered.neighbours,
        currency=scenario.currency,
        contradictory=answered.contradictory,
        recorded=None if recorded is None else recorded.get("purchase_probability"),
        recorded_outcome=None if recorded is None else _outcome(scenario),
        similar_href=f"{PATH}?{urlencode({**start, RESULT: TRAINING})}&{SESSION}=",
    )


def address(scenario: Scenario, values: Values, *, linked: bool) -> dict[str, str]:
    """Return where the page is, for the browser's address."""
    return {"pathname": PATH, "query": scenario.query(values, linked=linked)}


def _banners(scenario: Scenario, notes: Sequence[str]) -> list[Component]:
    told = [*scenario.notes, *notes]
    shown = [banner("warning", "Not everything in this link could be used", " ".join(told))] if told else []
    if scenario.source is not None and scenario.recorded is not None:
        shown.append(_origin_line(scenario))
    return shown


def _other_model(scenario: Scenario, in_use: str | None) -> list[Component]:
    """Say that the answer is another model's than the one in use now, if it is, with the way to that."""
    asked, source = scenario.predictor.name, scenario.source
    if in_use is None or asked == in_use:
        return []
    said = [model_link(asked), " answers here; ", model_link(in_use), " is in use now."]
    if source is None or source.is_training or scenario.recorded is None:
        way = button("Ask the one in use", href=PATH)
    else:
        said = ["This session was scored by ", model_link(asked), "; ", *said[2:]]
        way = button("Open the result to score it again", href=f"/results/{quote(source.id)}")
    return [banner("info", "Another model is in use now", said, way)]


def _cannot(scenario: Scenario) -> list[Component]:
    predictor = scenario.predictor
    return [] if predictor.predicts_purchase else [clusters_only_notice(bundle=predictor.name)]


def _origin_line(scenario: Scenario) -> Component:
    """Say which recorded session this is, and lead back to where it is from."""
    source, session = scenario.source, scenario.origin[SESSION]
    href = f"/clusters?source={TRAINING}" if source.is_training else f"/results/{quote(source.id)}"
    return html.Div(
        [
            "Starts from session ",
            html.Span(session, className="whatif-session"),
            " of ",
            dcc.Link("the training data" if source.is_training else f"“{source.name}”", href=href),
            ", as it was recorded up to its first purchase.",
        ],
        className="whatif-origin",
    )


def _examples(scenario: Scenario) -> list[tuple]:
    """Return the examples, each with its address: on top of an ordinary session, not of a recorded one."""
    form = Form(scenario.form.fields)
    start = {BUNDLE: scenario.predictor.name} if scenario.named_bundle else {}
    made = []
    for preset in presets(form):
        query = "&".join(part for part in (urlencode(start), form.to_query(preset.values)) if part)
        made.append((preset, f"{PATH}?{query}" if query else PATH))
    return made


def _reset(scenario: Scenario) -> tuple[str, str]:
    query = urlencode(scenario.origin)
    label = "Back to the recorded session" if scenario.recorded is not None else "Reset"
    return label, f"{PATH}?{query}" if query else PATH


def _outcome(scenario: Scenario) -> str | None:
    recorded = scenario.recorded
    bought = recorded.get("purchased") if recorded is not None else None
    if bought is None:
        return None
    paid = recorded.get("revenue")
    if bought and paid is not None:
        return f"In the end it bought, for {money(paid, scenario.currency)}."
    return "In the end it bought." if bought else "In the end it did not buy."


def _region() -> dict[str, str]:
    return {"role": "region", "aria-label": "Prediction"}
