"""What the page of journeys asks first of a large result, found before anybody opens it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import get_args

import duckdb

from core.base.errors import CoreError
from core.journeys.abandonment import abandonment
from core.journeys.funnel import funnel
from core.journeys.paths import paths_of
from core.journeys.steps import View, journeys
from core.journeys.times import step_times
from core.results import footer, query
from core.results.cache import LARGE
from core.results.filters import Filters
from core.results.sources import find_source
from core.results.view import ResultView

_log = logging.getLogger(__name__)


def prepare_journeys(result_id: str) -> None:
    """Lay the paths of a large result aside, and keep what its page shows without filters.

    Nothing depends on it: whatever isn't kept is found when it is asked.
    """
    try:
        source, every = find_source(result_id), Filters()
        if footer.facts(source.scored).n < LARGE:
            return
        level = paths_of(source).usual_level
        questions: list[Callable[[], object]] = [
            partial(journeys, source, every, view=view, level=level) for view in get_args(View)
        ]
        questions += [partial(funnel, source, every), partial(step_times, source, every)]
        threshold = ResultView(source.path).threshold(source.bundle)
        if threshold is not None:
            questions.append(partial(abandonment, source, every, threshold, level=level))
        query.at_once([partial(_answered, question) for question in questions])
    except (CoreError, OSError, duckdb.Error) as error:
        _log.info("Journeys of %s were not prepared: %s", result_id, error)


def _answered(question: Callable[[], object]) -> None:
    try:
        question()
    except CoreError as error:
        # An export without moments, for example: its page says so.
        _log.debug("Not prepared: %s", error)
