"""The journeys page in a real browser: controls write the address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import POLLED_MS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server

#: The chart of steps is drawn, and one of its nodes is where everybody has left; or none is.
ALL_LEFT = """wanted => {
    const chart = document.querySelector('#journeys-flow .js-plotly-plot');
    return chart?.querySelector('.sankey-node')
        && chart.data[0].node.label.some(label => label.startsWith('Left 100%')) === wanted;
}"""


def control(page: Page, name: str) -> str:
    """Return where a control of the page is, by its name."""
    return f'[id=\'{{"name":"{name}","type":"journeys-control"}}\']'


def test_what_is_chosen_is_in_the_address(page: Page, demo_result: str) -> None:
    page.goto(f"/journeys?source={demo_result}")
    page.wait_for_function(ALL_LEFT, arg=False, timeout=180_000, polling=POLLED_MS)

    page.locator(control(page, "view")).select_option("exit")
    expect(page.get_by_role("heading", name="The last 5 steps before leaving")).to_be_visible()
    cluster = page.locator(".journeys-cluster").nth(1)
    cluster.click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(".journeys-cluster[aria-pressed=true]")).to_have_count(1)
    page.locator(control(page, "by")).select_option("device")
    expect(page).to_have_url(re.compile(r"view=exit&by=device&cluster=\d+$"))
    expect(page.get_by_text("A dot is a device")).to_be_visible()
    page.wait_for_function(ALL_LEFT, arg=True)
