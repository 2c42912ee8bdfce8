"""The results page in a real browser: clicks filter page and address, which restore each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import chart, click_bar, figure, fits, settle, table_twin

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.server

COUNT = "[data-ref='lbRecordCount']"
GRID = "dash_ag_grid.getApi('results-grid')"


@pytest.fixture
def opened(page: Page, demo_result: str) -> Callable[..., Page]:
    """Return what opens the demo shop's result and waits until its charts are there."""

    def open_it(query: str = "") -> Page:
        page.goto(f"/results/{demo_result}{query}")
        chart(page, "Clusters").locator(".point path").first.wait_for(state="attached", timeout=180_000)
        return page

    return open_it


def open_table(page: Page) -> None:
    """Go on to the table of the sessions that are filtered."""
    page.get_by_role("navigation", name="Pages of this result").get_by_role("link", name="Sessions").click()
    page.locator(".results-grid .ag-row").first.wait_for(state="attached", timeout=180_000)


def csv_link(page: Page) -> str:
    return page.locator("a[href*='download.csv']").first.get_attribute("href") or ""


def bar(page: Page, title: str, place: int) -> Locator:
    return chart(page, title).locator(".point path").nth(place)


def sessions(page: Page) -> str:
    return figure(page, "Sessions").inner_text()


def figures(page: Page) -> list[str]:
    return page.locator(".kpi-value").all_inner_texts()


def test_a_click_filters_figures_table_address_and_downloads(page: Page, opened: Callable[..., Page]) -> None:
    everything = sessions(opened())
    click_bar(bar(page, "Clusters", 0))
    expect(page).to_have_url(re.compile(r"/results/[\w-]+\?cluster=\d$"))
    expect(page.locator(".chip")).to_have_count(1)
    expect(figure(page, "Sessions")).not_to_have_text(everything)
    filtered = sessions(page)
    page.get_by_role("button", name="Download").click()
    link = page.get_by_role("link", name="CSV", exact=True)
    expect(link).to_have_attribute("href", re.compile(re.escape(page.url[page.url.index("?") :]) + "$"))
    rows = page.request.get(link.get_attribute("href")).text().splitlines()
    assert f"{len(rows) - 1:,}" == filtered
    page.keyboard.press("Escape")

    open_table(page)
    expect(page).to_have_url(re.compile(r"/results/[\w-]+\?view=sessions&cluster=\d$"))
    expect(page.locator(COUNT)).to_have_text(filtered)
    page.locator(".chip").click()
    expect(page.locator(COUNT)).to_have_text(everything)
    expect(page).to_have_url(re.compile(r"/results/[\w-]+\?view=sessions$"))


def test_a_threshold_of_ones_own_is_followed_by_everything_and_taken_back(
    page: Page, opened: Callable[..., Page]
) -> None:
    opened()
    buyers = figure(page, "Likely buyers")
    by_model = buyers.inner_text()
    entry = page.get_by_role("group", name="Probability from which").get_by_role("spinbutton")
    entry.fill("4")
    entry.press("Enter")
    expect(page).to_have_url(re.compile(r"threshold=0\.04"))
    expect(page.locator(".results-threshold-says")).to_contain_text(f"{by_model} by the model's own cut-off")
    expect(buyers).not_to_have_text(by_model)
    called = buyers.inner_text()
    page.get_by_role("button", name="Download").click()
    expect(page.locator("a[href*='download.csv']").first).to_have_attribute(
        "href", re.compile(r"threshold=0\.04")
    )
    head, *rows = page.request.get(csv_link(page)).text().splitlines()
    place = head.split(",").index("predicted_purchase")
    assert f"{sum(row.split(',')[place] == 'true' for row in rows):,}" == called

    page.reload()
    expect(buyers).to_have_text(called, timeout=180_000)
    page.get_by_role("button", name="Back to the model's cut-off").click()
    expect(buyers).to_have_text(by_model)
    expect(page).to_have_url(re.compile(r"/results/[\w-]+$"))
    expect(entry).to_have_value("")


