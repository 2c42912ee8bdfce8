"""Session rows from canonical events: one definition of every feature, for any engine.

``session_rows`` is the definition, an Ibis expression. ``build_sessions`` runs it over a file in
DuckDB, ``rows_of`` over a small table in memory. Every feature is *as of* the first purchase: events
at or after it reach no feature.
"""

from __future__ import annotations

from core.features.duck import build_sessions, rows_of
from core.features.expression import session_rows

__all__ = ["build_sessions", "rows_of", "session_rows"]
