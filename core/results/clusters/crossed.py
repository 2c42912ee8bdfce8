"""Sessions by two of their sides at once: cluster, country group, weekday and others, crossed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.base.shop import place_in_week
from core.results.cache import cached
from core.results.query import ask, known_columns
from core.results.scored_sessions import ScoredSessions

#: What can be crossed: the address's word, and the column.
SIDES: dict[str, str] = {
    "cluster": "cluster_id",
    "country_group": "country_group",
    "weekday": "day_of_week",
    "hour": "hour",
    "device": "device",
    "channel": "channel",
    "category": "dominant_category",
}
#: Values of a side that are shown, those of most sessions; the others are left out, and counted.
MOST_VALUES = 12
#: Hours are all shown.
MOST_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The sessions of one value of each side; sums are None where nothing is known."""

    row: Any
    column: Any
    n: int
    n_known: int
    buyers: int
    predicted: float | None
    n_revenue: int
    revenue: float | None
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """All crossings, of ``n`` sessions of ``total``: where a side has very many values, the rest is left out.

    ``observed`` and ``paid`` say whether purchases and revenue are known, or predicted.
    """

    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    crossings: tuple[Crossing, ...]
    n: int
    total: int
    observed: bool
    paid: bool


def sides(sessions: ScoredSessions) -> list[str]:
    """Return the sides the file tells of."""
    there = known_columns(sessions)
    return [name for name, column in SIDES.items() if column in there]


def crossed(sessions: ScoredSessions, rows: str, columns: str, cluster: int | None = None) -> Crossed:
    """Cross two sides, of one cluster's sessions alone where it is told; weekdays in the shop's order."""
    found = _crossed(sessions, rows, columns, cluster)
    return replace(
        found,
        rows=_in_week(found.rows) if rows == "weekday" else found.rows,
        columns=_in_week(found.columns) if columns == "weekday" else found.columns,
    )


def _in_week(days: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(days, key=lambda day: 7 if day is None else place_in_week(int(day))))


@cached(Crossed)
def _crossed(sessions: ScoredSessions, rows: str, columns: str, cluster: int | None) -> Crossed:
    first, second = SIDES[rows], SIDES[columns]
    only, params = ("AND cluster_id = ?", [cluster]) if cluster is not None else ("", [])
    cells = ask(
        sessions,
        f"""
        SELECT {first} AS first, {second} AS second, count(*) AS n,
               count(purchased) AS n_known, count_if(purchased) AS buyers,
               sum(purchase_probability) AS predicted, count(revenue) AS n_revenue,
               sum(revenue) AS revenue, sum(expected_revenue) AS expected
        FROM sessions WHERE cluster_id IS NOT NULL {only} GROUP BY ALL
        """,
        params,
    )
    shown_rows, shown_columns = _shown(cells, "first", rows), _shown(cells, "second", columns)
    within = [row for row in cells if row["first"] in shown_rows and row["second"] in shown_columns]
    return Crossed(
        rows=shown_rows,
        columns=shown_columns,
        crossings=tuple(
            Crossing(
                row=row["first"],
                column=row["second"],
                **{name: row[name] for name in row if name not in {"first", "second"}},
            )
            for row in within
        ),
        n=sum(row["n"] for row in within),
        total=sum(row["n"] for row in cells),
        observed=any(row["n_known"] for row in cells),
        paid=any(row["n_revenue"] for row in cells),
    )


def _shown(cells: list[dict[str, Any]], place: str, side: str) -> tuple[Any, ...]:
    """Return the values of a side: those in an order of their own by it, others by their sessions."""
    counts: dict[Any, int] = {}
    for row in cells:
        counts[row[place]] = counts.get(row[place], 0) + row["n"]
    if side in {"weekday", "hour"}:
        return tuple(sorted(counts, key=lambda value: (value is None, value or 0)))[: MOST_HOURS + 1]
    return tuple(sorted(counts, key=lambda value: (value is None, -counts[value], str(value))))[:MOST_VALUES]
