"""The marks beside figures, the glossary they lead to, and the tour, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from components.base.glossary import explained
from tests.browser.reading import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}


def mark_of(page: Page, name: str):
    return page.get_by_role("button", name=f"What is “{name}”?").first


def test_a_mark_opens_by_keyboard_and_leads_to_its_entry(page: Page, demo_result: str) -> None:
    page.goto(f"/results/{demo_result}")
    # A page that still moves closes what is open.
    settle(page)
    mark = mark_of(page, "Likely buyers")
    mark.focus()
    expect(mark).to_have_accessible_description(explained("Likely buyers"))
    page.keyboard.press("Enter")
    said = page.locator(".help-text:visible")
    expect(said).to_contain_text(explained("Likely buyers"))
    expect(mark).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(mark).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/help#likely-buyer$"))
    entry = page.locator("#likely-buyer")
    expect(entry).to_be_focused()
    expect(entry).to_be_in_viewport()
    expect(page.locator(".help-text:visible")).to_have_count(0)


def test_a_mark_opens_under_a_finger_within_the_window(page: Page, demo_result: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"/results/{demo_result}")
    settle(page)
    for name in ("Expected buyers", "Expected revenue"):
        mark = mark_of(page, name)
        mark.click()
        page.mouse.move(0, 0)
        said = page.locator(".help-text:visible")
        expect(said).to_have_count(1)
        expect(said).to_contain_text(explained(name))
        page.wait_for_function(
            """() => [...document.querySelectorAll(".help-text")].some((said) => {
                const { left, right, width } = said.getBoundingClientRect();
                return width > 0 && left >= 0 && right <= window.innerWidth;
            })"""
        )
    page.locator("h1").click()
    expect(page.locator(".help-text:visible")).to_have_count(0)


def test_an_entry_can_be_linked_to(page: Page) -> None:
    page.goto("/help#random-seed")
    expect(page.locator("#random-seed")).to_be_focused()
    expect(page.locator("#random-seed")).to_be_in_viewport()


def test_the_tour_opens_once_and_can_be_left_and_taken_again(another: Callable[..., Page]) -> None:
    page = another()
    page.goto("/")
    tour = page.get_by_role("dialog", name="Upload an export")
    expect(tour).to_be_visible()
    expect(tour).to_be_focused()
    page.get_by_role("button", name="Next").click()
    tour = page.get_by_role("dialog", name="Read the answer")
    expect(tour).to_be_visible()
    # It stays open on the pages it leads to, and where it was when they are loaded anew.
    tour.get_by_role("link", name="Open Results").click()
    page.wait_for_url(re.compile("/results$"))
    expect(tour).to_be_visible()
    page.reload()
    expect(tour).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("dialog", name="Upload an export")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()

    page.goto("/")
    page.locator("h1").wait_for()
    expect(page.locator("#tour")).to_be_hidden()

    page.get_by_role("link", name="Help", exact=True).click()
    start = page.get_by_role("button", name="Take the tour")
    start.click()
    for title in ("Upload an export", "Read the answer", "Choose who to contact"):
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog", name="Measure it")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#tour")).to_be_hidden()
    expect(start).to_be_focused()


def test_the_tour_covers_nothing(another: Callable[..., Page]) -> None:
    for size in ({"width": 1440, "height": 900}, PHONE):
        page = another(viewport=size, reduced_motion="reduce")
        page.goto("/")
        tour = page.locator("#tour")
        expect(tour).to_be_visible()
        settle(page)
        last = page.locator("#main a").last
        # As far down as the page goes, what ends it stands above the bar.
        page.wait_for_function(
            """() => {
                window.scrollTo(0, document.documentElement.scrollHeight);
                const last = [...document.querySelectorAll("#main a")].pop();
                const bar = document.getElementById("tour").getBoundingClientRect();
                return last.getBoundingClientRect().bottom <= bar.top;
            }"""
        )
        last.click(trial=True)
        side = page.locator(".side").bounding_box()
        bar = tour.bounding_box()
        assert side is not None
        assert bar is not None
        # Beside the navigation on a wide window; on a phone that is at the top.
        assert bar["x"] >= side["x"] + side["width"] or bar["y"] >= side["y"] + side["height"]


def test_the_tour_opens_by_itself_on_home_alone(another: Callable[..., Page]) -> None:
    newcomer = another()
    newcomer.goto("/help")
    newcomer.get_by_role("heading", name="Help").wait_for()
    expect(newcomer.locator("#tour")).to_be_hidden()
