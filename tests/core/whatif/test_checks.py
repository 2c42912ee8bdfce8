"""Contradictions and oddities are told where they are."""

from __future__ import annotations

import pytest

from core.whatif import Form, check, presets
from tests.core.whatif.fields import demo_fields

FORM = Form(demo_fields())


def _found(**changes: object) -> dict[str, tuple[str, str]]:
    problems = check(FORM, FORM.defaults() | changes)
    return {problem.field: (problem.level, problem.text) for problem in problems}


def test_an_ordinary_session_raises_nothing() -> None:
    assert _found() == {}


@pytest.mark.parametrize(
    ("changes", "field", "level", "said"),
    [
        ({"price_max": 10.0}, "price_max", "contradiction", "below the average price"),
        (
            {"product_views": 4, "unique_products": 1},
            "product_views",
            "contradiction",
            "more products viewed",
        ),
        ({"n_events": 2}, "n_events", "contradiction", "add up to 4"),
        ({"unique_products": 9}, "unique_products", "contradiction", "9 different products"),
        ({"mean_gap_seconds": 400.0}, "mean_gap_seconds", "contradiction", "average pause of 31.8 s"),
        ({"is_weekday": False}, "is_weekday", "contradiction", "is a weekday"),
        ({"cart_adds": -1}, "cart_adds", "invalid", "less than 0"),
        ({"hour": 24}, "hour", "invalid", "not between 0 and 23"),
        ({"cart_value": 90.0}, "cart_value", "unusual", "nothing was added"),
        (
            {"searches": 50, "n_events": 54, "mean_gap_seconds": None},
            "searches",
            "unusual",
            "had 0 to 8",
        ),
        ({"cart_removes": 1}, "cart_removes", "unusual", "removed"),
    ],
)
def test_each_is_told_at_its_field(changes: dict, field: str, level: str, said: str) -> None:
    found = _found(**changes)

    assert field in found
    assert found[field][0] == level
    assert said in found[field][1].lower() or said in found[field][1]


def test_what_is_not_known_contradicts_nothing() -> None:
    unknown = dict.fromkeys(FORM.by_name)

    assert check(FORM, unknown) == []


def test_no_example_contradicts_itself_or_leaves_the_range() -> None:
    for preset in presets(FORM, knows_going_on=True):
        assert check(FORM, preset.values) == [], preset.name


def test_only_examples_the_model_can_answer_for_are_offered() -> None:
    def keys(*names: str, knows_going_on: bool = True) -> list[str]:
        form = Form(field for field in FORM.fields if field.name in names)
        return [preset.key for preset in presets(form, knows_going_on=knows_going_on)]

    everything = tuple(FORM.by_name)
    assert keys(*everything) == ["arrived", "browsing", "comparing", "cart", "checkout"]
    assert keys(*everything, knows_going_on=False) == ["browsing", "comparing", "cart", "checkout"]
    assert keys("page_views", "duration_seconds") == ["arrived", "browsing"]
    assert keys("cart_adds", "checkouts") == ["cart"], "nothing says who is a regular customer"
    assert keys("hour") == []
    going_on = {p.key for p in presets(FORM, knows_going_on=True) if p.going_on}
    assert going_on == {"arrived"}


def test_examples_differ_from_each_other_and_come_from_the_ranges() -> None:
    examples = presets(FORM, knows_going_on=True)
    by_key = {preset.key: preset.values for preset in examples}

    assert len({tuple(preset.values.values()) for preset in examples}) == len(examples)
    assert by_key["arrived"]["n_events"] == 1
    assert by_key["cart"]["cart_adds"] == 3
    assert by_key["cart"]["cart_value"] == pytest.approx(2 * FORM.defaults()["price_mean"], abs=0.01)
    assert examples[1].name == "Browsing dresses"
