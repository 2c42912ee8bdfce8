"""What a what-if page tells beyond one answer: its address, curves, scenarios and the smallest change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.whatif.batch import ask
from core.whatif.checks import check, usual_range
from core.whatif.constraints import coherent
from core.whatif.counterfactual import changeable, smallest_change
from core.whatif.curves import curve_fields, curves, shown_curves, strongest
from core.whatif.form import Form
from core.whatif.reach import MEASURED, PACE, SOURCE, WHEN, WHERE, WHO, out_of_reach
from core.whatif.scenario import Scenario
from core.whatif.state import State, read_query, read_state
from core.whatif.why import why
from tests.core.whatif.shop import Shop, shop
from tests.serving import ROOT

__all__ = ["shop"]

#: A session with something in the cart, so that a likely buyer isn't far away.
CLOSE = {"cart_adds": "1", "cart_value": "40", "clicks": "6"}


@pytest.fixture(scope="module")
def demo() -> Scenario:
    predictor = Predictor.load("demo-shop", Settings(models_dir=ROOT / "models", data_dir=Path("/nowhere")))
    form = Form(predictor.form_fields())
    return Scenario(predictor=predictor, form=form, base=form.defaults())


def test_an_address_brings_back_the_whole_page(shop: Shop) -> None:
    state = read_state(
        {**CLOSE, "curve": "clicks", "of": "revenue", "change": "yes", "may": "searches,clicks", "utm": "x"}
    )
    state = read_query(state.to_keep())
    state = replace(state, values=state.scenario.form.link(state.values | {"searches": 3}))
    state = read_query(read_query(state.to_keep()).renamed(0, "  Full, cart: a & b % “=+”\n"))
    again = read_query(state.query())

    assert again == replace(state, scenario=again.scenario)
    assert [kept.name for kept in again.kept] == ["Full, cart: a & b % “=+”", "Scenario 2"]
    assert (again.kept[0].values["searches"], again.kept[1].values["searches"]) == (0, 3)
    assert (again.curve, again.target, again.search) == ("clicks", "revenue", True)
    assert again.may == ("searches", "clicks")
    assert again.notes == ()
    assert len(state.query()) < 400
    assert read_query(state.without(0)).kept == state.kept[1:]
    assert read_query(state.opened(0)).values == state.kept[0].values


def test_a_recorded_start_and_what_is_kept_survive_an_example_and_the_reset(shop: Shop) -> None:
    row = shop.telling
    start = {"result": shop.result.id, "session": row["session_id"]}
    state = read_query(read_state({**start, "searches": "5"}).to_keep())
    ordinary = read_query(state.restarted(state.scenario.form.defaults()))
    reset = read_query(state.reset())

    assert state.kept[0].values == state.values
    assert ordinary.scenario.recorded is None
    assert ordinary.kept[0].values == pytest.approx(state.values)
    assert reset.values == state.scenario.base
    assert reset.kept == state.kept
    assert dict(parse_qsl(state.to_save()))["bundle"] == "demo-shop"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"s1": "name:A,clicks:many"}, "In “A”: Clicks: “many” is not a number"),
        ({"s1": ",,:,"}, ""),
        ({"curve": "shoe_size"}, "a field this model doesn't use"),
        ({"may": "shoe_size,clicks"}, "The link lets fields change that this model doesn't use"),
        ({"going_on": "yes"}, "finished visits only"),
    ],
)
def test_what_an_address_cannot_have_is_said(shop: Shop, arguments: dict[str, str], said: str) -> None:
    state = read_state(arguments)

    assert said in " ".join(state.notes)
    assert bool(said) == bool(state.notes)
    assert (state.curve, state.going_on) == (None, False)


@pytest.mark.parametrize("going_on", [False, True])
def test_many_sessions_at_once_get_the_numbers_of_each_alone(demo: Scenario, going_on: bool) -> None:
    changes = [{}, {"cart_adds": 2}, {"day_of_week": 6}, {"is_returning": True}, {"price_mean": None}]
    sessions = [demo.form.link(demo.base | one) for one in changes]
    together = ask(demo, sessions, going_on=going_on).to_pylist()

    assert demo.knows_going_on
    for session, answered in zip(sessions, together, strict=True):
        alone = demo.predictor.predict_one(demo.row(session, going_on=going_on))
        assert {n: v for n, v in answered.items() if n != "cluster_name"} == pytest.approx(
            {n: v for n, v in alone.items() if n != "cluster_name"}, abs=1e-9
        )
    first = ask(demo, sessions[:1], going_on=not going_on).to_pylist()[0]
    assert first["purchase_probability"] != together[0]["purchase_probability"]


def test_reasons_add_up_to_the_answer(demo: Scenario) -> None:
    state = State(scenario=demo, values=demo.form.link(demo.base | {"cart_adds": 2}), going_on=True)
    told = why(state)

    assert told.explanation is not None
    points = sum(part.points for part in told.explanation.contributions)
    answered = demo.predictor.predict_one(demo.row(state.values, going_on=True))["purchase_probability"]
    assert told.explanation.base + points == pytest.approx(answered, abs=1e-6)
    assert len(told.reasons) == 3
    assert told.strongest == told.reasons[0].feature


def test_revenue_is_taken_apart_as_well(demo: Scenario) -> None:
    state = State(scenario=demo, values=demo.form.link(demo.base | {"cart_adds": 2, "cart_value": 90.0}))
    told = why(state, "revenue").explanation

    assert told is not None
    answered = demo.predictor.predict_one(demo.row(state.values))["revenue_if_purchase"]
    points = sum(part.points for part in told.contributions)
    assert told.base + points == pytest.approx(answered, abs=1e-4)


def test_a_curve_is_the_session_with_one_field_moved_and_what_follows(shop: Shop) -> None:
    state = read_state(CLOSE)
    form, predictor = state.scenario.form, state.scenario.predictor
    made = curves(state, large="clicks")

    assert set(made) == {field.name for field in curve_fields(state.scenario, linked=True)}
    assert not set(made) & set(form.linked), "what is worked out has no curve of its own"
    for name in ("clicks", "duration_seconds", "dominant_category", "is_returning"):
        curve = made[name]
        for value, probability in zip(curve.values, curve.probability, strict=True):
            session = form.link(state.values | {name: value})
            assert probability == pytest.approx(
                predictor.predict_one(form.row(session))["purchase_probability"], abs=1e-9
            )
        assert curve.here is not None
        assert curve.values[curve.here] == state.values[name]


def test_a_curve_says_where_it_is_a_guess(shop: Shop) -> None:
    state = read_state(CLOSE)
    curve = curves(state, large="clicks")["clicks"]
    low, high = usual_range(curve.field)

    assert curve.usual == (low, high)
    assert curve.values == tuple(sorted(set(curve.values)))
    assert curve.values[-1] > high, "it goes on beyond"
    for value, sure in zip(curve.values, curve.sure, strict=True):
        contradicts = value < state.values["product_views"]
        assert sure == (low <= value <= high and not contradicts)
    far = curves(read_state({**CLOSE, "clicks": "100000"}))["clicks"]
    assert far.here is None
    assert far.values[-1] < 1000


def test_the_fields_that_move_the_answer_most_come_first(shop: Shop) -> None:
    state = read_state(CLOSE)
    made = curves(state)
    names = strongest(made, "purchase")
    spans = [made[name].span("purchase") for name in names]
    large, others = shown_curves(state, made, "searches")

    assert spans == sorted(spans, reverse=True)
    assert large is made["searches"]
    assert [curve.field.name for curve in others] == [name for name in names if name != "searches"][:6]


def test_the_smallest_change_is_one_the_model_says_yes_to_and_a_session_can_have(demo: Scenario) -> None:
    changes = {"cart_adds": 1, "cart_value": 40.0}
    state = State(scenario=demo, values=demo.form.link(demo.base | changes))
    found = smallest_change(state)

    assert found is not None
    assert not found.likely
    assert 0 < len(found.ways) <= 3
    assert found == smallest_change(state), "the same every time"
    known = {(p.field, p.text) for p in check(demo.form, state.values)}
    for way in found.ways:
        changed = {n for n in way.values if way.values[n] != state.values[n]}
        answered = demo.predictor.predict_one(demo.form.row(way.values))["purchase_probability"]
        assert answered == pytest.approx(way.probability, abs=1e-9)
        assert answered >= demo.predictor.threshold
        assert all(out_of_reach(s.field.name) is None for s in way.steps if not s.follows)
        assert not changed & {"hour", "country_group", "is_returning"}
        assert {(p.field, p.text) for p in check(demo.form, way.values)} <= known
        assert way.values == demo.form.link(way.values), "what follows from others follows"
        assert all(isinstance(s.after, int) for s in way.steps if s.field.kind == "count")
    sizes = [(sum(not s.follows for s in way.steps), way.distance) for way in found.ways]
    assert sizes == sorted(sizes)


def test_only_what_was_chosen_changes(demo: Scenario) -> None:
    values = demo.form.link(demo.base | {"cart_adds": 1, "cart_value": 40.0})
    free = smallest_change(State(scenario=demo, values=values))
    found = smallest_change(State(scenario=demo, values=values, may=("searches", "price_mean")))

    assert free is not None
    assert found is not None
    assert {field.name for field in found.fields} == {"searches", "price_mean"}
    assert 0 < found.tried < free.tried
    told = [s for way in [*found.ways, *filter(None, [found.nearest])] for s in way.steps if not s.follows]
    assert told
    assert {step.field.name for step in told} <= {"searches", "price_mean"}


def test_no_smaller_step_of_the_same_field_is_enough(demo: Scenario) -> None:
    state = State(scenario=demo, values=demo.form.link(demo.base | {"cart_adds": 1, "cart_value": 40.0}))
    found = smallest_change(state)
    assert found is not None
    alone = [way for way in found.ways if len(way.steps) == 1 and way.steps[0].field.kind == "count"]

    assert alone
    for way in alone:
        step = way.steps[0]
        low, high = sorted((step.before, step.after))
        for value in range(low + 1, high):
            together = coherent(state.values, {step.field.name: value})
            session = demo.form.link(state.values | together)
            answered = demo.predictor.predict_one(demo.form.row(session))["purchase_probability"]
            assert answered < demo.predictor.threshold or together != {step.field.name: value}


def test_a_likely_buyer_needs_no_change_and_a_hopeless_session_is_told_what_comes_nearest(
    demo: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = demo.base | {"cart_adds": 2, "cart_value": 90.0, "checkouts": 1}
    likely = smallest_change(State(scenario=demo, values=demo.form.link(bought)))
    assert likely is not None
    assert (likely.likely, likely.ways, likely.nearest, likely.tried) == (True, (), None, 0)

    monkeypatch.setattr(Predictor, "threshold", 0.999)
    state = State(scenario=demo, values=demo.base)
    hopeless = smallest_change(state)
    assert hopeless is not None
    assert hopeless.ways == ()
    assert hopeless.nearest is not None
    assert hopeless.probability < hopeless.nearest.probability < 0.999


def test_of_a_visit_that_goes_on_nothing_is_undone(demo: Scenario) -> None:
    values = demo.form.link(demo.base | {"cart_adds": 1, "cart_value": 40.0, "clicks": 9})
    found = smallest_change(State(scenario=demo, values=values, going_on=True))

    assert found is not None
    told = [s for way in [*found.ways, *filter(None, [found.nearest])] for s in way.steps]
    assert told
    assert all(s.after > s.before for s in told if s.field.kind in {"count", "seconds"})


def test_what_belongs_together_changes_together() -> None:
    before = {"product_views": 2, "clicks": 3, "cart_adds": 0, "cart_value": 0.0, "price_mean": 20.0}

    assert coherent(before, {"product_views": 4}) == {"product_views": 4, "clicks": 5}
    assert coherent(before, {"product_views": 4, "clicks": 4}) == {"product_views": 4, "clicks": 4}
    assert coherent(before, {"cart_adds": 2}) == {"cart_adds": 2, "cart_value": 40.0}
    assert coherent(before | {"checkouts": 0}, {"checkouts": 1}) == {
        "checkouts": 1,
        "cart_adds": 1,
        "cart_value": 20.0,
    }
    full = before | {"cart_adds": 2, "cart_value": 50.0}
    assert coherent(full, {"cart_removes": 1} | {}) == {"cart_removes": 1, "cart_value": 25.0}
    assert coherent({"price_mean": 20.0, "price_max": 30.0}, {"price_mean": 35.0})["price_max"] == 35.0


def test_what_a_shop_cannot_influence_changes_only_if_asked_for(demo: Scenario) -> None:
    state = State(scenario=demo, values=demo.base)
    offered = {field.name for field in changeable(state)}
    assert {"cart_adds", "product_views"} <= offered
    assert not offered & {"country_group", "day_of_week", "hour", "is_returning", "duration_seconds"}

    asked = smallest_change(State(scenario=demo, values=demo.base, may=("is_returning", "hour")))
    assert asked is not None
    assert {field.name for field in asked.fields} == {"is_returning", "hour"}
    assert asked.tried > 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hour", WHEN),
        ("clicks", None),
        ("cart_adds", None),
        ("is_weekday", WHEN),
        ("VisitorType", WHO),
        ("Month", WHEN),
        ("SpecialDay", WHEN),
        ("OperatingSystems", WHERE),
        ("Region", WHERE),
        ("TrafficType", SOURCE),
        ("PageValues", MEASURED),
        ("ExitRates", MEASURED),
        ("ProductRelated_Duration", PACE),
        ("ProductRelated", None),
        ("coupons_shown", None),
    ],
)
def test_what_a_shop_cannot_influence_has_a_reason(name: str, reason: str | None) -> None:
    assert out_of_reach(name) == reason