def test_the_details_of_drift_are_a_click_away(page: Page, opened: Callable[..., Page]) -> None:
    opened()
    page.get_by_text("to know about this file").click()
    page.get_by_role("link", name="Compare in detail").click()
    expect(page.get_by_role("heading", name="Does this export look like the model's data?")).to_be_visible()
    expect(page.get_by_role("heading", name="Every input")).to_be_visible()
    page.get_by_role("link", name="Back to result").click()
    expect(page.get_by_text("likeliest to buy")).to_be_visible(timeout=180_000)


def test_everything_that_narrows_the_view_is_in_the_address(page: Page, opened: Callable[..., Page]) -> None:
    """How the address brings it back is seen in ``test_views``."""
    likely = sessions(opened("?min_p=0.05"))
    click_bar(bar(page, "Weekdays", 2))
    expect(page).to_have_url(re.compile("weekday=3"))
    expect(figure(page, "Sessions")).not_to_have_text(likely)
    filtered = sessions(page)
    open_table(page)
    expect(page.locator(COUNT)).to_have_text(filtered)
    page.evaluate(f"{GRID}.applyColumnState({{ state: [{{ colId: 'expected_revenue', sort: 'desc' }}] }})")
    expect(page).to_have_url(re.compile("sort=-expected_revenue"))
    page.evaluate(
        f"{GRID}.setFilterModel({{ n_events: {{ filterType: 'number', type: 'greaterThan', filter: 4 }} }})"
    )
    expect(page).to_have_url(re.compile(r"col\.n_events=gt:4"))
    expect(page.locator(".chip")).to_have_count(3)
    expect(page.locator(COUNT)).not_to_have_text(filtered)
    settle(page)
    narrowed = page.locator(COUNT).inner_text()
    first = ".ag-center-cols-container [row-index='0'] [col-id='revenue_if_purchase']"
    expect(page.locator(first)).to_have_text(re.compile(r"^€[\d,]+(\.\d\d)? \([\d,.]+–[\d,.]+\)$"))
    # The answer follows the table's own filters, and keeps them.
    page.get_by_role("link", name="Overview").click()
    expect(figure(page, "Sessions")).to_have_text(narrowed)
    expect(page).to_have_url(re.compile(r"view=overview.*col\.n_events=gt:4"))


def test_back_takes_a_filter_back_and_filters_that_leave_nothing_are_cleared(
    page: Page, opened: Callable[..., Page]
) -> None:
    everything = sessions(opened())
    click_bar(bar(page, "Devices", 0))
    expect(page).to_have_url(re.compile("device="))
    page.go_back()
    expect(figure(page, "Sessions")).to_have_text(everything)
    expect(page.locator(".chip")).to_have_count(0)

    # Those that leave nothing can be cleared.
    page.locator("input[type=search]").fill("no such session")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No sessions match these filters", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    expect(figure(page, "Sessions")).to_have_text(everything)
    expect(page.locator("input[type=search]")).to_have_value("")


def test_a_row_opens_its_session_and_the_what_if_form(page: Page, opened: Callable[..., Page]) -> None:
    opened()
    open_table(page)
    page.locator(".ag-cell a[href*='/session?']").first.click()
    expect(page).to_have_url(re.compile(r"/results/[\w-]+/session\?session=S"))
    opened()
    open_table(page)
    page.locator("#results-columns").click()
    page.get_by_role("option", name="What-if", exact=True).click()
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => {GRID}.getColumn('open').isVisible()")
    page.evaluate(f"{GRID}.ensureColumnVisible('open')")
    page.locator(".ag-cell").get_by_role("link", name="Open in what-if").first.click()
    expect(page).to_have_url(re.compile(r"/what-if\?result=[\w-]+&session=S"))


