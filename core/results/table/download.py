"""The table of sessions as a file: the filtered rows with all of the export's columns, in any order."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from core.base.sql import identifier
from core.results import footer, query
from core.results.cache import is_large
from core.results.columns import DEFAULT_SORT
from core.results.export import Added, Query, export_query, stream_query
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.table import row_order
from core.results.view import ResultView

#: Rows of a large file that are sent before all others are in order.
FIRST = 50


def write_export(view: ResultView, filters: Filters, out: Path, fmt: str) -> None:
    """Write the filtered rows with all columns of the file, in the order asked for (or the likeliest first).

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    sql, params = _export(view, filters)
    with query.connect(alone=True) as connection:
        export_query(connection, sql, params, out, fmt)


def stream_export(
    view: ResultView, filters: Filters, fmt: str, *, name: str, added: Added | None = None
) -> Generator[bytes]:
    """Yield what ``write_export`` writes, while it is being made; ``name`` is what the file is called.

    ``added`` columns come last. The first rows of a CSV don't wait until millions are in order.

    Raises
    ------
    ExportError
        Before the first byte, if the format is unknown, or the rows don't fit into it.
    """
    first, (sql, params) = None, _export(view, filters)
    if fmt == "csv" and added is None and is_large(view.sessions):
        order = filters.sort or DEFAULT_SORT
        rows, _ = row_order.block(view.sessions, filters.only_filters(), order, 0, FIRST)
        these = f"file_row_number IN ({', '.join(map(str, rows))})" if rows else "false"
        first = _export(view, filters.cleared(), these)
        sql, params = _export(view, filters, f"NOT ({these})")
    with query.download() as connection:
        yield from stream_query(connection, sql, params, fmt, name=name, first=first, added=added)


def _export(view: ResultView, filters: Filters, only: str = "true") -> Query:
    sessions = ScoredSessions.of(view.path).at(filters.threshold)
    where, params = filters.where()
    columns = ", ".join(f"s.{identifier(name)}" for name in footer.columns(sessions))
    # The session's id is unique: the same rows are always in the same order.
    order = ", ".join([*(part.sql() for part in filters.sort or DEFAULT_SORT), "session_id"])
    rows, bound = query.view_sql(sessions, where)
    sql = f"SELECT {columns} FROM ({rows}) s WHERE ({where}) AND {only} ORDER BY {order}"
    return sql, [*bound, *params]
