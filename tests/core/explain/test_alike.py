"""Sessions that trees can't tell apart have the same reasons, to the last bit, and are taken apart once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.explain import explain, margins
from core.explain.alike import alike, once
from tests.core.explain import kinds


@pytest.mark.parametrize("kind", ["xgboost", "forest"])
def test_rows_with_one_key_are_answered_alike(kind: str) -> None:
    predictor = kinds.predictor(kind, "sigmoid", snapshots=False)
    classifier = predictor.models.purchase.classifier
    (matrix, _), *_ = predictor.encoded(kinds.rows())
    keys = alike(classifier, matrix)
    assert keys is not None
    first, like = once(keys)
    assert 1 < len(first) < len(matrix)
    each = margins.margins(classifier, matrix, 1)
    np.testing.assert_array_equal(each.effects[first][like], each.effects)
    # A value on a threshold goes the other way than one just below it.
    moved = np.nextafter(matrix, np.float32(-np.inf))
    apart = alike(classifier, moved) != keys
    changed = (margins.margins(classifier, moved, 1).effects != each.effects).any(axis=1)
    assert changed.any()
    assert not (changed & ~apart).any()


@pytest.mark.parametrize("kind", kinds.KINDS)
@pytest.mark.parametrize("target", ["purchase", "revenue"])
def test_many_at_once_have_the_reasons_each_has_by_itself(
    kind: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pa.concat_tables([kinds.rows().slice(0, 400), kinds.strange(), kinds.rows().slice(0, 50)])
    predictor = kinds.predictor(kind, "isotonic", snapshots=True)
    plain = explain(predictor, table, target)
    monkeypatch.setattr(margins, "ROWS_WORTH_SORTING", 2)
    found = explain(predictor, table, target)
    np.testing.assert_array_equal(found.points, plain.points)
    np.testing.assert_array_equal(found.effects, plain.effects)
    assert found.base == plain.base


def test_what_isn_t_made_of_trees_tells_all_apart() -> None:
    predictor = kinds.predictor("logistic", "sigmoid", snapshots=False)
    (matrix, _), *_ = predictor.encoded(kinds.rows())
    assert alike(predictor.models.purchase.classifier, matrix) is None
