"""Exports told together: nothing twice, nothing added up that isn't of one kind."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.results.comparison.counts import ALL
from core.results.history import history
from core.results.history.history import read_history
from tests.core.results.history.exports import FIRST, export, sessions


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_a_session_of_two_exports_counts_once_as_the_newer_says(tmp_path: Path) -> None:
    whole = sessions(14)
    old, new = whole[whole["started_at"] < "2026-03-12"], whole[whole["started_at"] >= "2026-03-09"].copy()
    # The older export was made before the last orders came in.
    old = old.assign(purchased=False, revenue=0.0)
    both = [export(tmp_path, "new", new), export(tmp_path, "old", old)]

    told = read_history(both, "EUR")

    assert told is not None
    assert told.total(told.first, told.last).n == len(whole)
    assert told.twice == len(old) + len(new) - len(whole) == 3 * 200
    late = whole[whole["started_at"] >= "2026-03-09"]
    assert told.total(day(7), day(13)).buyers == int(late["purchased"].sum())
    assert told.total(day(0), day(6)).buyers == 0
    other_way = read_history(both[::-1], "EUR")
    assert other_way is not None
    assert other_way.total(day(7), day(9)).buyers == 0, "now the export without orders is the newer one"


def test_two_halves_of_the_same_days_are_both_counted(tmp_path: Path) -> None:
    whole = sessions(7)
    mobile = whole["device"] == "mobile"
    told = read_history(
        [export(tmp_path, "mobile", whole[mobile]), export(tmp_path, "desktop", whole[~mobile])], "EUR"
    )
    assert told is not None
    assert (told.total(told.first, told.last).n, told.twice) == (len(whole), 0)


def test_plain_numbers_as_ids_are_not_the_same_session(tmp_path: Path) -> None:
    one, other = sessions(3, seed=1), sessions(3, seed=2)
    for frame, who in ((one, "a"), (other, "b")):
        frame["session_id"] = [str(place) for place in range(len(frame))]
        frame["visitor_id"] = [f"{who}{place}" for place in range(len(frame))]
    told = read_history([export(tmp_path, "one", one), export(tmp_path, "other", other)], "EUR")
    assert told is not None
    assert told.total(told.first, told.last).n == len(one) + len(other)


def test_the_same_days_with_other_session_ids_are_known_by_their_visitors(tmp_path: Path) -> None:
    whole = sessions(5)
    renamed = whole.assign(session_id="x" + whole["session_id"])
    told = read_history([export(tmp_path, "new", renamed), export(tmp_path, "old", whole)], "EUR")
    assert told is not None
    assert (told.total(told.first, told.last).n, told.twice) == (len(whole), len(whole))


def test_currencies_are_never_one_sum(tmp_path: Path) -> None:
    euros, dollars = sessions(7), sessions(7, first=date(2026, 4, 1), seed=3)
    told = read_history(
        [export(tmp_path, "usd", dollars, "USD"), export(tmp_path, "eur", euros, "EUR")], "EUR"
    )
    assert told is not None
    total = told.total(told.first, told.last)
    assert (told.currency, total.revenue) == ("EUR", euros["revenue"].sum())
    assert told.apart == {"USD": dollars["revenue"].sum()}
    assert total.buyers == euros["purchased"].sum() + dollars["purchased"].sum()
    (whole,) = told.cells(told.first, told.last)[ALL]
    assert whole.revenue.total == euros["revenue"].sum()
    nowhere = read_history([export(tmp_path, "usd2", dollars, "USD")], "EUR")
    assert nowhere is not None
    assert nowhere.currency == "USD", "the shop's currency is in none of them"


def test_what_was_foreseen_is_told_of_sessions_with_an_outcome(tmp_path: Path) -> None:
    whole = sessions(7)
    whole["purchased"] = whole["purchased"].astype(object).where(whole["device"] == "mobile", None)
    told = read_history([export(tmp_path, "one", whole)], "EUR")
    assert told is not None
    total, known = told.total(told.first, told.last), whole[whole["device"] == "mobile"]
    assert total.n_paired == total.n_known == len(known)
    assert total.foreseen == pytest.approx(known["purchase_probability"].sum())
    assert total.came == known["purchased"].sum()
    paid = whole[whole["revenue"].notna() & whole["expected_revenue"].notna()]
    assert (total.n_worth, total.worth_came) == (len(paid), paid["revenue"].sum())
    assert total.worth_foreseen == pytest.approx(paid["expected_revenue"].sum())
    assert total.probability == pytest.approx(whole["purchase_probability"].sum())


def test_exports_without_times_are_named_and_not_counted(tmp_path: Path) -> None:
    undated = sessions(2).assign(started_at=pd.NaT)
    assert read_history([export(tmp_path, "undated", undated)], "EUR") is None
    told = read_history([export(tmp_path, "again", undated), export(tmp_path, "dated", sessions(2))], "EUR")
    assert told is not None
    assert (told.undated, told.total(told.first, told.last).n) == (("again.csv",), 400)


def test_each_grouping_adds_up_to_all_sessions(tmp_path: Path) -> None:
    told = read_history([export(tmp_path, "one", sessions(7))], "EUR")
    assert told is not None
    cells = told.cells(day(0), day(2))
    assert set(cells) == {ALL, "channel", "device"}, "groupings the export has nothing of are left out"
    (whole,) = cells[ALL]
    for by in ("channel", "device"):
        assert sum(cell.n for cell in cells[by]) == whole.n == 600
        assert sum(cell.conversion.total for cell in cells[by]) == whole.conversion.total


def test_what_was_counted_is_read_and_not_counted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [export(tmp_path, "new", sessions(5)), export(tmp_path, "old", sessions(9))]
    first = read_history(both, "EUR")
    history._read_history.cache_clear()
    monkeypatch.setattr("core.results.history.daily._write", lambda *_: pytest.fail("counted again"))
    again = read_history(both, "EUR")
    assert first is not None
    assert again is not None
    assert first.days == again.days
    assert read_history([], "EUR") is None


def test_a_deleted_result_is_left_out(tmp_path: Path) -> None:
    kept, gone = export(tmp_path, "kept", sessions(3)), export(tmp_path, "gone", sessions(9))
    gone.sessions.path.unlink()
    told = read_history([gone, kept], "EUR")
    assert told is not None
    assert [one.id for one in told.exports] == ["kept"]
