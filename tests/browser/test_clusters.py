"""The clusters page in a real browser: a click selects, the address restores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.server

#: Where a dot of a trace that no later trace covers is on the page, and its cluster.
DOT = """() => {
  const chart = document.querySelector("#clusters-map .js-plotly-plot");
  const { xaxis, yaxis } = chart._fullLayout, frame = chart.getBoundingClientRect();
  const place = (t, i) => [xaxis.l2p(t.x[i]) + xaxis._offset, yaxis.l2p(t.y[i]) + yaxis._offset];
  const trace = chart._fullData.at(-1);
  const others = chart._fullData.slice(0, -1).flatMap((t) => [...t.x].map((_, i) => place(t, i)));
  const room = (p) => Math.min(...others.map((o) => Math.hypot(o[0] - p[0], o[1] - p[1])), 99);
  const [best] = [...trace.x].map((_, i) => place(trace, i)).sort((a, b) => room(b) - room(a));
  return { x: frame.x + best[0], y: frame.y + best[1], name: trace.name };
}"""


def drawn(page: Page, address: str) -> None:
    """Open a page of clusters and wait until its map is drawn."""
    page.goto(address)
    page.locator("#clusters-map .scatterlayer .points path").first.wait_for(state="attached", timeout=90_000)


def test_a_click_on_a_dot_selects_its_cluster_and_writes_the_address(page: Page) -> None:
    drawn(page, "/clusters")
    dot = page.evaluate(DOT)
    page.mouse.move(dot["x"], dot["y"])
    page.mouse.click(dot["x"], dot["y"])

    expect(page.locator(".clusters-name")).to_have_text(dot["name"])
    expect(page.locator(".clusters-item-selected .clusters-item-name")).to_have_text(dot["name"])
    expect(page).to_have_url(re.compile(r"/clusters\?source=[\w-]+&cluster=\d+$"))
    faded = "() => document.querySelector('#clusters-map .js-plotly-plot').data.map((t) => t.marker.opacity)"
    assert sorted(page.evaluate(faded))[-2] < 0.2, "all others are faded"


def test_the_list_selects_and_back_takes_it_back(page: Page) -> None:
    drawn(page, "/clusters?source=training")
    page.locator(".clusters-item").nth(1).click()
    name = page.locator(".clusters-item-name").nth(1).inner_text()
    expect(page.locator(".clusters-name")).to_have_text(name)
    expect(page).to_have_url(re.compile("cluster="))

    page.go_back()
    expect(page.locator(".clusters-hint")).to_be_visible()
    assert page.url.endswith("/clusters?source=training")
    page.go_forward()
    expect(page.locator(".clusters-name")).to_have_text(name)
    page.click("#clusters-all")
    expect(page.locator(".clusters-hint")).to_be_visible()


def test_a_link_opens_the_same_cluster_in_another_browser(
    page: Page, chromium: Browser, server: Server
) -> None:
    drawn(page, "/clusters?source=training")
    page.locator(".clusters-item").last.click()
    expect(page).to_have_url(re.compile("cluster="))
    name = page.inner_text(".clusters-name")

    other = chromium.new_context()
    try:
        opened = other.new_page()
        opened.goto(page.url)
        expect(opened.locator(".clusters-name")).to_have_text(name)
        expect(opened.locator(".clusters-item-selected")).to_have_count(1)
        assert opened.inner_text(".clusters-typical") == page.inner_text(".clusters-typical")
    finally:
        other.close()


def test_a_bar_selects_its_cluster(page: Page) -> None:
    drawn(page, "/clusters?source=training")
    bar = page.locator("#clusters-sizes .barlayer .point path").nth(0)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(page.locator(".clusters-name")).to_have_text(
        page.locator(".clusters-item-name").first.inner_text()
    )


def test_another_source_is_another_address(page: Page) -> None:
    drawn(page, "/clusters")
    page.locator("#clusters-source").select_option("training")

    expect(page.locator(".clusters-source-line")).to_contain_text("had not seen in training")
    expect(page).to_have_url(re.compile(r"/clusters\?source=training$"))
    page.go_back()
    expect(page.locator(".clusters-source-line")).not_to_contain_text("had not seen in training")


def test_no_width_scrolls_sideways(page: Page) -> None:
    for width in (390, 768, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        drawn(page, "/clusters?source=training&cluster=0")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
