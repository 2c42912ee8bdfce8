"""A journey's answers: one a step, the same as asked one by one, taken apart by what moved them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from core.base.settings import get_settings
from core.explain import explain_one
from core.features import rows_of
from core.whatif.journey import Journey, events_of, read_journey
from core.whatif.journey_presets import typical_journeys
from core.whatif.live_trace import Desk, open_desk, watch
from core.whatif.scenario import open_scenario

LINK = "page~list,12,,,shoes~product,20,A,79.9,shoes,black~add,30,A,79.9,shoes,black~checkout,25"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return open_desk()


@pytest.fixture(scope="module")
def journey(desk: Desk) -> Journey:
    return read_journey({"steps": LINK}, desk.start)[0]


def test_each_step_is_answered_as_it_is_alone(desk: Desk, journey: Journey) -> None:
    watched, predictor = watch(desk, journey), desk.scenario.predictor
    rows = rows_of(events_of(journey), told=desk.told).to_pylist()
    for moment, row in zip(watched.moments, rows, strict=True):
        alone = predictor.predict_one({**row, "going_on": True})
        assert moment.probability == pytest.approx(alone["purchase_probability"], abs=1e-12)
        assert moment.prediction["expected_revenue"] == pytest.approx(alone["expected_revenue"], rel=1e-9)
    assert watched.finished is not None
    over = predictor.predict_one(rows[-1])["purchase_probability"]
    assert watched.finished["purchase_probability"] == pytest.approx(over, abs=1e-12)
    assert watched.finished["purchase_probability"] != watched.moments[-1].probability


def test_changes_add_up_and_are_what_the_reasons_make_of_them(desk: Desk, journey: Journey) -> None:
    moments, predictor = watch(desk, journey).moments, desk.scenario.predictor
    first, last = moments[0].probability, moments[-1].probability
    assert first is not None
    assert last is not None
    assert first + sum(moment.change or 0.0 for moment in moments) == pytest.approx(last, abs=1e-12)
    before, after = (
        {
            part.label: part.points
            for part in explain_one(predictor, {**m.row, "going_on": True}).contributions
        }
        for m in moments[-2:]
    )
    for label, moved in moments[-1].because:
        assert moved == pytest.approx(after[label] - before[label], abs=1e-9)
    sizes = [abs(moved) for _, moved in moments[-1].because]
    assert sizes == sorted(sizes, reverse=True)
    assert moments[-1].because[0][0] == "Checkout steps"
    assert moments[0].because == ()


def test_links_lead_back_and_on(desk: Desk, journey: Journey) -> None:
    assert desk.query(desk.start) == ""
    told = dict(parse_qsl(desk.query(journey)))
    assert read_journey(told, desk.start) == (journey, [])
    last = watch(desk, journey).last
    assert last is not None
    form = open_scenario()
    values, notes = form.values(dict(parse_qsl(desk.form_query(last))))
    assert notes == []
    answer = desk.scenario.predictor.predict_one(form.row(values, going_on=True))
    assert answer["purchase_probability"] == pytest.approx(last.probability, abs=1e-9)


def test_typical_journeys_are_ready_to_share(desk: Desk) -> None:
    typical = typical_journeys(desk)
    assert len(typical) == 5
    by_key = {one.key: watch(desk, one.journey).moments[-1].probability for one in typical}
    assert by_key["checkout"] > by_key["cart"] > by_key["look"]  # type: ignore[operator]
    visitor = Journey(country=get_settings().home_market)
    for one in typical:
        query = dict(parse_qsl(one.journey.to_query(visitor)))
        assert read_journey(query, desk.start) == (one.journey, [])


def test_only_journeys_the_data_can_contain_are_offered(desk: Desk) -> None:
    shown = {"page_view", "list_view", "product_view"}
    bare = replace(desk, told=replace(desk.told, event_types=frozenset(shown)))
    carts = replace(desk, told=replace(desk.told, event_types=frozenset(shown | {"cart_add"})))

    assert [one.key for one in typical_journeys(bare)] == ["look"]
    assert [one.key for one in typical_journeys(carts)] == ["look", "cart"]


def test_nothing_has_been_answered_before_the_first_step(desk: Desk) -> None:
    assert watch(desk, desk.start).last is None


def test_what_a_link_can_not_open_is_said() -> None:
    lost = open_desk(result="nothing", session="s")
    assert lost.start.steps == ()
    assert "can't be opened" in " ".join(lost.notes)