def test_the_table_twin_says_what_the_bars_show(page: Page, opened: Callable[..., Page]) -> None:
    opened()
    twin = table_twin(chart(page, "Weekdays"))
    expect(twin.locator("tbody tr")).to_have_count(7)
    cells = [int(text.replace(",", "")) for text in twin.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert f"{sum(cells):,}" == sessions(page)


def test_on_a_phone_only_the_table_scrolls_sideways(page: Page, opened: Callable[..., Page]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened()
    fits(page)
    open_table(page)
    settle(page)
    fits(page)
    heads = page.locator(".results-grid .ag-header-cell")
    expect(heads.first).to_contain_text("Purchase probability")
    assert heads.first.bounding_box()["x"] < heads.nth(1).bounding_box()["x"] < 390
    inside = page.locator(".ag-body-horizontal-scroll-viewport")
    assert inside.evaluate("box => box.scrollWidth > box.clientWidth")


def test_columns_are_chosen_and_the_choice_is_remembered(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}?view=sessions")
    settle(page)
    rows = page.locator(".results-grid .ag-row")
    head = page.locator(".ag-header-cell[col-id='device']")
    expect(head).to_have_count(0)
    page.locator("#results-columns").click()
    page.get_by_role("option", name="Device", exact=True).click()
    page.keyboard.press("Escape")
    shown = f"{GRID}.getColumns().filter(column => column.isVisible()).map(column => column.getColId())"
    page.wait_for_function(f"() => {shown}.includes('device')")
    # Beside the ids, not out of sight at the right.
    expect(head).to_be_in_viewport(ratio=0.9)
    page.reload()
    rows.first.wait_for(state="attached")
    page.wait_for_function(f"() => {shown}.includes('device')")
    expect(head).to_be_in_viewport(ratio=0.9)
    # What it is sorted by is there, whoever chose what.
    page.goto(f"/results/{demo_result}?view=sessions&sort=-clicks")
    rows.first.wait_for(state="attached")
    page.wait_for_function(f"() => {shown}.includes('clicks')")
    page.wait_for_function(f"() => {shown}.slice(0, 2).join() === 'purchase_probability,session_id'")


def test_an_old_bookmark_of_the_table_opens_the_table(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}?sort=-expected_revenue&col.n_events=gt:4")
    page.locator(".results-grid .ag-row").first.wait_for(state="attached", timeout=180_000)
    expect(page.locator(".chip")).to_have_count(1)


def test_buyers_worth_and_trust_are_in_sight_and_the_likeliest_lead_to_their_sessions(
    page: Page, opened: Callable[..., Page]
) -> None:
    trust = page.get_by_role("status").filter(has_text="of buyers in the top 10%")
    for width, height, screens in ((390, 844, 2), (1440, 900, 1)):
        page.set_viewport_size({"width": width, "height": height})
        if width == 390:
            opened()
        settle(page)
        for shown in (figure(page, "Expected buyers"), figure(page, "Expected revenue"), trust):
            box = shown.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= screens * height
        # And what to do next stands beside the sentence.
        expect(trust.get_by_role("link", name="Make an audience")).to_be_visible()

    rows = page.get_by_role("table").filter(has_text="Strongest reason").locator("tbody tr")
    expect(rows).to_have_count(10)
    session = rows.first.get_by_role("link").inner_text()
    rows.first.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text(f"Session {session}")


def test_accuracy_stands_back_where_sessions_are_picked_by_their_prediction(
    page: Page, opened: Callable[..., Page]
) -> None:
    opened()
    expect(figure(page, "ROC-AUC")).to_be_visible()
    page.get_by_role("group", name="Likely buyer", exact=True).get_by_role("combobox").select_option("yes")
    expect(page.get_by_text("Accuracy isn't shown")).to_be_visible()
    expect(page.get_by_role("term").filter(has_text="ROC-AUC")).to_have_count(0)


def test_the_table_is_moved_in_sorted_and_opened_by_keys_alone(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}?view=sessions")
    settle(page)
    head = page.locator(".ag-header-cell[col-id='purchase_probability']")
    head.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"sort=-purchase_probability"))
    # Not before the rows have come in their new order.
    settle(page)
    head.focus()
    page.keyboard.press("ArrowDown")
    cell = page.locator(".ag-cell:focus")
    expect(cell).to_have_attribute("col-id", "purchase_probability")
    assert cell.evaluate("cell => cell.matches(':focus-visible')")
    page.keyboard.press("ArrowRight")
    expect(cell).to_have_attribute("col-id", "session_id")
    name = cell.inner_text()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/session\?session={name}$"))
