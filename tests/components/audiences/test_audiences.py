"""An audience's figures and words: marks within the chart, the table beside it, a definition in sentences."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from components.audiences.form import control_values, hidden, read_controls
from components.audiences.labels import default_name, definition_lines, effect_words
from components.figures.audiences import INSIDES, LETTER, LINE, profit_figure, profit_table
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
    assert (best.x[0], chosen.x[0]) == (50, 100)
    told = [(note.x, note.text) for note in figure.layout.annotations]
    assert told == [(50, "best: 50, €120"), (100, "chosen: 100, €90")]
    assert "EUR" in figure.layout.yaxis.title.text
    # Contacting everybody loses so much that the best would be flat: it is cut off, the marks are not.
    low, high = figure.layout.yaxis.range
    assert -900 < low < 0 < 120 < high


def test_what_is_chosen_stays_in_sight_however_bad() -> None:
    worst = Curve(contacted=CURVE.contacted, profit=CURVE.profit, value=CURVE.value, best=1, chosen=3)
    figure = profit_figure(curve=worst, definition=Definition(), currency=None, who="sessions")
    assert figure.layout.yaxis.range[0] < -900
    # At the lower right corner there is room to the left only.
    assert figure.layout.annotations[1].xanchor == "right"


@pytest.mark.parametrize("chosen", [3, 10, 12, 16, 20, 80, 160, 199])
def test_words_stand_beside_the_curve(chosen: int) -> None:
    # A steep start, a flat top, a long fall: as profit along a ranking goes.
    contacted = tuple(70 * step for step in range(200))
    profit = tuple(850 * (1 - math.exp(-x / 350)) - 0.05 * x for x in contacted)
    best = max(range(200), key=profit.__getitem__)
    curve = Curve(contacted=contacted, profit=profit, value=(0.1,) * 200, best=best, chosen=chosen)
    layout = profit_figure(curve=curve, definition=Definition(), currency="EUR", who="visitors").layout
    (left, right), (low, high) = layout.xaxis.range, layout.yaxis.range
    notes = [note.to_plotly_json() for note in layout.annotations]
    for across, up in INSIDES:
        boxes = []
        for note in notes:
            wide = LETTER * len(note["text"])
            x = (note["x"] - left) / (right - left) * across + note.get("xshift", note.get("ax", 0))
            x -= {"left": 0, "center": wide / 2, "right": wide}[note["xanchor"]]
            y = (note["y"] - low) / (high - low) * up + note.get("yshift", -note.get("ay", 0))
            boxes.append((x, y - LINE / 2, x + wide, y + LINE / 2))
            drawn = left + np.linspace(max(x, 0), x + wide, 200) / across * (right - left)
            heights = (np.interp(drawn, contacted, profit) - low) / (high - low) * up
            assert not ((heights > y - LINE / 2) & (heights < y + LINE / 2)).any()
            assert -1 < x < x + wide < across + 1
        for one, other in pairwise(boxes):
            assert one[0] > other[2] or one[2] < other[0] or one[1] > other[3] or one[3] < other[1]


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
    assert told["Who"] == "The top 1,200 sessions by expected revenue"
    assert told["Sessions"] == "Probability: 40–100%; Cluster: Cart builders"
    assert told["Ids"] == "session ids, unchanged; one row per session"
    assert effect_words(definition) == "adds 2 percentage points to purchase probability"
    assert default_name(definition, "May", "EUR") == "May, top 1,200"
    assert "none" in dict(definition_lines(Definition(held_out=0.0), {}, None))["Hold-out"]


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
