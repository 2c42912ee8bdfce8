"""The space clusters are found in: standardised logs of the few features that say something of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.base.errors import TrainingError
from core.bundle.encoder import Encoder, Matrix, Vector
from core.bundle.models import signed_log
from core.schema.sessions import FIELD

#: What a kind of visit is made of. Each says something of its own: pages, clicks and all events
#: would count the same activity several times over, and drown the cart.
SPACE = ("product_views", "searches", "cart_adds", "cart_removes", "checkouts", "duration_seconds")
#: What stands in for products where an export doesn't tell them, best first.
INSTEAD_OF_PRODUCTS = ("page_views", "clicks", "n_events")
#: What fills up the space of an export that tells little of the above.
ALSO = ("page_views", "unique_categories", "price_mean")
#: With fewer dimensions than this, more are looked for.
ENOUGH = 3
#: A feature that goes along with another one this closely says the same again.
SAME = 0.85
#: Nothing of these means that they aren't told; if that is so in more than this share, they say little.
UNTOLD_AT_ZERO, MOST_UNTOLD = frozenset({"unique_categories", "price_mean"}), 0.1
#: A clock is no kind of visit.
NEVER = frozenset({"hour"})
#: No spread at all, but for rounding.
FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Space:
    """Sessions as points: the columns, where they are in the matrix, and what they were scaled by.

    ``raw`` has the values as told, ``values`` their logs, ``points`` those in standard deviations
    with unknown ones at the average.
    """

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    raw: Vector
    values: Vector
    mean: Vector
    scale: Vector
    points: Vector


def find_space(matrix: Matrix, encoder: Encoder) -> Space:
    """Choose the columns sessions differ in and place the rows of ``matrix`` in them.

    Raises
    ------
    TrainingError
        If there is no number to tell sessions apart by, or they are all alike.
    """
    numbers = [f.name for f in encoder.features if f.kind == "number" and f.name not in NEVER]
    if not numbers:
        raise TrainingError(
            "These sessions have no numbers to form clusters from.",
            remedy="Export counts or times: pages, products, seconds.",
        )
    at = {name: encoder.columns.index(name) for name in numbers}
    raw = {name: matrix[:, at[name]].astype(np.float64) for name in numbers}
    columns = space_columns(raw)
    told = np.column_stack([raw[name] for name in columns])
    values = signed_log(told)
    mean, scale, points = standardised(values)
    if len(np.unique(points.round(9), axis=0)) < 2:
        raise TrainingError(
            "All sessions are alike, so there are no clusters to find.",
            remedy="Export what visitors did: pages, products, carts, times.",
        )
    return Space(columns, tuple(at[name] for name in columns), told, values, mean, scale, points)


def space_columns(raw: dict[str, Vector]) -> tuple[str, ...]:
    """Return the features clusters are made of, of all numbers there are.

    Ours first; where there are few of them, others that don't say the same again; if the data has
    hardly any of ours, whatever numbers it has.
    """
    products = next((name for name in ("product_views", *INSTEAD_OF_PRODUCTS) if name in raw), None)
    chosen = [name for name in (products, *SPACE[1:]) if name in raw]
    chosen = _filled(chosen, ALSO, raw)
    if len(chosen) < 2:
        chosen = _filled(chosen, [name for name in raw if name not in FIELD], raw)
    if len(chosen) < 2:
        chosen = _filled(chosen, list(raw), raw)
    return tuple(chosen)


def standardised(values: Vector) -> tuple[Vector, Vector, Vector]:
    """Return average, spread and the values in standard deviations; what is unknown counts as average."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    scale = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    scale[scale < FLAT] = 1.0
    return mean, scale, np.where(known, (values - mean) / scale, 0.0)


def _filled(chosen: Sequence[str], more: Iterable[str], raw: dict[str, Vector]) -> list[str]:
    found = list(chosen)
    for name in more:
        if len(found) >= ENOUGH:
            break
        new = name in raw and name not in found and _is_told(name, raw[name])
        if new and not any(_same(raw[name], raw[other]) for other in found):
            found.append(name)
    return found


def _is_told(name: str, values: Vector) -> bool:
    if name not in UNTOLD_AT_ZERO:
        return True
    return float((np.isnan(values) | (values == 0)).mean()) <= MOST_UNTOLD


def _same(one: Vector, other: Vector) -> bool:
    _, _, points = standardised(signed_log(np.column_stack([one, other])))
    return abs(float((points[:, 0] * points[:, 1]).mean())) >= SAME
