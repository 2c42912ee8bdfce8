"""A what-if page's state: what its link starts from, and the answer to it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from core.storage import Basis
from core.whatif.scenario import NEIGHBOURS, answer, open_scenario, unchanged
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]


def test_a_recorded_session_gets_its_recorded_prediction(shop: Shop) -> None:
    for row in [shop.telling, *shop.rows[:40]]:
        scenario = open_scenario(result=shop.result.id, session=row["session_id"])
        values, notes = scenario.values({})
        given = answer(scenario, values).prediction

        assert (notes, scenario.notes) == ([], ())
        for name in (
            "purchase_probability",
            "revenue_if_purchase",
            "revenue_low",
            "revenue_high",
            "expected_revenue",
            "cluster_x",
        ):
            assert given[name] == pytest.approx(row[name], abs=1e-6), (row["session_id"], name)
        assert given["cluster_id"] == row["cluster_id"]
        assert scenario.recorded is not None
        assert scenario.recorded["purchase_probability"] == row["purchase_probability"]


def test_what_models_without_its_visitor_recorded_is_not_what_this_one_says(shop: Shop) -> None:
    opened = open_scenario(result=shop.result.id, session=shop.telling["session_id"])
    other = replace(opened, recorded={**shop.telling, "purchase_probability": 0.123})

    assert unchanged(other) == 0.123, "scored by the bundle itself"
    own = replace(other, source=replace(opened.source, basis=Basis(kind="own")))
    assert unchanged(own) == pytest.approx(shop.telling["purchase_probability"], abs=1e-6)
    assert unchanged(open_scenario()) is None


def test_a_session_of_the_training_data_opens_too(shop: Shop) -> None:
    first = next(iter(shop.predictor.neighbours({"n_events": 4}, n=1)))
    scenario = open_scenario(result="training", session=first["session_id"])

    given = answer(scenario, scenario.base)

    assert given.prediction["purchase_probability"] == pytest.approx(first["purchase_probability"], abs=1e-6)
    assert len(given.neighbours) == NEIGHBOURS
    assert first["session_id"] not in {row["session_id"] for row in given.neighbours}, "not like itself"


def test_its_link_leads_back_to_it_with_only_what_changed(shop: Shop) -> None:
    session = shop.telling["session_id"]
    scenario = open_scenario(result=shop.result.id, session=session)
    untouched = dict(parse_qsl(scenario.query(scenario.base)))
    changed = scenario.form.link(scenario.base | {"searches": 5})
    arguments = dict(parse_qsl(scenario.query(changed)))

    assert untouched == {"result": shop.result.id, "session": session}
    assert arguments == untouched | {"searches": "5"}
    assert scenario.values(arguments)[0] == pytest.approx(changed)


def test_worked_out_fields_that_are_asked_for_all_the_same_are_in_the_link(shop: Shop) -> None:
    scenario = open_scenario()
    values = scenario.form.defaults()
    arguments = dict(parse_qsl(scenario.query(values, linked=False)))

    assert arguments == {"linked": "no"}
    assert not scenario.is_linked(arguments, scenario.values(arguments)[0])
    assert scenario.is_linked({}, values)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"result": "gone", "session": "x"}, "can't be opened"),
        ({"result": "training", "session": "gone"}, "not found in this result"),
        ({"session": "x"}, "but not both"),
        ({"bundle": "gone"}, "“gone” can't be used"),
        ({"bundle": "../etc"}, "can't be used"),
    ],
)
def test_what_a_link_cannot_have_is_said_and_the_defaults_take_its_place(
    shop: Shop, arguments: dict[str, str], said: str
) -> None:
    scenario = open_scenario(**arguments)

    assert said in " ".join(scenario.notes)
    assert scenario.base == scenario.form.defaults()
    assert scenario.origin == {}
    assert 0 < answer(scenario, scenario.base).prediction["purchase_probability"] < 1


def test_one_changed_field_changes_the_answer_where_the_model_says_it_should(shop: Shop) -> None:
    scenario = open_scenario()
    start = scenario.form.defaults()
    more = scenario.form.link(start | {"cart_adds": 2, "cart_value": 80.0})

    before, after = answer(scenario, start), answer(scenario, more)

    assert after.prediction["purchase_probability"] > 2 * before.prediction["purchase_probability"]
    assert after.prediction["expected_revenue"] > before.prediction["expected_revenue"]
    assert [row["distance"] for row in after.neighbours] == sorted(r["distance"] for r in after.neighbours)
    assert sum(r["cart_adds"] for r in after.neighbours) > sum(r["cart_adds"] for r in before.neighbours)


def test_a_contradiction_is_told_beside_the_answer(shop: Shop) -> None:
    scenario = open_scenario()
    given = answer(scenario, scenario.form.defaults() | {"price_max": 1.0})

    assert given.contradictory
    assert [problem.field for problem in given.problems if problem.level == "contradiction"] == ["price_max"]
