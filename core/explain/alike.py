"""Which sessions a model can't tell apart: their predictions and reasons are the same, and are found once.

Trees only ask whether a value is below one of their thresholds. Sessions between the same thresholds go the
same way through every tree, however their values differ: two visits of one page, of 11 and of 12 seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.base.libraries.lean_imports import import_xgboost
from core.bundle.encoder import Matrix
from core.bundle.models import Blend, BoostedTrees, Classifier

Codes = npt.NDArray[np.uint16]
Places = npt.NDArray[np.intp]

#: In place of a value that is not known: beyond every threshold's number.
UNKNOWN = 2**16 - 1


def alike(model: Classifier, matrix: Matrix) -> npt.NDArray[np.void] | None:
    """Return a key for each row, equal where a model can't tell rows apart; None where it tells all apart."""
    trees = tuple(_trees_of(model))
    thresholds = _thresholds(tuple(one.raw for one in trees)) if trees else None
    if thresholds is None:
        return None
    codes: Codes = np.empty((len(matrix), max(len(thresholds), 1)), dtype=np.uint16)
    codes[:, 0] = 0
    for place, (column, ends) in enumerate(thresholds):
        values = matrix[:, column]
        codes[:, place] = np.searchsorted(ends, values, side="right")
        codes[np.isnan(values), place] = UNKNOWN
    return codes.view(np.dtype((np.void, codes.dtype.itemsize * codes.shape[1])))[:, 0]


def once(keys: npt.NDArray[np.void]) -> tuple[Places, Places]:
    """Return the place of one row of each key, and for every row which of them it is like."""
    _, first, like = np.unique(keys, return_index=True, return_inverse=True)
    return first, like.reshape(-1)


def _trees_of(model: Classifier) -> Iterator[BoostedTrees]:
    """Yield the trees a model is made of; none at all where anything else is among its members."""
    if isinstance(model, BoostedTrees):
        yield model
    elif isinstance(model, Blend) and all(isinstance(member, BoostedTrees) for member in model.members):
        yield from (member for member in model.members if isinstance(member, BoostedTrees))


@lru_cache(maxsize=8)
def _thresholds(raws: tuple[bytes, ...]) -> tuple[tuple[int, npt.NDArray[np.float32]], ...] | None:
    """Return every column that is asked for with its thresholds, rising; None where they can't be had."""
    xgboost = import_xgboost()  # here, not above: a process without a model of trees does without it
    by_column: dict[int, set[float]] = {}
    for raw in raws:
        booster = xgboost.Booster()
        booster.load_model(bytearray(raw))
        model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
        for tree in model.get("model", {}).get("trees", ()):
            if tree.get("categories"):
                return None
            splits = zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True)
            for left, column, threshold in splits:
                if left >= 0:
                    by_column.setdefault(column, set()).add(threshold)
    if not by_column or max(map(len, by_column.values())) >= UNKNOWN:
        return None
    return tuple(
        (column, np.array(sorted(by_column[column]), dtype=np.float32)) for column in sorted(by_column)
    )
