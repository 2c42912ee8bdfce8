"""All exports of a shop together: by day, and two periods side by side, no session counted twice.

Exports are told newest first. Where days of two overlap, sessions that are in both are the newer one's
(``core.results.history.daily``). Amounts are only those of exports in one currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.base.errors import NotFoundError
from core.base.memory_database import scratch_database
from core.base.sql import literal
from core.results import query
from core.results.comparison.counts import ALL, MEASURED, Cell, Tally
from core.results.history.daily import GROUPINGS, PAIRED, daily
from core.results.scored_sessions import ScoredSessions

_SUMS = [f"{part}_{name}" for name in MEASURED for part in "nts"]
#: Sums of amounts, which are only of one currency.
_AMOUNTS = [name for name in _SUMS if name[2:] in ("revenue", "expected")] + [
    *("n_worth", "worth_foreseen", "worth_came")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A scored export: its sessions, and the currency of its amounts."""

    id: str
    name: str
    sessions: ScoredSessions
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Sessions taken together: of a day, or of a period.

    ``n_known`` tell whether they bought, ``n_revenue`` what was paid, in one currency. ``n_paired`` have a
    prediction and an outcome: ``foreseen`` buyers of them were expected, with ``spread`` the variance that
    chance gives that number, and ``came`` did buy. The same of the
    revenue of ``n_worth``: ``worth_foreseen``, ``worth_came``.
    """

    n: int = 0
    n_known: int = 0
    buyers: int = 0
    n_revenue: int = 0
    revenue: float = 0.0
    n_probability: int = 0
    probability: float = 0.0
    n_paired: int = 0
    foreseen: float = 0.0
    spread: float = 0.0
    came: int = 0
    n_worth: int = 0
    worth_foreseen: float = 0.0
    worth_came: float = 0.0

    @property
    def conversion(self) -> float | None:
        """The share of sessions that bought, of those that tell."""
        return self.buyers / self.n_known if self.n_known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the exports together tell.

    ``days`` has every day with sessions, in order. ``twice`` is how many sessions were in more than one
    export (and count once), ``undated`` the names of exports without times, ``apart`` the revenue of exports
    in other currencies, by code. ``rows`` are what
    ``core.results.history.daily`` has counted.
    """

    exports: tuple[Export, ...]
    currency: str | None
    days: dict[date, Total]
    twice: int
    undated: tuple[str, ...]
    apart: dict[str, float]
    rows: pa.Table

    @property
    def first(self) -> date:
        """The first day there is."""
        return min(self.days)

    @property
    def last(self) -> date:
        """The last day there is."""
        return max(self.days)

    def total(self, first: date, last: date) -> Total:
        """Return the sessions of some days taken together."""
        return together([total for day, total in self.days.items() if first <= day <= last])

    def largest(self, first: date, last: date) -> str:
        """Return the id of the export that has most of the sessions of some days; the newest without any."""
        with scratch_database() as connection:
            connection.register("days", self.rows)
            found = connection.execute(
                f"SELECT export FROM days WHERE dimension = '{ALL}' AND day BETWEEN ? AND ? "
                "GROUP BY export ORDER BY sum(n) DESC, export LIMIT 1",
                [first, last],
            ).fetchall()
        return str(found[0][0]) if found else self.exports[0].id

    def among(self, first: date, last: date) -> frozenset[str]:
        """Return the ids of the exports that have sessions on some days."""
        with scratch_database() as connection:
            connection.register("days", self.rows)
            found = connection.execute(
                f"SELECT DISTINCT export FROM days WHERE dimension = '{ALL}' AND n > 0 "
                "AND day BETWEEN ? AND ?",
                [first, last],
            ).fetchall()
        return frozenset(str(export) for (export,) in found)

    def cells(self, first: date, last: date) -> dict[str, tuple[Cell, ...]]:
        """Return the sessions of some days by each grouping; amounts only of exports in ``currency``."""
        with scratch_database() as connection:
            connection.register("days", self.rows)
            rows = connection.execute(
                f"SELECT dimension, key, sum(n), {', '.join(f'sum({name})' for name in _SUMS)} FROM days "
                "WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY dimension, key",
                [first, last],
            ).fetchall()
        found: dict[str, list[Cell]] = {by: [] for by in (ALL, *GROUPINGS)}
        for by, key, n, *sums in rows:
            tallies = {
                name: Tally(n=int(sums[3 * place]), total=sums[3 * place + 1], squares=sums[3 * place + 2])
                for place, name in enumerate(MEASURED)
            }
            found[by].append(Cell(key=key, n=int(n), **tallies))
        return {by: tuple(there) for by, there in found.items() if there}


def together(totals: Sequence[Total]) -> Total:
    """Return sums of sums."""
    return Total(**{name: sum(getattr(total, name) for total in totals) for name in Total.__slots__})


