"""The pages that show why in a real browser: a click on a bar, its address, a session from the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import click_bar, fits, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server

TITLE = "#why-dependence .card-title"


def drawn(page: Page) -> None:
    """Wait until all three charts are drawn; the first reasons of a server take their time."""
    for chart in ("why-importance", "why-swarm", "why-dependence-chart"):
        page.locator(f"#{chart} .js-plotly-plot .main-svg").first.wait_for(timeout=180_000)


def test_a_clicked_bar_is_in_the_address(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}/why?buyer=yes")
    drawn(page)
    expect(page.locator(".chip")).to_have_text("Likely buyer: yes")
    first = page.inner_text(TITLE)
    click_bar(page.locator("#why-importance .barlayer .point path").nth(1))
    expect(page.locator(TITLE)).not_to_have_text(first)
    page.select_option("#why-colour", "hour")
    expect(page.locator("#why-dependence .card-subtitle")).to_contain_text("coloured by “hour of day”")
    expect(page).to_have_url(re.compile(r"/why\?feature=\w+&colour=hour&buyer=yes$"))
    drawn(page)

    page.locator(".chip").click()
    expect(page).to_have_url(re.compile(r"/why\?feature=\w+&colour=hour$"))
    expect(page.locator(".why-all")).to_contain_text("All sessions of the result")


def test_a_session_of_the_table_has_a_page_of_its_own(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}?view=sessions&buyer=yes")
    # Not before the rows stay: a table that is told its filters asks for them once more.
    settle(page)
    link = page.locator(".results-id a").first
    session = link.text_content()
    link.click()
    expect(page.locator("h1")).to_have_text(f"Session {session}")
    page.locator("#session-purchase .main-svg").first.wait_for()
    expect(page.locator(".reasons-item")).to_have_count(6)
    expect(page.locator(".session-event").nth(1)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    fits(page)
    page.get_by_role("link", name="What if").click()
    expect(page).to_have_url(re.compile(f"/what-if\\?result={demo_result}&session={session}$"))
