"""Home and settings in a browser: exports that overlap, and a shop with its own clock and formats."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import with_demo
from tests.browser.reading import choose_time_zone, upload
from tests.serving import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

COLUMNS = ("session_id", "visitor_id", "timestamp", "event_type", "product_id", "price", "channel", "device")
A_DAY, DAYS = 12, 12
FIRST = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a shop of its own: what other tests have scored would count on home, too."""
    data_dir = with_demo(tmp_path_factory.mktemp("home") / "data")
    with serving(data_dir, PREDICTOR_WEB_WORKERS="1") as running:
        yield running


def write(path: Path, first: int, last: int) -> int:
    """Write the events of some days, the same whenever they are written; return how many sessions bought."""
    bought = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for day in range(first, last):
            for place in range(A_DAY):
                # The first session of a day begins in its last hour: tomorrow, by a clock further east.
                start = FIRST + timedelta(days=day, hours=23 if place == 0 else place, minutes=30)
                about = (f"{day}-{place}", f"v{day}-{place}")
                seen = ("email" if place % 3 else "search", "mobile" if place % 2 else "desktop")
                out.writerow((*about, start.isoformat(), "product_view", "p1", 20, *seen))
                if place % 4 == 1:
                    bought += 1
                    later = start + timedelta(minutes=3)
                    out.writerow((*about, later.isoformat(), "purchase", "p1", 20, *seen))
    return bought


def test_two_exports_that_overlap_are_one_shop(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    expect(page.locator("#main")).to_contain_text("Start with your own data")
    write(tmp_path / "first.csv", 0, 8)
    write(tmp_path / "second.csv", 5, DAYS)
    bought = write(tmp_path / "whole.csv", 0, DAYS)

    upload(page, tmp_path / "first.csv")
    upload(page, tmp_path / "second.csv")
    page.goto("/?range=all")

    main = page.locator("#main")
    expect(main).to_contain_text("From 2 exports, 5 Oct 2026 to 16 Oct 2026")
    expect(main).to_contain_text(f"{3 * A_DAY} sessions are in more than one export")
    sessions, buyers = (page.locator(".kpi").nth(place).locator(".kpi-value") for place in (0, 1))
    expect(sessions).to_have_text(str(DAYS * A_DAY))
    expect(buyers).to_have_text(str(bought))
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(sessions).to_have_text(str(7 * A_DAY))
    page.locator("#home-from").fill("2026-10-06")
    page.locator("#home-from").press("Enter")
    page.wait_for_url(re.compile(r"from=2026-10-06"))
    expect(sessions).to_have_text(str(11 * A_DAY))
    expect(page.locator(".chart-plot .main-svg").first).to_be_visible()


def test_what_is_set_in_the_page_counts_for_the_next_export(page: Page, tmp_path: Path) -> None:
    page.goto("/settings")
    page.get_by_label("Shop name").fill("Berg & Tal")
    choose_time_zone(page, "Time zone", "Asia/Tokyo")
    page.get_by_label("Dates", exact=True).select_option("yyyy-mm-dd")
    page.get_by_label("Numbers").select_option("1.234,5")
    page.get_by_label("Internal traffic").fill("visitor_id = v*-1")
    page.get_by_role("button", name="Save").click()
    said = page.locator("#settings-said")
    expect(said).to_contain_text("Time zone: UTC → Asia/Tokyo")
    expect(said).to_contain_text("Existing results keep their time zone")
    page.reload()
    expect(page.get_by_label("Shop name")).to_have_value("Berg & Tal")

    write(tmp_path / "tokyo.csv", 20, 24)
    upload(page, tmp_path / "tokyo.csv")

    main = page.locator("#main")
    expect(main).to_contain_text("time zone: Asia/Tokyo")
    # Of four days eastern clocks make five; the team's own visits are left out.
    expect(main).to_contain_text("2026-10-25 – 2026-10-29")
    expect(main).to_contain_text(f"{4 * (A_DAY - 1)} sessions")
    expect(main).to_contain_text("day (Asia/Tokyo)")
    # The table writes its own numbers, and so do the axes of charts.
    page.get_by_role("link", name="Sessions", exact=True).click()
    probability = page.locator(".results-bar-text").first
    expect(probability).to_have_text(re.compile(r"^\d+,\d%$"))
    page.goto("/?range=all")
    expect(page.locator("h1")).to_have_text("Berg & Tal")
    page.goto("/settings")
    page.get_by_label("Currency rates").fill("USD 2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings-said")).to_contain_text("“USD 2” can't be read")
