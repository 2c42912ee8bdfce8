"""The ten likeliest: the right ten, in order, each with what speaks for a purchase."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.explain import explain_one, likeliest, likely
from core.explain.likely import LIKELIEST
from core.results import cache, tallies
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import find_source
from tests.core.results.scored import scored_frame, write_scored
from tests.core.whatif.shop import Shop


def test_the_ten_likeliest_are_those_of_the_highest_probability(shop: Shop) -> None:
    found = likeliest(find_source(shop.result.id), Filters())
    rows = sorted(shop.rows, key=lambda row: (-row["purchase_probability"], row["session_id"]))[:LIKELIEST]
    assert [one.session_id for one in found] == [row["session_id"] for row in rows]
    assert [one.probability for one in found] == [row["purchase_probability"] for row in rows]
    assert [one.purchased for one in found] == [row["purchased"] for row in rows]


def test_each_has_the_strongest_reason_for_a_purchase(shop: Shop) -> None:
    rows = {row["session_id"]: row for row in shop.rows}
    for one in likeliest(find_source(shop.result.id), Filters()):
        parts = explain_one(shop.predictor, rows[one.session_id]).contributions
        best = next(part for part in parts if part.points > 0)
        assert one.reason is not None
        assert f"+{100 * best.points:.1f}" in one.reason or f"+{100 * best.points:.0f}" in one.reason


def test_filters_count_and_few_are_fewer(shop: Shop) -> None:
    source = find_source(shop.result.id)
    one = shop.rows[0]["session_id"]
    assert [found.session_id for found in likeliest(source, Filters(q=one))] == [one]
    assert likeliest(source, Filters(q="nobody like it")) == ()


def test_without_its_model_they_are_named_all_the_same(shop: Shop, monkeypatch) -> None:
    source = find_source(shop.result.id)
    monkeypatch.setattr("core.explain.likely.source_manifest", lambda source: None)
    found = likeliest(source, Filters())
    assert len(found) == LIKELIEST
    assert all(one.reason is None for one in found)


@pytest.mark.parametrize("equals", [0, 200], ids=["too many equals", "few equals"])
def test_those_of_a_large_file_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, equals: int
) -> None:
    frame = scored_frame(1000)
    # Some are equal, and some only in single precision.
    frame["purchase_probability"] = frame["purchase_probability"].round(2) + 1e-12 * (frame.index % 3)
    frame.loc[frame.index % 5 == 0, "purchase_probability"] = np.nan
    sessions = ScoredSessions.of(write_scored(frame, tmp_path / "sessions.parquet"))
    every = [Filters(), Filters(q="S000"), Filters(buyer=False, threshold=0.3), Filters(cluster=(9,))]

    def found() -> list[object]:
        cache.forget()
        return [likely._likeliest(sessions, filters, None, None) for filters in every]

    plain = found()
    monkeypatch.setattr(cache, "LARGE", 500)
    monkeypatch.setattr(tallies, "PART", 64)
    monkeypatch.setattr(likely, "EQUALS", equals)
    assert found() == plain
    assert [len(some) for some in plain] == [LIKELIEST, LIKELIEST, LIKELIEST, 0]
