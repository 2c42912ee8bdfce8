"""What the results page asks of scored sessions: figures, groups, distributions.

``ResultView`` answers for any ``Filters``; each answer is small, and kept for as long as the file stays
the same. Everything counts the same sessions: the table's total, the figures and the charts agree.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from core.base.errors import BundleError
from core.base.settings import get_settings
from core.bundle.repository import MANIFEST_FILE, check_name, read_manifest
from core.results import aggregates, distributions, footer, query
from core.results.accuracy import Quality
from core.results.aggregates import COLUMNS, DAYS, Span, Step
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import CUBES
from core.results.sums import Group, Sums, largest, together

__all__ = [
    "Group",
    "ResultView",
    "Span",
    "Step",
    "Sums",
    "largest",
    "together",
]

#: Points the map of clusters draws at most.
MAX_POINTS = 2_000


class ResultView:
    """The scored sessions of one Parquet file.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sessions = ScoredSessions.of(path)

    @property
    def told(self) -> frozenset[str]:
        """The columns that are known in at least one session."""
        return query.known_columns(self.sessions)

    @property
    def own(self) -> tuple[footer.ExtraColumn, ...]:
        """The export's own columns, those we have no name for, in order."""
        return footer.extra_columns(self.sessions)

    @property
    def span(self) -> Span:
        """All sessions of the result, unfiltered."""
        return aggregates.span(self.sessions)

    def threshold(self, bundle: str) -> float | None:
        """Return the threshold the sessions were scored with; None where no purchase is predicted.

        That is the bundle's, unless it has been replaced or given another one since; then as near as
        the sessions tell.
        """
        return _threshold(self.sessions, bundle, _stamp_of_bundle(bundle))

    @property
    def cluster_names(self) -> dict[int, str]:
        """Each cluster's name, by id."""
        return dict(aggregates.clusters(self.sessions))

    def kpis(self, filters: Filters) -> Sums:
        """Return the filtered sessions taken together."""
        return aggregates.kpis(self.sessions, filters.only_filters())

    def groups(self, filters: Filters, by: str) -> tuple[Group, ...]:
        """Return the filtered sessions by one of ``CHOICES``, or by ``day``, in the order of its values.

        Days are grouped by weeks (from Monday) once there are more than ``distributions.MAX_DAYS``.
        """
        cube = next(cube for cube in CUBES if by in cube)
        groups = aggregates.groups(self.sessions, filters.only_filters(), cube)[by]
        if by != "day":
            return groups
        return tuple(
            replace(group, key=None if group.key is None else date.fromisoformat(group.key))
            for group in groups
        )

    @property
    def weekly(self) -> bool:
        """Whether ``groups`` by ``day`` gives weeks: there are too many days."""
        return aggregates.weekly(self.sessions)

    def funnel(self, filters: Filters) -> tuple[Step, ...]:
        """Return the stages the export can tell of, in order."""
        return aggregates.funnel(self.sessions, filters.only_filters())

    def histogram(self, filters: Filters, of: str) -> distributions.Histogram:
        """Return how one of ``distributions.MEASURES`` is spread over the filtered sessions."""
        return aggregates.histogram(self.sessions, filters.only_filters(), of)

    def quality(self, filters: Filters) -> Quality | None:
        """Return how right the predictions were; None where no outcome is known."""
        return aggregates.quality(self.sessions, filters.only_filters())

    def points(self, filters: Filters, limit: int = MAX_POINTS) -> dict[str, list[Any]]:
        """Return a sample of sessions for the map of clusters: always the same one, drawn by hash."""
        return aggregates.points(self.sessions, filters.only_filters(), limit)

    def prepare(self, filters: Filters) -> None:
        """Find what the page shows of the filtered sessions, on all cores; afterwards it is kept."""
        known, plain = self.told, filters.only_filters()
        questions: dict[tuple[Any, ...], None] = {}
        # The longest first, so that no core waits for another at the end.
        if "purchase_probability" in known:
            # How far to trust a result is a question about all of it.
            questions[aggregates.quality, Filters()] = None
            if not plain.by_prediction:
                questions[aggregates.quality, plain] = None
        for cube in CUBES:
            for by in cube:
                if COLUMNS[by] in known or by == "cluster":
                    questions[aggregates.groups, plain.without(*(DAYS if by == "day" else (by,))), cube] = (
                        None
                    )
        for of, measure in distributions.MEASURES.items():
            if measure.column in known:
                questions[aggregates.histogram, plain.without(of), of] = None
        questions[aggregates.funnel, plain.without("reached")] = None
        for others in (plain.without("reached"), plain.without("threshold"), plain.without("p")):
            questions[aggregates.groups, others, CUBES[0]] = None
        questions[aggregates.points, plain.without("cluster"), MAX_POINTS] = None
        query.at_once([partial(ask, self.sessions, *more) for ask, *more in questions])


def _stamp_of_bundle(bundle: str) -> int | None:
    try:
        return (get_settings().models_dir / check_name(bundle) / MANIFEST_FILE).stat().st_mtime_ns
    except (OSError, BundleError):
        return None


@lru_cache(maxsize=64)
def _threshold(sessions: ScoredSessions, bundle: str, changed: int | None) -> float | None:
    span = aggregates.span(sessions)
    low, high = span.highest_no, span.lowest_yes
    if low is None and high is None:
        return None
    try:
        of_bundle = read_manifest(bundle).threshold if changed is not None else None
    except BundleError:
        of_bundle = None
    if of_bundle is not None and (low is None or low < of_bundle) and (high is None or of_bundle <= high):
        return of_bundle
    return high if high is not None else low
