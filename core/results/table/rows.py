"""The rows of the table of sessions: a block of them, in any order, however deep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from core.results import footer, query
from core.results.columns import DEFAULT_SORT
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.table import row_order
from core.results.table.ag_grid import GridRequest
from core.results.view import ResultView


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
    """Return sessions by their rows in the file, in that order, with some columns; half of them at a time."""

    def some(wanted: Sequence[int]) -> list[dict[str, Any]]:
        return query.ask(
            sessions,
            f"SELECT {names}, file_row_number AS _row FROM sessions "
            f"WHERE file_row_number IN ({', '.join(map(str, wanted))})",
        )

    in_file = sorted(rows)
    middle = len(in_file) // 2
    halves = [half for half in (in_file[:middle], in_file[middle:]) if half]
    answers = query.at_once([partial(some, half) for half in halves]) if halves else []
    by_row = {row.pop("_row"): row for some_rows in answers for row in some_rows}
    return [by_row[row] for row in rows]
