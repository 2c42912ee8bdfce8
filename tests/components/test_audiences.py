"""An audience's figures and words: marks within the chart, the table beside it, a definition in sentences."""

from __future__ import annotations

import pytest

from components.audiences_form import control_values, hidden, read_controls
from components.audiences_words import default_name, definition_lines, effect_words
from components.figures_audiences import profit_figure, profit_table
from core.audiences import Curve, Definition

CURVE = Curve(
    contacted=(0, 50, 100, 400),
    profit=(0.0, 120.0, 90.0, -900.0),
    value=(float("nan"), 0.4, 0.2, 0.01),
    best=1,
    chosen=2,
)


def test_the_curve_marks_the_best_and_the_chosen_number() -> None:
    figure = profit_figure(curve=CURVE, definition=Definition(), currency="EUR", who="visitors")
    line, best, chosen = figure.data
    assert (list(line.x), list(line.y)) == (list(CURVE.contacted), list(CURVE.profit))
    assert (best.x[0], best.text[0]) == (50, "best: 50, €120")
    assert (chosen.x[0], chosen.text[0]) == (100, "chosen: 100, €90")
    assert "EUR" in figure.layout.yaxis.title.text
    # Contacting everybody loses so much that the best would be flat: it is cut off, the marks are not.
    low, high = figure.layout.yaxis.range
    assert -900 < low < 0 < 120 < high


def test_what_is_chosen_stays_in_sight_however_bad() -> None:
    worst = Curve(contacted=CURVE.contacted, profit=CURVE.profit, value=CURVE.value, best=1, chosen=3)
    figure = profit_figure(curve=worst, definition=Definition(), currency=None, who="sessions")
    assert figure.layout.yaxis.range[0] < -900
    assert figure.data[2].textposition == "bottom left"


def test_the_table_tells_what_the_curve_shows() -> None:
    by_amount = Definition(rank_by="expected_revenue")
    table = profit_table(curve=CURVE, definition=by_amount, currency="EUR", who="visitors")
    assert table["columns"][2] == "Expected revenue of the last one"
    assert table["rows"][1] == ["50", "€120.00", "€0.40", "best"]
    assert table["rows"][0][2] == "–"
    same = Curve(contacted=(0, 1), profit=(0.0, 1.0), value=(0.5, 0.5), best=1, chosen=1)
    assert profit_table(curve=same, definition=Definition(), currency=None, who="visitors")["rows"][1][3] == (
        "best, chosen"
    )


def test_a_definition_is_told_in_sentences() -> None:
    definition = Definition(
        filters="cluster=2&min_p=0.4",
        pick="top_n",
        amount=1200.0,
        rank_by="expected_revenue",
        id_kind="session",
        one_row_per="session",
        id_form="raw",
        effect=0.02,
        effect_as="points",
    )
    told = dict(definition_lines(definition, {2: "Cart builders"}, "EUR"))
    assert told["Whom"] == "The top 1,200 sessions by expected revenue"
    assert told["Of the sessions"] == "Probability: 40–100%; Cluster: Cart builders"
    assert told["Ids"] == "of sessions, as they are; each session of its own"
    assert effect_words(definition) == "adds 2 percentage points to the chance of a purchase"
    assert default_name(definition, "May", "EUR") == "May, top 1,200"
    assert "nobody" in dict(definition_lines(Definition(held_out=0.0), {}, None))["Held out"]


@pytest.mark.parametrize(
    "definition",
    [
        Definition(),
        Definition(pick="threshold", amount=0.123, held_out=0.333, margin=0.07),
        Definition(pick="min_expected_revenue", amount=12.5, effect=0.015, effect_as="points"),
        Definition(pick="all", amount=0.0, leave_out_buyers=False, id_form="raw"),
    ],
)
def test_controls_give_back_what_they_show(definition: Definition) -> None:
    assert read_controls(control_values(definition), Definition()) == (definition, {})


def test_controls_that_cant_be_used_say_so_and_change_nothing() -> None:
    contents = {"pick": "top_n", "amount_top_n": 2.5, "held_out": "", "salt": "a b", "cost": 3}
    found, problems = read_controls(contents, Definition())
    assert found == Definition(pick="top_n", amount=1000.0, cost=3.0)
    assert set(problems) == {"amount_top_n", "held_out", "salt"}
    many = {"effect": 500, "effect_as": "points"}
    assert list(read_controls(many, Definition())[1]) == ["effect"]
    assert [hidden(name, "all") for name in ("rank_by", "amount_top_n")] == [True, True]
