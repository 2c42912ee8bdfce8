"""Finds things on a page as a person does: by what stands there, not by how it is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

RESULT = re.compile(r"/results/[\w-]+$")
#: Reading, scoring and learning, on a machine that others want as well.
SCORED_WITHIN_MS = 180_000
#: How often a page is asked whether it is so far: with each of its frames, it would draw them for that alone.
POLLED_MS = 100
#: Nothing is waiting, every chart and map there is has been drawn, every table of sessions knows its number.
SETTLED = """() =>
    !document.querySelector('._dash-loading, [data-dash-is-loading=true], .dash-graph--pending, .why-waiting')
    && document.querySelector('#main h1') && !document.querySelector('#clusters-map:not([data-drawn])')
    && [...document.querySelectorAll('.dash-graph')].every(g => g.querySelector('.main-svg'))
    && [...document.querySelectorAll('.results-grid')].every(g => document.querySelector('#main .empty-state')
        || g.querySelector('.ag-row:not(.ag-row-loading)')
        && /^[0-9,]+$/.test(g.querySelector("[data-ref='lbRecordCount']")?.textContent || ''))"""
#: The same for a while: a table that is told its filters asks for its rows once more.
STAYS_SETTLED = f"""() => {{
    if (!({SETTLED})()) {{ delete window.settledSince; return false; }}
    window.settledSince ??= performance.now();
    return performance.now() - window.settledSince > 400;
}}"""
#: By how many pixels a page scrolls sideways.
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def figure(page: Page, label: str) -> Locator:
    """Return the figure that stands under a label; of several, the first."""
    term = page.get_by_role("term").filter(has_text=re.compile(f"^{re.escape(label)}")).first
    return term.locator("..").get_by_role("definition").first


def choose_time_zone(page: Page, label: str, name: str) -> None:
    """Choose a time zone as a person does: by typing its name into the list under a label."""
    page.get_by_label(label).click()
    page.keyboard.type(name)
    page.locator(".dash-dropdown-content").get_by_role("option", name=name.replace("/", " · ")).click()


def navigation(page: Page) -> Locator:
    """Return what leads to every page."""
    return page.get_by_role("navigation", name="Main")


def choose_files(page: Page, *paths: Path) -> None:
    """Open the upload page and choose files, as its dialog would."""
    page.goto("/upload")
    page.locator("#upload-file").set_input_files(paths)


def upload(page: Page, *paths: Path) -> str:
    """Choose files that are read without a question, wait for their result and return its id."""
    choose_files(page, *paths)
    page.wait_for_url(RESULT, timeout=SCORED_WITHIN_MS)
    result_shown(page)
    return page.url.rsplit("/", 1)[1]


def result_shown(page: Page, *, within_ms: int = SCORED_WITHIN_MS) -> None:
    """Wait for a finished result: what the export records stands there earlier, under the same names."""
    page.locator("#results-answer").wait_for(timeout=within_ms)


def chart(page: Page, title: str) -> Locator:
    """Return the card of the chart with this title."""
    heading = page.locator(".card-title", has_text=re.compile(f"^{title}$"))
    return page.locator(".chart-card").filter(has=heading)


def table_twin(card: Locator) -> Locator:
    """Open the table that says what a chart shows, which is drawn when it is opened; return it."""
    card.locator(".chart-toggle").click()
    table = card.locator(".chart-table table")
    table.wait_for()
    return table


def click_bar(bar: Locator) -> None:
    """Click in the middle of a chart's bar."""
    page = bar.page
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    # Plotly answers a click on what it has found under the pointer before.
    page.locator(".hoverlayer .hovertext").first.wait_for(state="attached")
    page.mouse.click(x, y)


def settle(page: Page) -> None:
    """Wait until a page is as it will stay; a busy machine takes its time over the charts."""
    if page.url.partition("?")[0].endswith(".html"):
        page.wait_for_load_state()
    else:
        page.evaluate("delete window.settledSince")
        page.wait_for_function(STAYS_SETTLED, timeout=120_000, polling=POLLED_MS)


def fits(page: Page) -> None:
    """Wait until nothing scrolls the page sideways: charts follow a window's width in a moment."""
    page.wait_for_function(f"() => {OVER} <= 0", polling=POLLED_MS)
