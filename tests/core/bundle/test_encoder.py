"""The matrix of a row depends on that row alone, and anything an upload may hold has a place in it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.base.errors import SchemaError
from core.bundle.encoder import LARGEST, MISSING, OTHER, Encoder, Feature, fit_encoder

ENCODER = Encoder(
    (
        Feature(name="cart_adds", kind="number", dtype="int64"),
        Feature(name="is_returning", kind="flag", dtype="bool"),
        Feature(name="day_of_week", kind="category", dtype="int64", categories=("1", "3")),
    )
)
N_COLUMNS = 6


def test_numbers_flags_and_categories_have_their_columns() -> None:
    table = pa.table({"cart_adds": [2], "is_returning": [True], "day_of_week": [3]})

    assert ENCODER.columns[2:] == (
        "day_of_week=1",
        "day_of_week=3",
        f"day_of_week={OTHER}",
        f"day_of_week={MISSING}",
    )
    assert ENCODER.transform(table).tolist() == [[2, 1, 0, 1, 0, 0]]


def test_what_is_missing_or_never_seen_has_columns_of_its_own() -> None:
    table = pa.table({"cart_adds": pa.array([None], pa.int64()), "day_of_week": [7]})

    row = ENCODER.transform(table)[0]

    assert np.isnan(row[:2]).all()
    assert row[2:].tolist() == [0, 0, 1, 0]
    assert ENCODER.transform(pa.table({"x": [1]}))[0, 2:].tolist() == [0, 0, 0, 1]


def test_a_float_category_is_read_the_same_whatever_else_is_in_the_column() -> None:
    alone = ENCODER.transform(pa.table({"day_of_week": [3.0]}))
    beside = ENCODER.transform(pa.table({"day_of_week": [3.0, 2.5, float("nan")]}))

    np.testing.assert_array_equal(alone[0], beside[0])
    assert alone[0, 3] == 1
    assert beside[2, 5] == 1


def test_absurd_numbers_stay_finite() -> None:
    matrix = ENCODER.transform(pa.table({"cart_adds": [1e300, -1e300, float("inf")]}))

    assert matrix[:2, 0].tolist() == [np.float32(LARGEST), np.float32(-LARGEST)]
    assert np.isnan(matrix[2, 0])


def test_text_where_a_number_belongs_is_an_error_that_names_the_column() -> None:
    with pytest.raises(SchemaError, match="cart_adds"):
        ENCODER.transform(pa.table({"cart_adds": ["many"]}))


def test_hiding_a_feature_is_the_same_as_not_having_its_column() -> None:
    table = pa.table({"cart_adds": [2, 5], "is_returning": [True, False], "day_of_week": [3, 1]})
    for index, feature in enumerate(ENCODER.features):
        hidden = np.zeros((2, len(ENCODER.features)), dtype=bool)
        hidden[:, index] = True
        masked = ENCODER.mask(ENCODER.transform(table), hidden)
        np.testing.assert_array_equal(masked, ENCODER.transform(table.drop_columns([feature.name])))


def test_columns_that_tell_nothing_are_left_out() -> None:
    n = 40
    table = pa.table(
        {
            "cart_adds": [0, 1] * (n // 2),
            "searches": [3] * n,
            "price_mean": pa.nulls(n, pa.float64()),
            "hour": [None, 3] * (n // 2),
            "dominant_category": ["shoes"] * n,
            "country_group": ["EU"] * (n - 12) + ["Germany"] * 12,
        }
    )

    encoder = fit_encoder(table, [*table.column_names, "not there"])

    assert [feature.name for feature in encoder.features] == ["cart_adds", "hour", "country_group"]
    assert encoder.features[-1].categories == ("EU", "Germany")


def test_vocabularies_dont_depend_on_the_order_of_rows() -> None:
    values = ["b", "a", "c"] * 15 + ["rare"] * 3
    forth = fit_encoder(pa.table({"own": values}), ["own"])
    back = fit_encoder(pa.table({"own": values[::-1]}), ["own"])

    assert forth == back
    assert forth.features[0].categories == ("a", "b", "c")
