"""The what-if form: what its controls hold, show and give back."""

from __future__ import annotations

import json

import pytest
from dash.development.base_component import Component
from hypothesis import example, given
from hypothesis import strategies as st

from components.whatif.form import (
    control_id,
    form_panel,
    from_control,
    message_id,
    range_hint,
    read_controls,
    readout_id,
    to_control,
    toolbar,
)
from core.whatif import Form, Problem, Values, presets
from tests.core.whatif.fields import CHOICES, FormField, demo_fields

FORM = Form(demo_fields())
FIELDS = FORM.by_name


def _panel(values: Values, *, linked: bool, problems: list[Problem] | None = None) -> Component:
    return form_panel(form=FORM, values=values, linked=linked, problems=problems or [], currency="EUR")


def _found(component: Component, identity: object) -> Component:
    return next(part for part in component._traverse() if getattr(part, "id", None) == identity)


def _ids(component: Component, kind: str) -> set[str]:
    ids = (getattr(part, "id", None) for part in component._traverse())
    return {found["field"] for found in ids if isinstance(found, dict) and found["type"] == kind}


def _contents(values: Values, names: set[str]) -> dict[str, object]:
    return {name: to_control(FIELDS[name], values[name]) for name in names}


_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "clicks": st.none() | st.integers(0, 40),
        "duration_seconds": st.none() | st.floats(0, 1e5, allow_nan=False),
        "price_mean": st.none() | st.floats(0, 1e4, allow_nan=False),
        "country_group": st.none() | st.sampled_from(CHOICES["country_group"]),
        "day_of_week": st.none() | st.integers(1, 7),
        "is_returning": st.none() | st.booleans(),
    },
)


@given(_VALUES, st.booleans())
@example({"clicks": None, "price_mean": 0.1 + 0.2, "is_returning": None}, True)
@example({"clicks": 0, "duration_seconds": 1e-3, "day_of_week": 7}, False)
def test_an_untouched_form_gives_back_the_exact_session(changes: dict, linked: bool) -> None:
    base = FORM.defaults() | changes
    base = FORM.link(base) if linked else base
    asked = set(FIELDS) - (set(FORM.linked) if linked else set())

    read = read_controls(form=FORM, base=base, contents=_contents(base, asked), linked=linked)

    assert read == base


def test_a_changed_control_changes_its_value_and_what_follows_from_it() -> None:
    base = FORM.defaults()
    contents = _contents(base, set(FIELDS) - set(FORM.linked)) | {"searches": 4, "day_of_week": "7"}

    read = read_controls(form=FORM, base=base, contents=contents, linked=True)

    assert read["searches"] == 4
    assert read["n_events"] == base["n_events"] + 4
    assert read["is_weekday"] is False


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("clicks", 3.0, 3),
        ("clicks", "", None),
        ("clicks", None, None),
        ("price_mean", 3.5, 3.5),
        ("is_returning", "yes", True),
        ("is_returning", "unknown", None),
        ("day_of_week", "6", 6),
        ("country_group", "Unknown", "Unknown"),
        ("country_group", "unknown", None),
    ],
)
def test_controls_are_read_in_the_types_of_their_columns(name: str, content: object, value: object) -> None:
    read = from_control(FIELDS[name], content)

    assert read == value
    assert type(read) is type(value)


def test_worked_out_fields_are_shown_and_not_asked_for() -> None:
    linked, free = (_panel(FORM.defaults(), linked=flag) for flag in (True, False))

    assert _ids(linked, "whatif-readout") == {"n_events", "mean_gap_seconds", "is_weekday"}
    assert _ids(linked, "whatif-control") == set(FIELDS) - _ids(linked, "whatif-readout")
    assert _ids(free, "whatif-control") == set(FIELDS)
    assert _ids(free, "whatif-readout") == set()
    assert _ids(linked, "whatif-message") == _ids(free, "whatif-message") == set(FIELDS)
    assert _found(linked, readout_id("is_weekday")).children == "Yes"


def test_a_message_stands_under_its_field() -> None:
    problems = [Problem(field="price_max", text="Too low.", level="contradiction")]
    panel = _panel(FORM.defaults(), linked=True, problems=problems)

    (message,) = _found(panel, message_id("price_max")).children
    assert message.children == "Too low."
    assert "text-danger-emphasis" in message.className
    assert _found(panel, message_id("price_mean")).children == []


def test_every_label_points_at_its_control() -> None:
    panel = _panel(FORM.defaults(), linked=False)
    targets = {part.htmlFor for part in panel._traverse() if type(part).__name__ == "Label"}

    assert targets == {json.dumps(control_id(name), sort_keys=True, separators=(",", ":")) for name in FIELDS}


def test_a_category_the_model_never_saw_can_still_be_chosen() -> None:
    panel = _panel(FORM.defaults() | {"dominant_category": "hats"}, linked=True)
    options = _found(panel, control_id("dominant_category")).options

    assert {"value": "hats", "label": "hats"} in options


def test_fields_of_a_bundle_of_its_own_get_a_group_of_their_own() -> None:
    own = FormField(
        "loyalty", "Loyalty", "A column of the data.", "Your own columns", "amount", 0, 3.456, 1, 1, None
    )
    form = Form([*demo_fields(), own])
    panel = form_panel(form=form, values=form.defaults(), linked=True, problems=[], currency=None)
    legends = [part.children for part in panel._traverse() if type(part).__name__ == "Legend"]

    assert legends[-1] == "Your own columns"
    assert _found(panel, control_id("loyalty")).value == 1


def test_ranges_carry_their_unit() -> None:
    assert range_hint(FIELDS["clicks"], "EUR") == "0 to 30"
    assert range_hint(FIELDS["price_mean"], "EUR") == "5 to 300 EUR"
    assert range_hint(FIELDS["duration_seconds"], "EUR") == "0 to 3,600 s"
    assert range_hint(FIELDS["country_group"], "EUR") == ""


def test_examples_are_links() -> None:
    examples = [
        (preset, f"/what-if?{FORM.to_query(preset.values)}") for preset in presets(FORM, knows_going_on=True)
    ]
    bar = toolbar(presets=examples, form=FORM, linked=True, reset=("Reset", "/what-if"))
    hrefs = {part.id: part.href for part in bar._traverse() if type(part).__name__ == "Link"}

    assert hrefs["whatif-reset"] == "/what-if"
    assert hrefs["whatif-preset-cart"].startswith("/what-if?")
    assert len(hrefs) == len(examples) + 1
