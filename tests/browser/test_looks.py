"""Themes, charts and widths in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from components.base.theme import TEMPLATE_DARK, TEMPLATE_LIGHT
from tests.browser.reading import settle
from tests.browser.screenshots import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

PAGES = (
    *("/", "/upload", "/live", "/results", "/what-if", "/clusters", "/journeys", "/audiences"),
    *("/schedules", "/models", "/settings"),
)
#: All charts there are have been drawn, in an ink.
IN_INK = """ink => {
    const charts = [...document.querySelectorAll('.js-plotly-plot')];
    return charts.length && charts.every(chart => chart._fullLayout?.font.color === ink);
}"""


def looks(page: Page, theme: str) -> None:
    """Wait until page and charts have a theme."""
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    template = {"light": TEMPLATE_LIGHT, "dark": TEMPLATE_DARK}[theme]
    page.wait_for_function(IN_INK, arg=template.layout.font.color)


def test_the_theme_switches_charts_without_a_reload_and_is_remembered(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/clusters?source=training&view=all")
    settle(page)
    looks(page, "light")

    page.get_by_role("button", name="Dark theme").click()
    looks(page, "dark")

    # A later page is drawn in it from the first, whatever the system prefers.
    page.goto("/clusters?source=training&view=all")
    settle(page)
    looks(page, "dark")


def test_the_system_decides_until_somebody_chooses(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_a_chart_gives_way_to_its_table_and_comes_back(page: Page) -> None:
    page.goto("/clusters?source=training")
    settle(page)
    card = page.locator(".chart-card").filter(has=page.locator("summary")).first
    card.locator("summary").click()
    expect(card.locator("table")).to_be_visible()
    expect(card.locator(".chart-frame")).to_be_hidden()
    card.locator("summary").press("Enter")
    expect(card.locator(".chart-frame")).to_be_visible()
    expect(card.locator("table")).to_be_hidden()


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    settle(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_page_that_is_not_there_says_so(another: Callable[..., Page]) -> None:
    # Without the guard of ``page``: Chromium calls the honest 404 an error.
    page = another()
    answer = page.goto(MISSING)
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Go to the home page").click()
    expect(page.locator("h1")).to_have_text("Smart Customer Session Predictor")
