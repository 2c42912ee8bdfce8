"""From a dropped file to figures, table and downloads that agree, in a real browser on a real server."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.base.written import SMALL_ESTIMATE
from tests.browser.reading import chart, figure, settle, table_twin, upload

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The seed's sample table: its own headers, its own spellings.
SEED_HEADERS = ["Session ID", "Avg Price", "Clicks", "Color Group", "Country", "Day of Week"]
SEED_ROWS = [
    ["1001", "41.50", "12", "Dark", "Poland", "Monday"],
    ["1002", "28.00", "3", "Neutral", "Germany", "Saturday"],
    ["1003", "55.25", "31", "Warm", "United Kingdom", "Wednesday"],
    ["1004", "33.00", "1", "Multi", "Czech Republic", "Sunday"],
    ["1005", "47.75", "8", "Cool", "Germany", "Friday"],
]


def assert_answer_in_sight(page: Page) -> None:
    """Likely buyers, their worth and how far to trust that are there without looking for them."""
    before = page.viewport_size
    for width, height, screens in ((1440, 900, 1), (390, 844, 2)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("window.scrollTo(0, 0)")
        # Charts follow a window's width in a moment.
        settle(page)
        trust = page.get_by_text(re.compile("Don't act on it|of buyers in the top 10%")).first
        for shown in (figure(page, "Expected buyers"), figure(page, "Expected revenue"), trust):
            expect(shown).to_be_visible()
            box = shown.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= screens * height, (width, shown)
    page.set_viewport_size(before)


def amount(text: str) -> float:
    """Read a number as the page writes it."""
    return float(re.sub(r"[^\d.-]", "", text))


def downloads(page: Page, result_id: str, query: str = "") -> dict[str, pd.DataFrame]:
    """Fetch all three downloads, as frames."""
    found = {}
    for fmt in ("csv", "parquet", "xlsx"):
        answer = page.request.get(f"/api/results/{result_id}/download.{fmt}{query}")
        assert answer.ok, answer.text()
        found[fmt] = answer.body()
    sheet = openpyxl.load_workbook(io.BytesIO(found["xlsx"]), read_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    return {
        "csv": pd.read_csv(io.BytesIO(found["csv"]), dtype={"session_id": str}),
        "parquet": pd.read_parquet(io.BytesIO(found["parquet"])),
        "xlsx": pd.DataFrame(rows, columns=header),
    }


def assert_all_agree(page: Page, result_id: str, n_sessions: int) -> None:
    """Figures, charts' tables, grid and downloads tell the same, as exactly as each is written."""
    settle(page)
    assert amount(figure(page, "Sessions").inner_text()) == n_sessions
    frames = downloads(page, result_id)
    for frame in frames.values():
        assert len(frame) == n_sessions
        assert frame["session_id"].nunique() == n_sessions
    totals = {fmt: round(float(frame["expected_revenue"].sum()), 2) for fmt, frame in frames.items()}
    assert len(set(totals.values())) == 1, totals
    worth = figure(page, "Expected revenue").inner_text()
    if frames["parquet"]["expected_revenue"].notna().any():
        near = 0.5 if totals["csv"] >= SMALL_ESTIMATE else 0.005  # larger estimates are in whole units
        assert amount(worth) == pytest.approx(totals["csv"], abs=near)
    else:
        assert worth == "–"
    buyers = int(frames["parquet"]["predicted_purchase"].sum())
    assert amount(figure(page, "Likely buyers").inner_text()) == buyers
    # A chart of one bar isn't drawn.
    if len(set(frames["parquet"]["cluster_name"])) > 1:
        assert chart_total(page, "Clusters", "Sessions") == n_sessions
    page.get_by_role("navigation", name="Pages of this result").get_by_role("link", name="Sessions").click()
    shown = page.locator(".results-grid .ag-paging-row-summary-panel-number[data-ref='lbRecordCount']")
    expect(shown).to_have_text(f"{n_sessions:,}")


def chart_total(page: Page, title: str, column: str) -> float:
    """Add up a column of a chart's table twin."""
    twin = table_twin(chart(page, title))
    names = twin.locator("thead th").all_text_contents()
    place = next(i for i, name in enumerate(names) if name.casefold().startswith(column.casefold()))
    cells = twin.locator(f"tbody tr td:nth-child({place + 1}), tbody tr th:nth-child({place + 1})")
    return sum(amount(text) for text in cells.all_text_contents())


@pytest.mark.parametrize(
    ("name", "n_sessions"),
    [
        ("rees46_2019-10-01.csv", None),
        pytest.param("eshop_clothing_2008.csv.gz", 24_026, marks=pytest.mark.slow),
        pytest.param("online_shoppers_intention.csv", 12_330, marks=pytest.mark.slow),
    ],
)
def test_a_real_export_ends_on_its_results(
    page: Page, shared_data: Path, name: str, n_sessions: int | None
) -> None:
    source = shared_data / name
    if n_sessions is None:
        with source.open(newline="") as lines:
            n_sessions = len({row["user_session"] for row in csv.DictReader(lines)} - {"", None})
    result_id = upload(page, source)
    assert_answer_in_sight(page)
    assert_all_agree(page, result_id, n_sessions)


def test_session_rows_with_just_the_seeds_columns(page: Page, tmp_path: Path) -> None:
    source = tmp_path / "sessions.csv"
    with source.open("w", newline="") as lines:
        csv.writer(lines).writerows([SEED_HEADERS, *SEED_ROWS])
    result_id = upload(page, source)
    assert_all_agree(page, result_id, len(SEED_ROWS))
    frame = downloads(page, result_id)["parquet"].set_index("session_id")
    assert frame.loc["1005", "country_group"] == "Germany"
    assert frame.loc["1004", "country_group"] == "EU"
    assert frame.loc["1003", "country_group"] == "Non-EU"
    assert frame.loc["1002", "day_of_week"] == 6
    assert frame["purchase_probability"].nunique() == len(SEED_ROWS)
