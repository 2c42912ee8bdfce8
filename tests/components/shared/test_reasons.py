"""Reasons of one session: the waterfall adds up, names what it shows, and says the same as its table."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest

from components.shared.reasons import (
    METHOD,
    bare,
    points_words,
    reasons_card,
    value_words,
    waterfall,
    waterfall_bars,
    waterfall_figure,
    waterfall_table,
)
from tests.components.reading import of_class, text


def contribution(feature: str, label: str, value: object, points: float) -> SimpleNamespace:
    return SimpleNamespace(feature=feature, label=label, value=value, points=points, effect=points)


def explanation(*contributions: SimpleNamespace, target: str = "purchase", base: float = 0.05):
    prediction = base + sum(told.points for told in contributions)
    return SimpleNamespace(target=target, base=base, prediction=prediction, contributions=contributions)


MANY = explanation(
    contribution("cart_adds", "Added to cart", 2, 0.3),
    contribution("duration_seconds", "Time spent", 720.0, 0.11),
    contribution("going_on", "The visit is over", False, -0.06),
    contribution("dominant_category", "Main category", "<b>Sale</b> & more", 0.02),
    *(contribution(f"own_{place}", f"Column {place}", None, 0.001 * (-1) ** place) for place in range(8)),
)


def test_the_bars_lead_from_the_average_to_the_session() -> None:
    bars = waterfall_bars(MANY, None)
    assert bars[0].label == "Model's starting point"
    assert bars[0].end == MANY.base
    assert bars[-1].end == MANY.prediction
    for before, after in pairwise(bars[:-1]):
        assert before.end == after.start
    assert bars[-2].end == pytest.approx(MANY.prediction, abs=1e-12)
    assert [bar.label for bar in bars[1:5]] == [
        "Added to cart: 2",
        "Time spent: 12 min",
        "The visit is over",
        "Main category: <b>Sale</b> & more",
    ]
    assert bars[-2].label == "Everything else (4 features)"


def test_a_single_feature_left_over_has_a_bar_of_its_own() -> None:
    one_more = explanation(*(contribution(f"f{place}", f"F{place}", 1, 0.01) for place in range(9)))
    assert [bar.feature for bar in waterfall_bars(one_more, None)][1:-1] == [
        f"f{place}" for place in range(9)
    ]


def test_the_figure_is_in_percent_and_shows_texts_of_an_export_as_they_are() -> None:
    figure = waterfall_figure(MANY)
    bars, words = figure.data
    assert bars.base[1] == pytest.approx(5)
    assert bars.x[1] == pytest.approx(30)
    assert words.text[:4] == (" 5.0%", " +30", " +11", " −6.0")
    names = figure.layout.yaxis.ticktext
    assert "&lt;b&gt;Sale" in names[4]
    assert figure.layout.xaxis.title.text == "probability of a purchase, %"
    low, high = figure.layout.xaxis.range
    assert low == 0
    assert high > 100 * max(max(bar.start, bar.end) for bar in waterfall_bars(MANY, None))


def test_amounts_are_in_their_currency() -> None:
    paid = explanation(contribution("cart_value", "Cart value", 80.0, -4.1), target="revenue", base=50.0)
    figure = waterfall_figure(paid, "EUR")
    assert figure.data[1].text == (" €50", " −€4.10", " €46")
    assert figure.layout.xaxis.title.text == "revenue if it buys, EUR"
    assert waterfall_table(paid, "EUR")["rows"] == [
        ["An average buyer", "", "€50"],
        ["Cart value", "€80.00", "−€4.10"],
        ["This session", "", "€46"],
    ]


def test_the_table_has_every_feature() -> None:
    rows = waterfall_table(MANY)["rows"]
    assert len(rows) == len(MANY.contributions) + 2
    assert rows[3] == ["The visit is over", "", "−6 points"]
    assert rows[5] == ["Column 0", "not known", "+0.1 points"]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (0.112, "+11 points"),
        (-0.0004, "−0.04 points"),
        (0.0031, "+0.3 points"),
        (-0.0000001, "0 points"),
        (0.0, "0 points"),
    ],
)
def test_points_are_as_fine_as_they_need_to_be(points: float, said: str) -> None:
    assert points_words(points, "purchase") == said


@pytest.mark.parametrize(
    ("feature", "value", "said"),
    [
        ("day_of_week", 5, "Friday"),
        ("hour", 9, "9:00"),
        ("is_returning", True, "yes"),
        ("is_returning", 0.0, "no"),
        ("price_max", 25.5, "€25.50"),
        ("duration_seconds", None, "not known"),
        ("margin", float("nan"), "not known"),
        ("margin", 1234.5, "1,234.5"),
    ],
)
def test_values_are_written_with_their_units(feature: str, value: object, said: str) -> None:
    assert value_words(feature, value, "EUR") == said


def test_reasons_are_sentences_marked_by_their_direction() -> None:
    reasons = [
        SimpleNamespace(feature="a", label="A", points=0.11, sentence="longer visit than 90%: +11 points"),
        SimpleNamespace(feature="b", label="B", points=-0.02, sentence="nothing in the cart: −2 points"),
    ]
    card = reasons_card(reasons=reasons)
    assert [text(item) for item in of_class(card, "reasons-item")] == [
        "▲ Raises it:  Longer visit than 90%: +11 points",
        "▼ Lowers it:  Nothing in the cart: −\u20602 points",
    ]
    assert METHOD in text(card)
    assert "No single feature stands out" in text(reasons_card(reasons=[]))


def test_the_chart_says_how_many_features_there_are() -> None:
    chart = waterfall(id="w", explanation=MANY)
    assert "12 features in total" in text(chart)
    assert of_class(chart, "chart-table")


def test_what_a_known_tools_column_means_stands_below_the_reasons() -> None:
    own = SimpleNamespace(feature="PageValues", label="PageValues", points=-0.09, sentence="PageValues 0")
    known = SimpleNamespace(feature="searches", label="Searches", points=0.1, sentence="4 searches")
    assert "PageValues: Google Analytics' average value of the pages" in text(reasons_card(reasons=[own]))
    assert "Google Analytics" not in text(reasons_card(reasons=[known]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("−2 points", "−2.0"),
        ("1 point", "1.0"),
        ("+1.2 points", "+1.2"),
        ("+29 points", "+29"),
        ("−€4", "−€4"),
    ],
)
def test_points_of_a_chart_have_the_same_decimals(words: str, said: str) -> None:
    assert bare(words) == said
