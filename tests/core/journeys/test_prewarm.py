"""What is found of a large result's journeys when it is scored, and serves whoever opens them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from core.journeys import abandonment, funnel, journeys, paths_of, prewarm, step_times
from core.journeys.prewarm import prepare_journeys
from core.journeys.steps import View
from core.results import cache, query
from core.results.filters import Filters
from core.results.sources import Source
from core.results.view import ResultView


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a few hundred sessions count as many."""
    monkeypatch.setattr(cache, "LARGE", 100)
    monkeypatch.setattr(prewarm, "LARGE", 100)
    cache.forget()
    yield
    cache.forget()


def _shown(source: Source) -> list[Any]:
    """Ask what the page asks when it is opened, and in its other views."""
    level, every = paths_of(source).usual_level, Filters()
    threshold = ResultView(source.path).threshold(source.bundle)
    assert threshold is not None
    found = [journeys(source, every, 5, view=view, level=level, merge=True) for view in get_args(View)]
    return [
        *found,
        funnel(source, every, "cluster"),
        abandonment(source, every, threshold, level=level),
        step_times(source, every, merge=True),
    ]


def test_the_page_finds_everything_there(
    simulated: Source, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _shown(simulated)
    cache.forget()
    prepare_journeys(simulated.id)
    file = paths_of(simulated).file
    assert file.exists()
    # Another process: nothing is counted again.
    cache.forget()
    ResultView(simulated.path).threshold(simulated.bundle)
    monkeypatch.setattr(query, "ask", None)
    assert _shown(simulated) == asked


def test_what_has_no_steps_is_left_as_it_is(large: None) -> None:
    prepare_journeys("no-such-result")
    prepare_journeys("training")
