"""What is searched in texts, laid aside once: the one thing that is dear on millions of sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.base.sql import literal
from core.results import footer, query
from core.results.cache import beside
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions

#: One in so many sessions may be found in texts for them to be laid aside.
FOUND = 50
#: The row in the whole file of a session laid aside.
ROW = "row_of_whole"
#: The columns all answers are made of.
PAGE = frozenset(
    {
        "session_id",
        "visitor_id",
        "started_at",
        "day_of_week",
        "product_views",
        "cart_adds",
        "checkouts",
        "purchased",
        "revenue",
        "purchase_probability",
        "predicted_purchase",
        "revenue_if_purchase",
        "predicted_revenue",
        "expected_revenue",
        "cluster_id",
        "cluster_x",
        "cluster_y",
        *CHOICES.values(),
    }
)


def searched_for(sessions: ScoredSessions, filters: Filters) -> tuple[ScoredSessions, str, list[object]]:
    """Return the sessions to look into, at the filters' threshold, with a condition and its parameters.

    Of a large file, what is found in texts is laid aside once, unless that is most of it: every further
    question looks at those sessions only.
    """
    texts = filters.only_texts()
    if texts.any:
        names = sorted({column.name for column in filters.columns} | PAGE)
        there = [name for name in names if name in footer.columns(sessions)]
        name = hashlib.sha256(repr((texts, there)).encode()).hexdigest()[:32]
        most = footer.facts(sessions).n // FOUND
        file = beside(
            sessions, f"found-{name}.parquet", partial(_find, sessions.at(None), texts, there, most)
        )
        if file is not None and footer.facts(aside := ScoredSessions.of(file)).n < most:
            return (aside.at(filters.threshold), *filters.without_texts().where())
    return (sessions.at(filters.threshold), *filters.where())


def row_sql(searched: ScoredSessions, sessions: ScoredSessions) -> str:
    """Return the SQL of a session's row in the whole file, wherever ``searched_for`` looks."""
    return "CAST(file_row_number AS INTEGER)" if searched.path == sessions.path else ROW


def _find(sessions: ScoredSessions, texts: Filters, names: Sequence[str], most: int, out: Path) -> None:
    (view, bound), (where, params) = query.view_sql(sessions), texts.where()
    with query.connect() as connection:
        connection.execute(
            f"COPY (SELECT {', '.join(names)}, CAST(file_row_number AS INTEGER) AS {ROW} "
            f"FROM ({view}) WHERE {where} LIMIT {most}) "
            f"TO {literal(out)} (FORMAT parquet)",
            [*bound, *params],
        )
