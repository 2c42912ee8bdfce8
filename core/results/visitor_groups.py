"""Each session's visitor as one of some thousand groups: of a large file found once, and kept beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.results import footer, query
from core.results.accuracy import VISITOR, Array
from core.results.cache import LARGE, column_on_disk
from core.results.scored_sessions import ScoredSessions


def visitor_groups(sessions: ScoredSessions) -> Callable[[Array], Array] | None:
    """Return what gives sessions' groups by their rows in a large file; None of a small one.

    Ids are long, and hashing millions of them takes longer than all else that is measured.
    """
    if footer.facts(sessions).n < LARGE:
        return None
    plain = sessions.at(None)

    def make() -> Array:
        return np.asarray(query.arrays(plain, f"SELECT {VISITOR} FROM sessions")["visitor"])

    return lambda rows: np.asarray(column_on_disk(plain, "visitor-groups", make))[rows]
