"""Reasons in words: every field has its own, numbers are told against other sessions, nothing is causal."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.explain import Contribution, Explanation, explain_one, points_text, reasons
from core.explain.ranks import Ranks, ranks_of
from core.explain.words import TOLD_FIELDS, describe
from core.schema.sessions import FEATURES, FIELD
from tests.core.explain import kinds

RANKS = Ranks(
    {
        name: np.arange(100.0)
        for name in ("duration_seconds", "clicks", "cart_value", "price_max", "Loyalty points")
    }
)


def told(feature: str, value: object, known: tuple[str, ...] | None = None) -> str:
    label = FIELD[feature].label if feature in FIELD else feature
    return describe(feature, label, value, RANKS, known)


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("duration_seconds", 90.0, "longer visit than 90% of sessions"),
        ("duration_seconds", 9.0, "shorter visit than 90% of sessions"),
        ("duration_seconds", 50.0, "visit as long as usual"),
        ("duration_seconds", None, "unknown time spent"),
        ("duration_seconds", float("nan"), "unknown time spent"),
        ("duration_seconds", 1e9, "longer visit than 99% of sessions"),
        ("clicks", 0, "no clicks"),
        ("clicks", 5, "fewer clicks than 94% of sessions"),
        ("cart_adds", 3, "3 products added to the cart"),
        ("cart_adds", 1, "1 product added to the cart"),
        ("cart_adds", 0, "nothing added to the cart"),
        ("cart_adds", None, "unknown number of cart adds"),
        ("checkouts", 2, "2 checkout steps reached"),
        ("cart_value", 0.0, "nothing in the cart"),
        ("cart_value", 85.0, "cart worth more than in 85% of sessions"),
        ("price_max", 80.0, "higher top price seen than in 80% of sessions"),
        ("country_group", "Germany", "comes from Germany"),
        ("country_group", "EU", "comes from another EU country"),
        ("country_group", None, "unknown country"),
        ("day_of_week", 6, "on a Saturday"),
        ("day_of_week", 9, "unknown day of the week"),
        ("hour", 14, "began between 14:00 and 15:00"),
        ("is_weekday", False, "on a weekend"),
        ("is_returning", True, "has been here before"),
        ("is_returning", None, "unknown whether returning"),
        ("Loyalty points", 90, "Loyalty points higher than in 90% of sessions"),
        ("Loyalty points", None, "Loyalty points unknown"),
        ("Loyalty points", "many", "Loyalty points unknown"),
        ("Loyalty points", Decimal("90"), "Loyalty points higher than in 90% of sessions"),
        ("clicks", np.int64(5), "fewer clicks than 94% of sessions"),
        ("day_of_week", "6", "on a Saturday"),
        ("day_of_week", 6.0, "on a Saturday"),
        ("Newsletter", True, "Newsletter: yes"),
    ],
)
def test_values_are_told_in_words(feature: str, value: object, words: str) -> None:
    assert told(feature, value) == words


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("dominant_category", "shoes", "looks mostly at “shoes”"),
        ("dominant_category", None, "unknown main category"),
        ("dominant_category", "boats", "looks mostly at “boats” (new to the model)"),
        ("dominant_colour_group", "shoes", "looks mostly at shoes colours"),
        ("{Segment}", "shoes", "{Segment}: shoes"),
        ("Segment", None, "Segment unknown"),
        ("Segment", 3.0, "Segment: 3"),
    ],
)
def test_categories_are_told_in_words(feature: str, value: object, words: str) -> None:
    assert told(feature, value, ("shoes", "3")) == words


def test_every_field_a_model_may_learn_from_has_words_of_its_own() -> None:
    assert set(FEATURES) <= TOLD_FIELDS <= set(FIELD)
    for feature in FEATURES:
        known = () if FIELD[feature].kind == "category" else None
        texts = {told(feature, value, known) for value in (None, 0, 3, 97)}
        assert not any(text.startswith(FIELD[feature].label + ":") for text in texts)
        assert not any("because" in text.lower() or "{" in text for text in texts)
        assert len(texts) > 1


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (0.11, "+11 points"),
        (-0.0042, "−0.4 points"),
        (0.01, "+1 point"),
        (0.0996, "+10 points"),
        (-0.00031, "−0.03 points"),
        (0.00001, "0 points"),
        (0.0, "0 points"),
    ],
)
def test_points_of_a_probability(points: float, text: str) -> None:
    assert points_text(points, "purchase") == text


def test_points_of_an_amount() -> None:
    assert points_text(12.2, "revenue", "EUR") == "+€12"
    assert points_text(-1234.5, "revenue", "CHF") == "−1,234 CHF"
    assert points_text(4.3, "revenue", "USD") == "+$4.30"
    assert points_text(-0.25, "revenue") == "−0.25"
    assert points_text(-0.001, "revenue", "EUR") == "€0"


def test_strongest_reasons_are_sentences_and_never_the_state() -> None:
    parts = [
        Contribution(feature="going_on", label="The visit goes on", value=True, effect=1.0, points=0.5),
        Contribution(feature="cart_adds", label="Added to cart", value=3, effect=0.9, points=0.11),
        Contribution(feature="clicks", label="Clicks", value=0, effect=0.0, points=0.0),
    ]
    explanation = Explanation(target="purchase", base=0.1, prediction=0.71, contributions=tuple(parts))
    told_reasons = reasons(kinds.predictor(), explanation)
    assert [reason.sentence for reason in told_reasons] == ["3 products added to the cart: +11 points"]
    assert told_reasons[0].points == 0.11
    money = Explanation(target="revenue", base=50, prediction=62, contributions=tuple(parts[1:2]))
    assert reasons(kinds.predictor(), money, currency="GBP")[0].sentence.endswith(": +£0.11")
    found = reasons(kinds.predictor(), explain_one(kinds.predictor(), {"Loyalty points": 3}), n=30)
    assert "Loyalty points" in {reason.label for reason in found}


def test_ranks_are_read_anew_when_the_sample_changes(tmp_path: Path) -> None:
    predictor = kinds.of(kinds.predictor().models, tmp_path)
    assert ranks_of(predictor).below("clicks", 3) is None
    table = kinds.rows().select(["session_id", "clicks", "duration_seconds"])
    pq.write_table(table, predictor.reference_path)
    first = ranks_of(predictor)
    clicks = np.asarray(table["clicks"])
    assert first.below("clicks", 3) == pytest.approx((clicks < 3).mean())
    assert first.above("clicks", 3) == pytest.approx((clicks > 3).mean())
    # Sessions without a value are nobody to compare with.
    assert len(first.values["duration_seconds"]) == len(table) - table["duration_seconds"].null_count
    pq.write_table(table.slice(0, 9), tmp_path / "new")
    (tmp_path / "new").replace(predictor.reference_path)
    assert len(ranks_of(predictor).values["clicks"]) == 9


def test_what_buyers_pay_is_compared_with_buyers(tmp_path: Path) -> None:
    predictor = kinds.of(kinds.predictor().models, tmp_path)
    clicks, bought = np.arange(300) % 100, np.arange(300) % 3 == 0
    clicks[bought] += 100
    pq.write_table(pa.table({"clicks": clicks, "purchased": bought}), predictor.reference_path)
    among = ranks_of(predictor, buyers=True)
    assert (among.among, ranks_of(predictor).among) == ("buyers", "sessions")
    assert describe("clicks", "Clicks", 120, ranks_of(predictor), None) == "more clicks than 73% of sessions"
    assert describe("clicks", "Clicks", 120, among, None) == "fewer clicks than 79% of buyers"
    few = pq.read_table(predictor.reference_path).slice(0, 90)
    pq.write_table(few, predictor.reference_path)
    assert ranks_of(predictor, buyers=True).among == "sessions"
