"""Compiles the query that makes session rows: in this process, or in one of its own.

Ibis and what it needs are 35 MB that a process which lives for weeks would hold for a query every few days.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from core.base.settings import ROOT
from core.schema.events import EVENT_SCHEMA, Told

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expression

log = logging.getLogger(__name__)

#: Seconds a process of its own may take.
PATIENCE = 60.0


def compiled_here(told: Told, home_market: str, gap_minutes: int, first_events: int | None) -> str:
    """Return the SQL that makes session rows of a table called ``events``."""
    import ibis
    from ibis.backends.sql import compilers

    from core.features.expression import session_rows

    events = ibis.table(ibis.Schema.from_pyarrow(EVENT_SCHEMA), name="events")
    rows = session_rows(
        events, told=told, home_market=home_market, gap_minutes=gap_minutes, first_events=first_events
    )
    # As ``ibis.to_sql`` does, but written out once: to read a query of thirty thousand characters again takes
    # half as long as to make it.
    compiler = compilers.duckdb.compiler
    query = compiler.to_sqlglot(rows.unbind())
    _let_filters_be_read_again(query)
    return str(query.sql(dialect=compiler.dialect, pretty=True))


def compiled_apart(told: Told, home_market: str, gap_minutes: int, first_events: int | None) -> str:
    """Return the same from a process of its own; from this one where that fails."""
    asked = [sorted(told.columns), sorted(map(str, told.event_types)), home_market, gap_minutes, first_events]
    try:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=PATIENCE,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("a query could not be compiled by a process of its own: %s", error)
        return compiled_here(told, home_market, gap_minutes, first_events)


def _let_filters_be_read_again(query: Expression) -> None:
    """Have DuckDB read again what only filters events; it would keep a copy of all of them."""
    from sqlglot import expressions as exp

    for table in query.find_all(exp.CTE):
        if not table.find(exp.Group, exp.Distinct, exp.Window):
            table.set("materialized", False)


def _answer() -> None:
    columns, event_types, *rest = json.load(sys.stdin)
    told = Told(columns=frozenset(columns), event_types=frozenset(event_types))
    sys.stdout.write(compiled_here(told, *rest))


if __name__ == "__main__":
    _answer()
