"""What is found for the pages of a large result once it is there: they ask for nothing anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.audiences import default_definition, select
from core.audiences import selection as selecting
from core.base.settings import Settings
from core.explain import prewarm as reasons_prewarm
from core.explain import sampled, sampling
from core.report import prediction_intervals, top_shares
from core.results import cache, query
from core.results.filters import Filters
from core.results.sources import Source, find_source
from core.scoring import prewarm
from core.scoring.prewarm import prepare_pages
from core.storage import get_store
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]


@pytest.fixture
def settings(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Let a few hundred sessions count as many."""
    monkeypatch.setattr(cache, "LARGE", 10)
    monkeypatch.setattr(prewarm, "LARGE", 10)
    monkeypatch.setattr(reasons_prewarm, "LARGE", 10)
    _forget()
    yield get_store().settings
    _forget()


def _forget() -> None:
    cache.forget()
    sampling._samples.clear()


def test_pages_find_their_beginnings_there(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = find_source(shop.result.id)
    asked = _begin(source)
    _forget()
    prepare_pages(source.id, settings)
    # Another process: of the sessions nothing is asked again.
    _forget()
    sampled(source, Filters())
    monkeypatch.setattr(query, "ask", None)
    monkeypatch.setattr(selecting, "_rank", None)
    for found, before in zip(_begin(source), asked, strict=True):
        np.testing.assert_array_equal(found, before)


def test_a_small_result_is_left_alone(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prewarm, "LARGE", 10**9)
    monkeypatch.setattr("core.journeys.prewarm.prepare_journeys", None)
    prepare_pages(shop.result.id, settings)
    prepare_pages("no-such-result", settings)


def _begin(source: Source) -> list[object]:
    sessions = source.scored
    selection = select(source, default_definition(source))
    return [
        np.array(selection.ranked),
        selection.n,
        top_shares(sessions, Filters()),
        repr(prediction_intervals(sessions, Filters())),
    ]
