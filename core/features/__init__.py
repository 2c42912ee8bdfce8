"""Session rows from canonical events: one definition of every feature, for any engine.

``session_rows`` is the definition, an Ibis expression. ``build_sessions`` runs it over a file in
DuckDB, ``session_batches`` does so without writing the result, ``rows_of`` runs it over a small table
in memory; ``compile_apart`` keeps its compiler out of a process. Every feature is *as of* the first
purchase: events at or after it reach no feature.
"""

from __future__ import annotations

from typing import Any

from core.features.duck import build_sessions, compile_apart, rows_of, session_batches

__all__ = ["build_sessions", "compile_apart", "rows_of", "session_batches", "session_rows"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # Ibis takes half a second to import, and only whoever builds the expression needs it.
    if name == "session_rows":
        from core.features.expression import session_rows

        return session_rows
    raise AttributeError(name)
