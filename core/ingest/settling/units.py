"""Revenue and prices of one export in different units: 89.90 beside 8990 cents of the same purchase."""

from __future__ import annotations

from core.base.written import number
from core.ingest.base.database import one
from core.ingest.settling.log import Log
from core.schema.events import EventType

_BOTH = f"event_type = '{EventType.PURCHASE}' AND revenue > 0 AND price > 0"
#: How many units of one make one of the other.
_FACTORS = (100, 1_000_000)
_FEWEST, _SHARE = 3, 0.9


def settle(log: Log) -> None:
    """Bring revenue and prices to the same unit, the larger of the two."""
    if log.facts["n_purchases"] < _FEWEST or not {"price", "revenue"} <= log.report.told.columns:
        return
    ratio = "revenue / (price * coalesce(nullif(quantity, 0), 1))"
    fits = [f"count(*) FILTER (abs({ratio} / {n} - 1) < 0.01)" for n in _FACTORS]
    fits += [f"count(*) FILTER (abs({ratio} * {n} - 1) < 0.01)" for n in _FACTORS]
    counts = one(log.connection, f"SELECT count(*), {', '.join(fits)} FROM {log.traded} WHERE {_BOTH}")
    n_rows, *n_fitting = (int(str(n)) for n in counts)
    for place, n in enumerate(n_fitting):
        if n < max(_SHARE * n_rows, _FEWEST):
            continue
        factor = _FACTORS[place % len(_FACTORS)]
        name = "revenue" if place < len(_FACTORS) else "price"
        log.replace({name: f"e.{name} / {factor}.0"})
        other = "price" if name == "revenue" else "revenue"
        log.say(
            "warning",
            f"“{name}” is {number(factor)} times “{other}” for the same purchases, so it is read as "
            f"{'hundredths' if factor == _FACTORS[0] else 'millionths'} of a unit.",
        )
        return
