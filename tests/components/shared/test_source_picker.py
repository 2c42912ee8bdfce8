"""The list of results to choose from tells those of one name apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from components.shared.source_picker import source_options
from core.results.sources import Source

FIRST = Source(
    id="r1",
    name="March",
    description="",
    path=Path(),
    bundle="demo-shop",
    currency=None,
    synthetic=False,
    made=datetime(2026, 3, 1, 14, 30, tzinfo=UTC),
)


def test_results_of_one_name_and_day_have_their_time_and_the_older_is_marked() -> None:
    older = replace(FIRST, id="r2", made=datetime(2026, 3, 1, 9, 5, tzinfo=UTC), is_older=True)
    other = replace(FIRST, id="r3", name="April", is_older=True)
    assert [option["label"] for option in source_options([FIRST, older, other], FIRST)] == [
        "March · 1 Mar 2026, 14:30 UTC",
        "March · 1 Mar 2026, 09:05 UTC · older",
        "April · 1 Mar 2026 · older",
    ]


def test_what_is_shown_is_in_the_list() -> None:
    elsewhere = replace(FIRST, id="r9", name="May")
    assert [option["value"] for option in source_options([FIRST], elsewhere)] == ["r9", "r1"]
