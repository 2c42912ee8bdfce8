"""All exports of a shop together: by day, and two periods side by side, no session counted twice.

Exports are told newest first. Where days of two overlap, sessions that are in both are the newer one's
(``core.results.history.daily``). Amounts are only those of exports in one currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.base.errors import NotFoundError
from core.base.sql import literal
from core.results.comparison.counts import ALL, MEASURED, Cell, Tally
from core.results.history.daily import GROUPINGS, PAIRED, daily
from core.results.scored_sessions import ScoredSessions

_MONEY = ("revenue", "expected")
_AMOUNTS = ("worth_foreseen", "worth_came")


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
    chance gives that number, and ``came`` did buy. The same of revenue: ``worth_foreseen``, ``worth_came``.
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
    in other currencies, by code.
    """

    exports: tuple[Export, ...]
    currency: str | None
    days: dict[date, Total]
    twice: int
    undated: tuple[str, ...]
    apart: dict[str, float]
    files: dict[Path, str | None]

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

    def cells(self, first: date, last: date) -> dict[str, tuple[Cell, ...]]:
        """Return the sessions of some days by each grouping; amounts only of exports in ``currency``."""
        names = [f"{part}_{name}" for name in MEASURED for part in "nts"]
        with _opened(self.files, self.currency) as connection:
            rows = connection.execute(
                f"SELECT dimension, key, sum(n), {', '.join(f'sum({name})' for name in names)} FROM days "
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
    whole = {export: file for export in exports if (file := _daily(export)) is not None}
    spans = _spans(whole)
    dated = [export for export in whole if export in spans]
    if not dated:
        return None
    files: dict[Path, str | None] = {}
    for place, export in enumerate(dated):
        first, last, _ = spans[export]
        newer = [
            other.sessions for other in dated[:place] if spans[other][0] <= last and first <= spans[other][1]
        ]
        files[daily(export.sessions, newer) if newer else whole[export]] = export.currency
    codes = [export.currency for export in dated if export.currency]
    main = currency if currency in codes else next(iter(codes), currency)
    with _opened(files, main) as connection:
        days = dict(_by_day(connection))
        apart = connection.execute(
            f"SELECT currency, sum(t_revenue) FROM apart WHERE dimension = '{ALL}' GROUP BY 1 "
            "HAVING sum(t_revenue) > 0 ORDER BY 2 DESC"
        ).fetchall()
    return History(
        exports=tuple(dated),
        currency=main,
        days=days,
        twice=sum(n for _, _, n in spans.values()) - sum(total.n for total in days.values()),
        undated=tuple(export.name for export in whole if export not in spans),
        apart={str(code): float(revenue) for code, revenue in apart},
        files=files,
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
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT filename, min(day), max(day), sum(n) FROM read_parquet([{paths}], filename = true) "
            f"WHERE dimension = '{ALL}' GROUP BY 1"
        ).fetchall()
    return {by_file[file]: (first, last, int(n)) for file, first, last, n in rows}


@contextmanager
def _opened(files: Mapping[Path, str | None], currency: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with ``days``, amounts only in one currency, and ``apart``, those in others."""
    paths = ", ".join(literal(path) for path in files)
    codes = ", ".join(f"({literal(path)}, {literal(code or '')})" for path, code in files.items())
    main = literal(currency or "")
    blank = ", ".join(
        [f"0 AS {part}_{name}" for name in _MONEY for part in "nts"] + [f"0.0 AS {name}" for name in _AMOUNTS]
    )
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE every AS SELECT d.*, c.currency "
            f"FROM read_parquet([{paths}], filename = true) d "
            f"JOIN (VALUES {codes}) AS c (file, currency) ON d.filename = c.file"
        )
        connection.execute(
            f"CREATE TEMP VIEW days AS SELECT * FROM every WHERE currency IN ({main}, '') UNION ALL BY NAME "
            f"SELECT * REPLACE ({blank}) FROM every WHERE currency NOT IN ({main}, '')"
        )
        connection.execute(
            f"CREATE TEMP VIEW apart AS SELECT * FROM every WHERE currency NOT IN ({main}, '')"
        )
        yield connection


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
    whole = ("n", "n_known", "buyers", "n_revenue", "n_probability", "n_paired", "came")
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
