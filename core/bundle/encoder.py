"""Session rows into the matrix every model reads: fitted on training rows, then fixed.

Numbers and flags take one column each; a category takes one column per known value, one for values
never seen in training, and one for missing. Each row is encoded on its own: nothing depends on the
other rows of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.base.errors import SchemaError
from core.schema.sessions import FIELD

FeatureKind = Literal["number", "flag", "category"]
Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]

#: Most values of one category that get a column of their own; the others share one.
MAX_CATEGORIES = 24
#: Fewer training rows than this, and a value isn't worth a column.
MIN_CATEGORY_ROWS = 10
#: Numbers are cut here, so that an absurd value of an upload stays finite in 32 bits.
LARGEST = 1e15

OTHER, MISSING = "(other)", "(missing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the session row a bundle was trained on."""

    name: str
    kind: FeatureKind
    dtype: str
    categories: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the matrix columns it takes."""
        if self.kind != "category":
            return (self.name,)
        return tuple(f"{self.name}={value}" for value in (*self.categories, OTHER, MISSING))


@dataclass(frozen=True, slots=True)
class Encoder:
    """The fixed way from session rows to the matrix of a bundle."""

    features: tuple[Feature, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the matrix columns, in order."""
        return tuple(column for feature in self.features for column in feature.columns)

    def spans(self) -> Iterator[tuple[Feature, int, int]]:
        """Yield each feature with the first and one past the last of its matrix columns."""
        start = 0
        for feature in self.features:
            stop = start + len(feature.columns)
            yield feature, start, stop
            start = stop

    def transform(self, table: pa.Table) -> Matrix:
        """Encode session rows; columns the table doesn't have count as missing in every row.

        Returns
        -------
        float32 matrix of shape (rows, matrix columns); a missing number or flag is NaN.

        Raises
        ------
        SchemaError
            If a number or flag column holds something that isn't one.
        """
        rows = table.num_rows
        matrix = np.zeros((rows, len(self.columns)), dtype=np.float32)
        present = set(table.column_names)
        every_row = np.arange(rows)
        for feature, start, _stop in self.spans():
            column = table[feature.name] if feature.name in present else pa.nulls(rows)
            if feature.kind == "category":
                matrix[every_row, start + _codes(column, feature)] = 1.0
            else:
                matrix[:, start] = numbers(column, feature.name)
        return matrix

    def mask(self, matrix: Matrix, hidden: npt.NDArray[np.bool_]) -> Matrix:
        """Return a copy of the matrix with features hidden as if their column were missing.

        ``hidden`` has the shape (rows, features).
        """
        masked = matrix.copy()
        for index, (feature, start, stop) in enumerate(self.spans()):
            rows = hidden[:, index]
            if feature.kind == "category":
                masked[rows, start:stop] = 0.0
                masked[rows, stop - 1] = 1.0
            else:
                masked[rows, start] = np.nan
        return masked


def fit_encoder(table: pa.Table, names: Iterable[str]) -> Encoder:
    """Learn the vocabularies of the named columns from training rows.

    A column that tells nothing (all missing, or one value throughout) is left out.
    """
    fitted = (fit_feature(name, table[name]) for name in names if name in table.column_names)
    return Encoder(tuple(feature for feature in fitted if feature is not None))


def fit_feature(name: str, column: pa.ChunkedArray) -> Feature | None:
    """Learn one feature from its training column; None if the column tells nothing."""
    dtype = str(column.type)
    kind = feature_kind(name, column.type)
    if kind != "category":
        values = numbers(column, name)
        known = values[~np.isnan(values)]
        told = known.size and (known.min() < known.max() or known.size < values.size)
        return Feature(name=name, kind=kind, dtype=dtype) if told else None
    counts = pc.value_counts(as_text(column).drop_null())
    pairs = [(row["values"].as_py(), row["counts"].as_py()) for row in counts]
    if not pairs or (len(pairs) == 1 and not column.null_count):
        return None
    # Most frequent first, then alphabetical: the same data gives the same columns in any order.
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    kept = [value for value, n in pairs[:MAX_CATEGORIES] if n >= MIN_CATEGORY_ROWS]
    if not kept and not column.null_count:
        # Every value is too rare to be known again: all rows would be encoded alike.
        return None
    return Feature(name=name, kind="category", dtype=dtype, categories=tuple(kept))


def feature_kind(name: str, dtype: pa.DataType) -> FeatureKind:
    """Return how a column is encoded: as the session row says, or by its type if it isn't ours."""
    field = FIELD.get(name)
    if field is not None:
        return field.kind if field.kind in ("flag", "category") else "number"
    if pa.types.is_boolean(dtype):
        return "flag"
    return "number" if is_numeric(dtype) else "category"


def is_numeric(dtype: pa.DataType) -> bool:
    """Tell whether a column holds numbers."""
    return bool(pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype))


def numbers(column: Any, name: str) -> Vector:  # noqa: ANN401 (an Arrow array, chunked or not)
    """Return a column as float64, missing and infinite values as NaN.

    Raises
    ------
    SchemaError
        If the column doesn't hold numbers, or yes and no.
    """
    try:
        if pa.types.is_boolean(column.type):
            column = pc.cast(column, pa.int8())
        values = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SchemaError(
            f"Numbers are needed here, found {column.type}.",
            where=f"column {name}",
            remedy="Correct the values, or leave the column out.",
        ) from error
    return np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)


def as_text(column: Any) -> Any:  # noqa: ANN401 (an Arrow array, chunked or not)
    """Return a category column as strings; ``3.0`` and ``3`` are the same value."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_floating(column.type):
        # Arrow writes 3.0 as "3". Each value by itself: another row's 2.5 must not make this one "3.0".
        column = pc.if_else(pc.is_finite(column), pc.add(column, 0.0), None)
    return pc.cast(column, pa.string())


def _codes(column: Any, feature: Feature) -> npt.NDArray[np.int64]:  # noqa: ANN401
    n = len(feature.categories)
    text = as_text(column)
    codes = pc.index_in(text, value_set=pa.array(feature.categories, pa.string()))
    known_or_other = pc.fill_null(codes, n)
    coded = pc.if_else(pc.is_null(text), pa.scalar(n + 1, pa.int32()), known_or_other)
    return np.asarray(coded.to_numpy(zero_copy_only=False), dtype=np.int64)
