"""All that a report asks of its sessions, asked at once: one after the other takes long on millions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from core.report.prediction_interval import prediction_intervals, top_shares
from core.report.profile import profile
from core.report.scene import Scene
from core.results import aggregates, distributions, query
from core.results.filters import Filters
from core.results.session_arrays import CUBES
from core.results.view import MAX_POINTS


def prepare(scene: Scene) -> None:
    """Find what a report tells of its sessions, on all cores; afterwards it is kept."""
    sessions = scene.sessions
    # The longest first, so that no core waits for another at the end.
    questions: list[Callable[[], object]] = []
    if scene.predicts:
        questions += [partial(ask, sessions, scene.filters) for ask in (aggregates.quality, top_shares)]
        # How far to trust a result is a question about all of it.
        questions.append(partial(aggregates.quality, sessions, Filters()))
    questions += [partial(aggregates.groups, sessions, scene.filters, cube) for cube in CUBES]
    questions += [
        partial(ask, sessions, scene.filters) for ask in (profile, prediction_intervals, aggregates.funnel)
    ]
    questions += [
        partial(aggregates.histogram, sessions, scene.filters, of)
        for of, measure in distributions.MEASURES.items()
        if measure.column in scene.told
    ]
    questions.append(partial(aggregates.points, sessions, scene.filters, MAX_POINTS))
    query.at_once(questions)
