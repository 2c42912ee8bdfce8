"""Home over HTTP: first run, one export, several that overlap, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from dash.exceptions import PreventUpdate

from core.base.settings import get_settings
from core.storage import Store, get_store
from tests.core.results.history.exports import FIRST, add_result, sessions
from tests.pages.dashing import Client, Page, given


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield get_store()
    get_store().close()
    get_settings.cache_clear()


@pytest.fixture
def client(store: Store) -> Iterator[Client]:
    from app import server

    with given(server, get_settings()) as opened:
        yield opened


def words(client: Client, address: str = "/") -> str:
    return " ".join(Page(client, address).text().split())


def test_the_first_run_says_what_to_do(client: Client, store: Store) -> None:
    said = words(client)
    assert "Start with your own data" in said
    assert "made up" not in said, "there is no demo shop here"
    add_result(store, sessions(20), "demo.csv", synthetic=True)
    said = words(client)
    assert "Until then you see the synthetic demo shop below. Its figures are made up." in said
    assert "The demo shop over time" in said


def test_one_export_has_its_figures_and_nothing_to_compare_with(client: Client, store: Store) -> None:
    frame = sessions(20)
    add_result(store, frame, "one.csv")
    said = words(client)
    assert "Start with your own data" not in said
    assert "Your shop over time" in said
    assert f"Buyers {int(frame['purchased'].sum())} Conversion" in said
    assert "2 Mar 2026 to 21 Mar 2026; no export covers the previous 20 days" in said
    gap = words(client, "/?from=2026-02-27&to=2026-03-21")
    assert "3 of the 23 days have no sessions in any export." in gap
    assert "1 of the 2 days has no sessions in any export." in words(
        client, "/?from=2026-03-01&to=2026-03-02"
    )
    assert "What changed most" not in said


def test_an_export_of_one_day_has_figures_and_no_charts_over_time(client: Client, store: Store) -> None:
    add_result(store, sessions(1), "day.csv")
    said = words(client)
    assert "There is one day of sessions here" in said
    assert "2 Mar 2026; no export covers the " in said
    assert "1 days" not in said
    assert "By week" not in said, "there is no period to choose"


def test_exports_without_times_are_no_first_run(client: Client, store: Store) -> None:
    add_result(store, sessions(5).assign(started_at=pd.NaT), "undated.csv")
    said = words(client)
    assert "Nothing over time yet" in said
    assert "Start with your own data" not in said


def test_overlapping_exports_are_counted_once_and_said(client: Client, store: Store) -> None:
    whole = sessions(20)
    add_result(store, whole[whole["started_at"] < "2026-03-14"], "first.csv")
    add_result(store, whole[whole["started_at"] >= "2026-03-10"], "second.csv")
    said = words(client, "/?range=all")
    assert "Sessions 4,000" in said
    assert "From 2 exports" in said
    assert "800 sessions are in more than one export; each counts once, as in the newest." in said


def test_other_currencies_stand_apart(client: Client, store: Store) -> None:
    euros, dollars = sessions(10), sessions(10, seed=4, first=FIRST + timedelta(days=10))
    add_result(store, euros, "eur.csv")
    add_result(store, dollars, "usd.csv", currency="USD")
    said = words(client, "/?range=all")
    assert f"Revenue €{euros['revenue'].sum():,.0f}" in said
    assert f"left out; over all days it is ${dollars['revenue'].sum():,.0f}." in said


def test_a_fall_is_an_alert_with_a_link_and_its_groups(client: Client, store: Store) -> None:
    add_result(store, sessions(14, share=0.09), "before.csv")
    fell = sessions(14, share=0.09, first=FIRST + timedelta(days=14), seed=5)
    fell.loc[fell["channel"] == "email", ["purchased", "revenue"]] = [False, 0.0]
    newest = add_result(store, fell, "after.csv")
    page = Page(client, "/?from=2026-03-16&to=2026-03-29")
    said = " ".join(page.text().split())
    assert "Conversion fell" in said
    hrefs = {part["props"].get("href") for part in page.components()}
    assert f"/results/{newest.id}?from=2026-03-16&to=2026-03-29" in hrefs
    assert f"/results/{newest.id}?from=2026-03-16&to=2026-03-29&channel=email" in hrefs
    assert "too few to" in words(client, "/?from=2026-03-16&to=2026-03-18")


def test_only_other_days_than_those_shown_are_a_choice() -> None:
    from pages.home import choose_days

    shown = ["2026-03-02", "2026-03-29"]
    assert choose_days("2026-03-03", "2026-03-29", shown) == "/?from=2026-03-03&to=2026-03-29"
    for first, last in (("2026-03-02", "2026-03-29"), (None, "2026-03-29"), ("2026-03-30", "2026-03-29")):
        with pytest.raises(PreventUpdate):
            choose_days(first, last, shown)
