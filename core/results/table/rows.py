"""The rows of the table of sessions: a block of them, in any order, however deep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa

from core.results import footer, query
from core.results.cache import LARGE, Recent
from core.results.columns import DEFAULT_SORT
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.table import row_order
from core.results.table.ag_grid import GridRequest
from core.results.table.row_store import stored
from core.results.view import ResultView

#: Bytes of small files in memory at most.
MOST_BYTES = 192 * 2**20

_tables = Recent(MOST_BYTES, lambda table: int(table.nbytes))


def page(view: ResultView, filters: Filters, request: GridRequest) -> tuple[list[dict[str, Any]], int]:
    """Return a block of the filtered rows in a stable order, and how many there are in all.

    The export's own columns come under their keys, not their names.

    The grid's own column filters come in place of those in ``filters``.
    """
    wanted = replace(filters, columns=request.columns, sort=request.sort)
    rows, total = row_order.block(
        view.sessions, wanted, wanted.sort or DEFAULT_SORT, start=request.start, stop=request.stop
    )
    extra = (column.sql for column in footer.extra_columns(view.sessions))
    return fetch(view.sessions.at(wanted.threshold), rows, ", ".join([*footer.KNOWN, *extra])), total


def fetch(sessions: ScoredSessions, rows: Sequence[int], names: str = "*") -> list[dict[str, Any]]:
    """Return sessions by their rows in the file, in that order, with some columns.

    Of a large file they are taken from ``row_store``, or looked up in Parquet, half of them at a time, where
    they aren't stored; a small one is kept in memory.
    """
    if not rows:
        return []
    sql = f"SELECT {names}, file_row_number AS _row FROM sessions"
    large = footer.facts(sessions).n >= LARGE
    few = stored(sessions, rows) if large else _whole(sessions.at(None)).take(rows)
    found = _looked_up(sessions, rows, sql) if few is None else query.ask_rows(sessions, few, sql)
    by_row = {row.pop("_row"): row for row in found}
    return [by_row[row] for row in rows]


def _looked_up(sessions: ScoredSessions, rows: Sequence[int], sql: str) -> list[dict[str, Any]]:
    in_file = sorted(rows)
    middle = len(in_file) // 2
    halves = [half for half in (in_file[:middle], in_file[middle:]) if half]
    where = "WHERE file_row_number IN"
    answers = query.at_once(
        [partial(query.ask, sessions, f"{sql} {where} ({', '.join(map(str, half))})") for half in halves]
    )
    return [row for some_rows in answers for row in some_rows]


def _whole(sessions: ScoredSessions) -> pa.Table:
    """Return a small file as it is, in memory while there is room."""
    return _tables.get(sessions, lambda: query.read(sessions))
