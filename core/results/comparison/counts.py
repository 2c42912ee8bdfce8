"""What two results are compared by: their sessions counted in groups, with what intervals need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.results import distributions, query
from core.results.cache import cached
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions

#: What sessions are grouped by, in the order it is told.
GROUPINGS = ("channel", "device", "country_group", "category", "weekday", "hour", "cluster")
#: Stands for all sessions among them.
ALL = "all"
#: What is averaged over sessions, and the expression it is made of.
MEASURED = {
    "conversion": "CAST(CAST(purchased AS INTEGER) AS DOUBLE)",
    "probability": "CAST(purchase_probability AS DOUBLE)",
    "revenue": "CAST(revenue AS DOUBLE)",
    "expected": "CAST(expected_revenue AS DOUBLE)",
    "called": "CAST(CAST(predicted_purchase AS INTEGER) AS DOUBLE)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A figure over the ``n`` sessions that tell it: its sum, and the sum of its squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float | None:
        """The average; None where no session tells it."""
        return self.total / self.n if self.n else None

    @property
    def variance(self) -> float:
        """The variance over n - 1; not a number below two sessions."""
        if self.n < 2:
            return math.nan
        return max(0.0, (self.squares - self.total**2 / self.n) / (self.n - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The sessions that share one value (None: not known): how many, and what they did."""

    key: str | int | None
    n: int
    conversion: Tally
    probability: Tally
    revenue: Tally
    expected: Tally
    called: Tally

    def tally(self, measured: str) -> Tally:
        """Return one of ``MEASURED``."""
        return getattr(self, measured)  # type: ignore[no-any-return]


NOTHING = Tally(n=0, total=0.0, squares=0.0)
NOBODY = Cell(
    key=None, n=0, conversion=NOTHING, probability=NOTHING, revenue=NOTHING, expected=NOTHING, called=NOTHING
)


@cached(dict[str, tuple[Cell, ...]])
def cells(sessions: ScoredSessions, filters: Filters) -> dict[str, tuple[Cell, ...]]:
    """Return the filtered sessions by every grouping the export tells of, and under ``ALL`` as one cell."""
    told = query.known_columns(sessions)
    groupings = [by for by in GROUPINGS if CHOICES[by] in told]
    sums = ", ".join(
        f"count({sql}) AS n_{name}, coalesce(sum({sql}), 0) AS t_{name}, "
        f"coalesce(sum({sql} * {sql}), 0) AS s_{name}"
        for name, sql in MEASURED.items()
    )
    columns = [CHOICES[by] for by in groupings]
    where, params = filters.where()
    rows = query.ask(
        sessions.at(filters.threshold),
        f"SELECT {''.join(f'{column}, grouping({column}) AS _{column}, ' for column in columns)}"
        f"count(*) AS n, {sums} FROM sessions WHERE {where} "
        f"GROUP BY GROUPING SETS ({''.join(f'({column}), ' for column in columns)}())",
        params,
    )
    found: dict[str, list[Cell]] = {by: [] for by in (*groupings, ALL)}
    for row in rows:
        by = next((by for by in groupings if not row[f"_{CHOICES[by]}"]), ALL)
        if row["n"]:
            found[by].append(_cell(row, None if by == ALL else row[CHOICES[by]]))
    return {by: tuple(sorted(there, key=_rising)) for by, there in found.items()}


@cached(tuple[int, ...])
def counts(sessions: ScoredSessions, filters: Filters, of: str, edges: tuple[float, ...]) -> tuple[int, ...]:
    """Return how many of the filtered sessions have a measure between neighbouring edges."""
    about = distributions.MEASURES[of]
    where, params = filters.where()
    rows = query.ask(
        sessions.at(filters.threshold),
        f"SELECT {distributions.bin_sql(about.column, edges)} AS bin, count(*) AS n FROM sessions "
        f"WHERE {where} AND {about.column} IS NOT NULL AND {about.only} GROUP BY bin",
        params,
    )
    found = {row["bin"]: row["n"] for row in rows}
    return tuple(int(found.get(place, 0)) for place in range(len(edges) - 1))


def _cell(row: Mapping[str, Any], key: Any) -> Cell:  # noqa: ANN401 (a column's value)
    tallies = {
        name: Tally(n=int(row[f"n_{name}"]), total=float(row[f"t_{name}"]), squares=float(row[f"s_{name}"]))
        for name in MEASURED
    }
    return Cell(key=key, n=int(row["n"]), **tallies)


def _rising(cell: Cell) -> tuple[bool, Any]:
    return (cell.key is None, cell.key)
