"""Real exports in a real browser: daily files of Google Analytics 4, and recipes used for the next export."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.reading import (
    RESULT,
    SCORED_WITHIN_MS,
    choose_files,
    choose_time_zone,
    figure,
    result_shown,
)
from tests.browser.test_upload import ROWS, choose

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST_DAY = 1_772_445_600  # 2 March 2026, 10:00 UTC
DAY = 86_400
VISITORS = 12
PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CAP = {"item_id": "A1", "item_category": "Hats", "price": 20.0, "quantity": "1"}
ROAD = ("session_start", "page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")


def event(name: str, second: int, visitor: str, agent: str, began: int) -> dict[str, Any]:
    """Return an event as BigQuery writes it: nested, integers as strings."""
    params = [
        {"key": "ga_session_id", "value": {"int_value": str(began)}},
        {"key": "user_agent", "value": {"string_value": agent}},
        {"key": "currency", "value": {"string_value": "CHF"}},
    ]
    bought = {"purchase_revenue": 20.0, "transaction_id": f"{visitor}-{began}"} if name == "purchase" else {}
    return {
        "event_timestamp": str((began + second) * 1_000_000),
        "event_name": name,
        "event_params": params,
        "user_pseudo_id": visitor,
        "geo": {"country": "Switzerland"},
        "ecommerce": bought,
        "items": [CAP] if name in ROAD[2:] else [],
    }


def daily_file(folder: Path, day: int) -> Path:
    """Write a day's file: ``VISITORS`` people, one of whom buys, and a robot that looks at two pages."""
    began = FIRST_DAY + day * DAY
    events = [
        event(name, 40 * step, f"visitor-{day}-{visitor}", PERSON, began + 60 * visitor)
        for visitor in range(VISITORS)
        for step, name in enumerate(ROAD if not visitor else ROAD[:3])
    ]
    events += [event("page_view", second, f"robot-{day}", ROBOT, began) for second in (0, 50)]
    path = folder / f"events_202603{2 + day:02}.json.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in events).encode()))
    return path


def scored(page: Page, zone: str) -> None:
    """Wait for the result, whose head says which clock its hours are by."""
    page.wait_for_url(RESULT, timeout=SCORED_WITHIN_MS)
    result_shown(page)
    expect(page.locator(".results-subtitle")).to_contain_text(f"time zone: {zone}")


def open_export(page: Page, name: str) -> None:
    page.goto("/upload")
    page.locator(".upload-history").get_by_role("link", name=name).first.click()
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))


def test_a_week_of_daily_files_is_one_result_and_the_eighth_day_is_read_like_it(
    page: Page, tmp_path: Path
) -> None:
    choose_files(page, *(daily_file(tmp_path, day) for day in range(7)))
    expect(page.get_by_label("One export, in several files")).to_be_checked()
    page.get_by_role("button", name="Upload 7 files").click()
    scored(page, "UTC")
    subtitle, notice = page.locator(".results-subtitle"), page.get_by_role("main")
    expect(subtitle).to_contain_text(f"{7 * VISITORS} sessions")
    expect(notice).to_contain_text("14 events from robots left out.")
    expect(notice).to_contain_text("CHF")

    week = "7 files, events_20260302.json.gz to events_20260308.json.gz"
    open_export(page, week)
    expect(figure(page, "Currency")).to_have_text("CHF")
    expect(figure(page, "Time zone")).to_have_text("UTC")
    expect(figure(page, "Left out as robots")).to_have_text("14")
    page.get_by_text("Change how its columns are read").click()
    page.get_by_text("Times, money and robots").click()
    choose_time_zone(page, "The shop's time zone", "Europe/Zurich")
    page.get_by_role("button", name="Score this export").click()
    scored(page, "Europe/Zurich")

    choose_files(page, daily_file(tmp_path, 7))
    scored(page, "Europe/Zurich")
    expect(subtitle).to_contain_text(f"{VISITORS} sessions")
    expect(notice).to_contain_text(f"Read as before, by the recipe of “{week}”.")
    expect(notice).to_contain_text("2 events from robots left out.")


def test_a_mapping_made_once_is_used_again_and_a_new_word_is_asked_for(page: Page, tmp_path: Path) -> None:
    rows = ROWS.replace("wann", "zeitpunkt")
    first, same, more = (tmp_path / f"{month}.csv" for month in ("october", "november", "december"))
    first.write_text(rows, encoding="utf-8")
    same.write_text(rows.replace(".03.", ".04."), encoding="utf-8")
    more.write_text(rows + "b;02.03.2026 9:01:00;gemerkt\n", encoding="utf-8")
    choose_files(page, first)
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))
    choose(page, "Which visit was it in?", "vorgang")
    choose(page, "What happened?", "was")
    choose(page, "When did it happen?", "zeitpunkt")
    page.get_by_label("angesehen", exact=True).select_option("product_view")
    page.get_by_text("3 of the first 3 rows can be used").wait_for()
    page.get_by_role("button", name="Score this export").click()
    page.wait_for_url(RESULT)

    choose_files(page, same)
    scored(page, "UTC")
    open_export(page, "november.csv")
    page.get_by_text("Read as before: the recipe of “october.csv”").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Recipe").click()

    recipe = tmp_path / "recipe.json"
    download.value.save_as(recipe)
    assert json.loads(recipe.read_text(encoding="utf-8"))["columns"]["session_id"] == "vorgang"
    choose_files(page, more)
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))
    page.get_by_text("These event names are new: gemerkt. Choose what they mean.").wait_for()
    expect(page.get_by_label("angesehen", exact=True)).to_have_value("product_view")
    page.set_input_files("#upload-recipe input[type=file]", str(recipe))
    page.get_by_role("status").get_by_text("Not scored yet").wait_for()
