"""How a value stands among other sessions' or buyers': ranks in the sample a bundle keeps of its data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow.parquet as pq

from core.base.errors import NotFoundError
from core.bundle.encoder import Vector, numbers
from core.bundle.predictor import Predictor
from core.results.scored_sessions import ScoredSessions

BOUGHT = "purchased"
#: So many have to be known for a share of them to say something.
FEWEST_BUYERS = 50


@dataclass(frozen=True, slots=True)
class Ranks:
    """The known values of each number among the reference sessions, rising.

    ``among`` says whose they are: all "sessions", or only "buyers".
    """

    values: dict[str, Vector]
    among: str = "sessions"

    def below(self, feature: str, value: float) -> float | None:
        """Return the share of sessions with a smaller value; None where nothing is known."""
        return self._share(feature, value, "left")

    def above(self, feature: str, value: float) -> float | None:
        """Return the share of sessions with a larger value; None where nothing is known."""
        at_most = self._share(feature, value, "right")
        return None if at_most is None else 1.0 - at_most

    def _share(self, feature: str, value: float, side: str) -> float | None:
        known = self.values.get(feature)
        if known is None or not len(known):
            return None
        return float(np.searchsorted(known, value, side=side)) / len(known)  # type: ignore[call-overload]


def ranks_of(predictor: Predictor, *, buyers: bool = False) -> Ranks:
    """Return the ranks of a bundle's reference sample, read once for as long as it stays the same.

    Parameters
    ----------
    buyers
        Compare with those that bought, as what they paid was learned from them alone; with all sessions
        where the sample has too few.
    """
    try:
        sessions = ScoredSessions.of(predictor.reference_path)
    except (NotFoundError, OSError):
        return Ranks({})
    numeric = [f.name for f in predictor.models.encoder.features if f.kind == "number"]
    return _ranks(sessions, tuple(numeric), buyers)


@lru_cache(maxsize=8)
def _ranks(sessions: ScoredSessions, features: tuple[str, ...], buyers: bool) -> Ranks:
    file = sessions.path
    there = set(pq.read_schema(file).names)
    table = pq.read_table(file, columns=[name for name in features if name in there])
    among = "sessions"
    if buyers and BOUGHT in there:
        bought = table.filter(pq.read_table(file, columns=[BOUGHT])[BOUGHT])
        if len(bought) >= FEWEST_BUYERS:
            table, among = bought, "buyers"
    rising = {}
    for name in table.column_names:
        values = numbers(table[name], name)
        rising[name] = np.sort(values[~np.isnan(values)])
    return Ranks(rising, among)
