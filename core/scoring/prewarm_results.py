"""What the first look at a result asks, found as soon as it is scored: then the page opens at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from core.base.errors import CoreError
from core.base.settings import get_settings
from core.results.cache import LARGE
from core.results.clusters import session_map
from core.results.clusters.profiles import ClusterView
from core.results.filters import Filters
from core.results.footer import facts
from core.results.history.daily import daily
from core.results.query import at_once
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import ID, TEXTS, rank
from core.results.table.row_store import store_rows
from core.results.view import ResultView
from core.storage._files import room

#: The rows are stored once more only while so many times their file's bytes may be written.
ROOM = 4

_log = logging.getLogger(__name__)


def warm(path: Path) -> None:
    """Answer what pages ask first about a large file of scored sessions, and keep it beside the file.

    Nothing depends on it: whatever isn't kept is answered when it is asked.
    """
    try:
        # Of a small one, too: home reads those of all results at once.
        daily(sessions := ScoredSessions.of(path))
        if facts(sessions).n < LARGE:
            return
        view, clusters = ResultView(path), ClusterView(path)
        view.prepare(Filters())
        first, *others = [outcome.cluster_id for outcome in clusters.outcomes().clusters] or [0]
        questions: list[Callable[[], object]] = [
            partial(clusters.typical, first),
            partial(rank, sessions, ID),
            *(partial(rank, sessions, name) for name in TEXTS if name in view.told),
            clusters.axes,
            clusters.profile,
            partial(session_map.on_map, sessions),
            *(partial(clusters.typical, cluster) for cluster in others),
        ]
        at_once(questions)
        if room(path.parent, kept_free=get_settings().min_free_bytes).usable > ROOM * path.stat().st_size:
            store_rows(sessions)
    except (CoreError, OSError, duckdb.Error) as error:
        _log.warning("Answers about %s could not be prepared: %s", path.parent.name, error)
