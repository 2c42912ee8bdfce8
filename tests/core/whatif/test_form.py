"""The form's values, rows and links."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.whatif.form import LINKED, Form, exact, linked_values, shown
from tests.core.whatif.fields import CHOICES, demo_fields

FORM = Form(demo_fields())

ROW = {
    "session_id": "abc",
    "n_events": 17,
    "clicks": 6,
    "page_views": 5,
    "product_views": 4,
    "searches": 1,
    "cart_adds": 2,
    "cart_removes": 0,
    "checkouts": 1,
    "duration_seconds": 412.3456789,
    "mean_gap_seconds": 25.7716049,
    "unique_products": 3,
    "unique_categories": 2,
    "price_mean": 44.987654321,
    "price_max": None,
    "cart_value": 89.975308642,
    "dominant_category": "hats",
    "dominant_colour_group": None,
    "country_group": "Unknown",
    "day_of_week": 6,
    "hour": 23,
    "is_weekday": False,
    "is_returning": None,
    "purchased": True,
}


def _arguments(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))


def test_a_row_comes_back_from_the_form_as_it_went_in() -> None:
    values = FORM.from_row(ROW)

    assert FORM.row(values) == {name: value for name, value in ROW.items() if name in FORM.by_name}


def test_what_the_fields_show_still_gives_the_exact_row() -> None:
    values = FORM.from_row(ROW)
    on_screen = {name: shown(value) for name, value in values.items()}

    assert on_screen["price_mean"] == 44.99
    assert exact(on_screen, values) == values
    assert exact(on_screen | {"price_mean": 45.0}, values) == values | {"price_mean": 45.0}


def test_the_link_of_an_untouched_form_is_empty() -> None:
    assert FORM.to_query(FORM.defaults()) == ""
    assert FORM.to_query(FORM.from_row(ROW), FORM.from_row(ROW)) == ""


def test_the_link_holds_only_what_differs() -> None:
    values = FORM.link(FORM.defaults() | {"cart_adds": 1, "price_mean": None})

    assert _arguments(FORM.to_query(values)) == {"cart_adds": "1", "price_mean": "unknown"}


_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "cart_adds": st.none() | st.integers(0, 9),
        "clicks": st.integers(0, 50),
        "n_events": st.none() | st.integers(1, 99),
        "duration_seconds": st.floats(0, 1e5, allow_nan=False),
        "price_mean": st.none() | st.floats(0, 1e4, allow_nan=False),
        "country_group": st.none() | st.sampled_from(CHOICES["country_group"]),
        "day_of_week": st.none() | st.integers(1, 7),
        "is_returning": st.none() | st.booleans(),
    },
)


@given(_VALUES)
def test_a_link_opens_the_session_it_was_made_from(changes: dict) -> None:
    values = FORM.defaults() | changes
    opened, notes = FORM.from_query(_arguments(FORM.to_query(values)))

    assert notes == []
    assert opened == pytest.approx(values)


@given(_VALUES)
def test_a_link_on_top_of_a_row_opens_the_changed_row(changes: dict) -> None:
    base = FORM.from_row(ROW)
    opened, _ = FORM.from_query(_arguments(FORM.to_query(base | changes, base)), base)

    assert opened == pytest.approx(base | changes)


def test_linked_fields_follow_the_others_until_they_are_told() -> None:
    followed, _ = FORM.from_query({"clicks": "9", "day_of_week": "7", "duration_seconds": "120"})
    told, _ = FORM.from_query({"clicks": "9", "n_events": "40"})

    assert followed["n_events"] == 9 + FORM.defaults()["page_views"]
    assert followed["mean_gap_seconds"] == pytest.approx(120 / (followed["n_events"] - 1))
    assert followed["is_weekday"] is False
    assert told["n_events"] == 40
    assert told["mean_gap_seconds"] == FORM.defaults()["mean_gap_seconds"]


def test_events_no_field_counts_stay_part_of_all_events() -> None:
    base = FORM.from_row(ROW | {"mean_gap_seconds": 412.3456789 / 16})
    form = FORM.starting_from(base)
    changed, _ = form.from_query({"searches": "3"}, base)

    assert form.others == 17 - (5 + 6 + 1 + 2 + 0 + 1)
    assert form.is_linked(base)
    assert changed["n_events"] == 19
    assert form.to_query(changed, base) == "searches=3"


def test_fields_follow_only_from_fields_the_bundle_asks_for() -> None:
    form = Form(
        field for field in demo_fields() if field.name in {"n_events", "duration_seconds", "is_weekday"}
    )

    assert form.linked == ()
    assert form.defaults()["n_events"] == 5
    assert form.from_query({"n_events": "9"})[0]["n_events"] == 9


def test_linked_values_of_a_session_of_which_nothing_is_known() -> None:
    assert linked_values({}) == dict.fromkeys(LINKED)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("cart_adds", "two", "“two” is not a number"),
        ("cart_adds", "nan", "“nan” is not a number"),
        ("cart_adds", "1e999", "“1e999” is not a number"),
        ("is_returning", "maybe", "“maybe” is neither yes nor no"),
        ("country_group", "Mars", "“Mars” is not one of its choices"),
        ("day_of_week", "8", "“8” is not one of its choices"),
    ],
)
def test_a_bad_argument_is_left_out_with_a_note(name: str, text: str, said: str) -> None:
    values, notes = FORM.from_query({name: text})

    assert values == FORM.defaults()
    assert len(notes) == 1
    assert said in notes[0]
    assert FORM.by_name[name].label in notes[0]


def test_arguments_the_form_does_not_know_are_ignored() -> None:
    assert FORM.from_query({"utm_source": "mail", "session_id": "x"}) == (FORM.defaults(), [])


def test_unknown_as_a_country_group_is_not_the_same_as_not_told() -> None:
    assert FORM.from_query({"country_group": "Unknown"})[0]["country_group"] == "Unknown"
    assert FORM.from_query({"country_group": "unknown"})[0]["country_group"] is None


@pytest.mark.parametrize(
    ("name", "text", "value", "said"),
    [
        ("cart_adds", "-1", -1, "-1 is less than 0"),
        ("cart_adds", "1.5", 1.5, "1.5 is not a whole number"),
        ("hour", "30", 30, "30 is not between 0 and 23"),
    ],
)
def test_a_number_out_of_range_is_kept_and_named(name: str, text: str, value: float, said: str) -> None:
    values, notes = FORM.from_query({name: text})

    assert notes == []
    assert values[name] == value
    assert list(FORM.invalid(values)) == [name]
    assert said in FORM.invalid(values)[name]
    assert FORM.from_query(dict(parse_qsl(FORM.to_query(values))))[0] == values
    assert FORM.invalid(FORM.defaults()) == {}
