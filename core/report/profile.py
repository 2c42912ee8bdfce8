"""How the filtered sessions of each cluster stand against all filtered sessions."""

from __future__ import annotations

from core.results import query
from core.results.cache import cached
from core.results.clusters.profiles import PROFILE_FIELDS, ProfileCell, profile_cells
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions


@cached(tuple[ProfileCell, ...])
def profile(sessions: ScoredSessions, filters: Filters) -> tuple[ProfileCell, ...]:
    """Return every cluster's average in every known feature, against all filtered sessions."""
    known = query.known_columns(sessions)
    names = [field.name for field in PROFILE_FIELDS if field.name in known]
    return profile_cells(sessions.at(filters.threshold), names, *filters.where())