def read_history(exports: Sequence[Export], currency: str | None) -> History | None:
    """Return what exports, newest first, tell together; None where none has sessions with a time.

    ``currency`` is the one wanted for amounts; where no export has it, it is that of the newest one.
    """
    return _read_history(tuple(exports), currency)


@lru_cache(maxsize=8)
def _read_history(exports: tuple[Export, ...], currency: str | None) -> History | None:
    found = zip(exports, query.at_once([partial(_daily, export) for export in exports]), strict=True)
    whole = {export: file for export, file in found if file is not None}
    spans = _spans(whole)
    dated = [export for export in whole if export in spans]
    if not dated:
        return None
    questions = []
    for place, export in enumerate(dated):
        first, last, _ = spans[export]
        newer = [
            other.sessions for other in dated[:place] if spans[other][0] <= last and first <= spans[other][1]
        ]
        questions.append(partial(daily, export.sessions, newer))
    files = dict(zip(query.at_once(questions), dated, strict=True))
    codes = [export.currency for export in dated if export.currency]
    main = currency if currency in codes else next(iter(codes), currency)
    rows, days, apart = _read(files, main)
    return History(
        exports=tuple(dated),
        currency=main,
        days=days,
        twice=sum(n for _, _, n in spans.values()) - sum(total.n for total in days.values()),
        undated=tuple(export.name for export in whole if export not in spans),
        apart=apart,
        rows=rows,
    )


def _daily(export: Export) -> Path | None:
    try:
        return daily(export.sessions)
    except (FileNotFoundError, NotFoundError):
        return None  # Deleted meanwhile.


def _spans(files: Mapping[Export, Path]) -> dict[Export, tuple[date, date, int]]:
    """Return each export's first day, last day and number of dated sessions, where it has any."""
    if not files:
        return {}
    by_file = {str(path): export for export, path in files.items()}
    paths = ", ".join(literal(path) for path in files.values())
    with scratch_database() as connection:
        rows = connection.execute(
            f"SELECT filename, min(day), max(day), sum(n) FROM read_parquet([{paths}], filename = true) "
            f"WHERE dimension = '{ALL}' GROUP BY 1"
        ).fetchall()
    return {by_file[file]: (first, last, int(n)) for file, first, last, n in rows}


def _read(
    files: Mapping[Path, Export], currency: str | None
) -> tuple[pa.Table, dict[date, Total], dict[str, float]]:
    """Return the rows of all files, amounts only in one currency; them by day; and revenue in the others."""
    paths = ", ".join(literal(path) for path in files)
    told = ", ".join(
        f"({literal(path)}, {literal(export.id)}, {literal(export.currency or '')})"
        for path, export in files.items()
    )
    here = f"currency IN ({literal(currency or '')}, '')"
    kept = ", ".join(f"CASE WHEN {here} THEN {name} ELSE 0 END AS {name}" for name in _AMOUNTS)
    with scratch_database() as connection:
        connection.execute(
            "CREATE TEMP TABLE every AS SELECT d.*, e.export, e.currency "
            f"FROM read_parquet([{paths}], filename = true) d "
            f"JOIN (VALUES {told}) AS e (file, export, currency) ON d.filename = e.file"
        )
        apart = connection.execute(
            f"SELECT currency, sum(t_revenue) FROM every WHERE NOT {here} AND dimension = '{ALL}' GROUP BY 1 "
            "HAVING sum(t_revenue) > 0 ORDER BY 2 DESC"
        ).fetchall()
        connection.execute(
            f"CREATE TEMP VIEW days AS SELECT * EXCLUDE (filename) REPLACE ({kept}) FROM every"
        )
        rows = connection.sql("SELECT * FROM days").to_arrow_table()
        return rows, dict(_by_day(connection)), {str(code): float(revenue) for code, revenue in apart}


def _by_day(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[date, Total]]:
    columns = {
        "n": "n",
        "n_known": "n_conversion",
        "buyers": "t_conversion",
        "n_revenue": "n_revenue",
        "revenue": "t_revenue",
        "n_probability": "n_probability",
        "probability": "t_probability",
        **{name: name for name in PAIRED},
    }
    whole = ("n", "n_known", "buyers", "n_revenue", "n_probability", "n_paired", "came", "n_worth")
    sums = ", ".join(f"sum({column}) AS {name}" for name, column in columns.items())
    answer = connection.execute(
        f"SELECT day, {sums} FROM days WHERE dimension = '{ALL}' GROUP BY day ORDER BY day"
    )
    for day, *values in answer.fetchall():
        named = dict(zip(columns, values, strict=True))
        exact: dict[str, Any] = {
            name: int(value) if name in whole else float(value) for name, value in named.items()
        }
        yield day, Total(**exact)
