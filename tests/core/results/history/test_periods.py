"""A period against the one before: changes with their intervals, and what they are made of."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.results.history.history import History, read_history
from core.results.history.periods import before, changes, effects, foreseen, period, strongest
from tests.core.results.history.exports import FIRST, export, sessions


def told(folder: Path, *frames: pd.DataFrame) -> History:
    found = read_history([export(folder, str(place), frame) for place, frame in enumerate(frames)], "EUR")
    assert found is not None
    return found


def after(days: int) -> date:
    return FIRST + timedelta(days=days)


def test_a_fall_of_conversion_is_beyond_chance_and_an_unchanged_shop_is_not(tmp_path: Path) -> None:
    fell = told(
        tmp_path / "fell", sessions(14, share=0.09), sessions(14, share=0.04, first=after(14), seed=5)
    )
    now = period(fell, after(14), after(27))
    change = changes(fell, now, before(fell, now))["conversion"]
    assert change.is_sure
    assert change.difference is not None
    assert change.difference.high < 0
    assert change.now == pytest.approx(fell.total(now.first, now.last).conversion)

    same = told(tmp_path / "same", sessions(28, seed=8))
    now = period(same, after(14), after(27))
    assert not any(change.is_sure for change in changes(same, now, before(same, now)).values())


def test_counts_are_compared_by_day_so_that_a_gap_is_no_fall(tmp_path: Path) -> None:
    whole = sessions(28)
    gap = whole[(whole["started_at"] < "2026-03-20") | (whole["started_at"] >= "2026-03-23")]
    history = told(tmp_path, gap)
    now = period(history, after(14), after(27))
    change = changes(history, now, before(history, now))["sessions"]
    assert (len(now.days), now.length) == (11, 14)
    assert change.now == 11 * 200
    assert change.difference is not None
    assert change.difference.value == pytest.approx(0)


def test_days_that_differ_so_much_that_a_figure_might_fall_below_nothing_tell_nothing(tmp_path: Path) -> None:
    every = sessions(28)
    day = (every["started_at"] - pd.Timestamp(FIRST)).dt.days
    history = told(
        tmp_path, every[(day % 14 == 3) | ~every.duplicated("started_at") & (every.index % 200 == 0)]
    )
    now = period(history, after(14), after(27))
    change = changes(history, now, before(history, now))["sessions"]
    assert (len(now.days), change.before) == (14, change.now)
    assert change.difference is None


def test_too_few_days_or_buyers_tell_nothing(tmp_path: Path) -> None:
    few = told(tmp_path / "few", sessions(6))
    now = period(few, after(3), after(5))
    assert changes(few, now, before(few, now))["sessions"].difference is None
    none = told(tmp_path / "none", sessions(14, share=0.0))
    now = period(none, after(7), after(13))
    found = changes(none, now, before(none, now))
    assert found["conversion"].difference is None
    assert found["buyers"].difference is None
    first = period(none, after(0), after(13))
    assert changes(none, first, before(none, first))["sessions"].before is None, "nothing lies before"


@pytest.mark.parametrize("measured", ["conversion", "revenue"])
def test_contributions_of_a_grouping_add_up_to_the_whole_change(tmp_path: Path, measured: str) -> None:
    old, new = sessions(14), sessions(14, share=0.03, first=after(14), seed=4)
    history = told(tmp_path, old, new)
    now = period(history, after(14), after(27))
    name = "purchased" if measured == "conversion" else "revenue"
    whole = new[name].mean() - old[name].mean()

    found = effects(history, now, before(history, now), measured)

    assert set(found) == {"channel", "device"}
    for there in found.values():
        assert sum(effect.total for effect in there) == pytest.approx(whole)


def test_a_channel_that_stopped_buying_is_named_first(tmp_path: Path) -> None:
    old, new = sessions(14, a_day=600), sessions(14, a_day=600, first=after(14), seed=4)
    new.loc[new["channel"] == "email", ["purchased", "revenue"]] = [False, 0.0]
    history = told(tmp_path, old, new)
    now = period(history, after(14), after(27))
    first = strongest(effects(history, now, before(history, now), "conversion"))[0]
    assert (first.by, first.key, first.sure) == ("channel", "email", True)
    assert first.total < 0


def test_what_was_foreseen_has_the_range_of_chance(tmp_path: Path) -> None:
    frame = sessions(20, a_day=400)
    history = told(tmp_path, frame)
    total = history.total(history.first, history.last)
    expected = foreseen(total)
    assert expected is not None
    assert expected.value == pytest.approx(frame["purchase_probability"].sum())
    assert expected.low < total.came < expected.high
