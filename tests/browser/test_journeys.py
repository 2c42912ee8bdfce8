"""The journeys page in a real browser: controls write the address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server

LABELS = "() => document.querySelector('#journeys-flow .js-plotly-plot').data[0].node.label"


def drawn(page: Page) -> list[str]:
    """Wait until the chart of steps is drawn; return what its nodes are called."""
    page.locator("#journeys-flow .sankey-node").first.wait_for(state="attached", timeout=180_000)
    return page.evaluate(LABELS)


def control(page: Page, name: str) -> str:
    """Return where a control of the page is, by its name."""
    return f'[id=\'{{"name":"{name}","type":"journeys-control"}}\']'


def test_what_is_chosen_is_in_the_address(page: Page, demo_result: str) -> None:
    page.goto(f"/journeys?source={demo_result}")
    assert not any(label.startswith("Left 100%") for label in drawn(page))

    page.locator(control(page, "view")).select_option("exit")
    expect(page.get_by_role("heading", name="The last 5 steps before leaving")).to_be_visible()
    cluster = page.locator(".journeys-cluster").nth(1)
    cluster.click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(".journeys-cluster[aria-pressed=true]")).to_have_count(1)
    page.locator(control(page, "by")).select_option("device")
    expect(page).to_have_url(re.compile(r"view=exit&by=device&cluster=\d+$"))
    expect(page.get_by_text("A dot is a device")).to_be_visible()
    assert any(label.startswith("Left 100%") for label in drawn(page))
