"""Figures and panels below the what-if form, from made-up answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.whatif.counterfactual import change_panel
from components.whatif.curves import curve_figure, curve_table, large_curve, small_curves
from components.whatif.saved import saved_list
from components.whatif.scenarios import Column, comparison, comparison_figure, differing
from core.storage import SavedScenario
from core.whatif.counterfactual import Found, Step, Way
from core.whatif.curves import Curve
from tests.components.reading import text as words
from tests.core.whatif.fields import demo_fields

FIELDS = {field.name: field for field in demo_fields()}
CLICKS = Curve(
    field=FIELDS["clicks"],
    values=(0, 1, 2, 3, 4),
    probability=(0.01, 0.02, 0.05, 0.3, 0.31),
    expected=(None,) * 5,
    sure=(False, True, True, True, False),
    own=2,
    here=2,
    usual=(1.0, 3.0),
)


def test_a_curve_is_dotted_where_it_is_a_guess_and_marked_where_the_session_is() -> None:
    figure = curve_figure(curve=CLICKS, target="purchase", currency="EUR", threshold=0.28)
    guess, sure, mark = figure.data

    assert (guess.line.dash, sure.line.dash) == ("dot", None)
    assert list(guess.x) == [0, 1, None, 3, 4]
    assert list(sure.x) == [1, 2, 3]
    assert list(sure.y) == [2, 5, 30]
    assert (list(mark.x), list(mark.y)) == ([2], [5])
    shaded = next(shape for shape in figure.layout.shapes if shape.type == "rect")
    assert (shaded.x0, shaded.x1) == (1, 3)
    assert any(shape.type == "line" and shape.y0 == pytest.approx(28) for shape in figure.layout.shapes)
    assert figure.layout.yaxis.title.text == "probability of a purchase, %"
    assert figure.layout.xaxis.title.text == "clicks"


def test_a_threshold_far_above_the_curve_is_not_drawn() -> None:
    figure = curve_figure(curve=CLICKS, target="purchase", currency="EUR", threshold=0.9)

    assert [shape.type for shape in figure.layout.shapes] == ["rect"]


def test_the_twin_of_a_curve_says_what_is_unsure() -> None:
    table = curve_table(curve=CLICKS, currency="EUR")

    assert table["columns"] == ["Clicks", "Probability", "Note"]
    assert table["rows"][0] == ["0", "1.0%", "a guess"]
    assert table["rows"][2] == ["2", "5.0%", "this session"]


def test_categories_are_bars_and_their_names_are_no_markup() -> None:
    curve = replace(
        CLICKS,
        field=FIELDS["dominant_category"],
        values=("<b>shoes", "sale"),
        probability=(0.1, 0.2),
        expected=(3.0, 4.5),
        sure=(True, True),
        own="sale",
        here=1,
        usual=None,
    )
    figure = curve_figure(curve=curve, target="revenue", currency="EUR", threshold=0.28)

    assert list(figure.data[0].x) == [3.0, 4.5]
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;shoes"
    assert figure.data[0].marker.color[0] != figure.data[0].marker.color[1]
    assert figure.layout.xaxis.title.text == "expected revenue, EUR"


def test_a_session_off_the_chart_or_unknown_is_said() -> None:
    far = large_curve(
        curve=replace(CLICKS, own=5000, here=None), target="purchase", currency=None, threshold=None
    )
    unknown = large_curve(
        curve=replace(CLICKS, own=None, here=None), target="purchase", currency=None, threshold=None
    )

    assert "5,000, is too far out" in words(far)
    assert "own value is not known" in words(unknown)


def _column(name: str, clicks: int, share: float, place: int | None = None) -> Column:
    prediction = {
        "purchase_probability": share,
        "revenue_if_purchase": 50.0,
        "expected_revenue": 50 * share,
        "cluster_name": "Searchers",
    }
    values = {"clicks": clicks, "searches": 1}
    return Column(name=name, values=values, going_on=False, prediction=prediction, place=place)


def test_scenarios_stand_side_by_side_with_what_differs() -> None:
    columns = [_column("In the form", 4, 0.1), _column("<i>B</i>", 9, 0.35, 0)]
    labels = {"clicks": "Clicks", "searches": "Searches"}
    said = words(comparison(columns=columns, labels=labels, currency="EUR", threshold=0.3))
    figure = comparison_figure(columns=columns, threshold=0.3)

    assert differing(columns, labels) == ["clicks"]
    assert "+25.0 points" in said
    assert "likely buyer" in said
    assert "€18" in said
    assert list(figure.data[0].x) == pytest.approx([10, 35])
    assert figure.layout.yaxis.ticktext[1] == "&lt;i&gt;B&lt;/i&gt;"


def test_ways_to_a_likely_buyer_come_with_the_warning_and_a_way_into_the_form() -> None:
    step = Step(field=FIELDS["cart_adds"], before=0, after=2)
    along = Step(field=FIELDS["cart_value"], before=0.0, after=80.0, follows=True)
    way = Way(
        steps=(step, along), values={"cart_adds": 2}, probability=0.4, expected_revenue=20.0, distance=2.5
    )
    found = Found(
        likely=False, probability=0.1, threshold=0.3, ways=(way,), nearest=None, tried=900, fields=()
    )
    shown = change_panel(
        found=found, currency="EUR", href=lambda values: f"/x?{values}", fixed={"when they visit": ["hour"]}
    )
    said = words(shown)
    none = words(
        change_panel(found=replace(found, ways=(), nearest=way), currency="EUR", href=lambda _: "/x")
    )
    likely = words(change_panel(found=replace(found, likely=True), currency="EUR", href=lambda _: "/x"))

    assert "0 → 2" in said
    assert "cart value €0.00 → €80.00" in said
    assert "doesn't make them buy" in said
    assert "a shop can't influence them: hour (when they visit)" in said
    assert "No change of one or two fields" in none
    assert "The closest it gets" in none
    assert "Already a likely buyer" in likely
    assert "Use this" not in likely


def test_the_list_of_saved_scenarios_says_whose_they_are_and_which_models_are_gone() -> None:
    saved = SavedScenario(
        id="a", name="=Full", bundle="gone", query="cart_adds=2", who="me", created_at=datetime.now(UTC)
    )
    said = words(saved_list(scenarios=[saved, replace(saved, id="b", who="x")], you="me", models={"demo"}))

    assert "gone (deleted)" in said
    assert " you " in said
    assert "somebody else" in said


@pytest.mark.parametrize(("left", "said"), [(1, "1 lower one is in the table"), (3, "3 lower ones are in")])
def test_bars_that_are_left_out_are_counted(left: int, said: str) -> None:
    n = 9 + left
    many = replace(
        CLICKS,
        field=replace(CLICKS.field, kind="category"),
        values=tuple(f"c{place}" for place in range(n)),
        probability=(0.1,) * n,
        expected=(None,) * n,
        sure=(True,) * n,
        own="c0",
        here=0,
    )
    assert said in words(small_curves(curves=[many], target="purchase", currency="EUR", threshold=0.3))
