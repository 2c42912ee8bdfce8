"""The sample of a large result lies beside it, and comes back as it was to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.explain import importance, prewarm, sampled, sampling
from core.explain.prewarm import prepare_reasons
from core.results import cache
from core.results.filters import Filters
from core.results.sources import Source, find_source
from tests.core.whatif.shop import Shop


@pytest.fixture
def source(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """Let a few hundred sessions count as many."""
    monkeypatch.setattr(cache, "LARGE", 10)
    monkeypatch.setattr(prewarm, "LARGE", 10)
    sampling._samples.clear()
    yield find_source(shop.result.id)
    sampling._samples.clear()


def _beside(source: Source) -> list[Path]:
    return sorted(source.path.parent.rglob("why-*.npz"))


def test_another_process_finds_the_same_sample(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    # The model of this result gives no reasons for revenue: that is no trouble.
    prepare_reasons(source.id)
    made = sampled(source, Filters())
    assert len(_beside(source)) == 1
    sampling._samples.clear()
    with monkeypatch.context() as nothing:
        nothing.setattr(sampling, "explain", None)
        found = sampled(source, Filters())
    for name in ("effects", "points", "prediction"):
        np.testing.assert_array_equal(getattr(found.explained, name), getattr(made.explained, name))
    assert (found.n, found.total, found.currency) == (made.n, made.total, made.currency)
    assert found.explained.table.equals(made.explained.table)
    assert found.explained.base == made.explained.base
    assert importance(found) == importance(made)


def test_what_can_t_be_read_is_made_again(source: Source) -> None:
    made = sampled(source, Filters())
    (file, *_) = _beside(source)
    file.write_bytes(b"not a sample")
    sampling._samples.clear()
    np.testing.assert_array_equal(sampled(source, Filters()).explained.points, made.explained.points)


def test_filters_are_kept_in_memory_only(source: Source) -> None:
    before = len(_beside(source))
    sampled(source, Filters(p=(0.01, None)))
    assert len(_beside(source)) == before
    prepare_reasons("no-such-result")
