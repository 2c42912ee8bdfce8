"""The journey editor in a real browser: built by keyboard, shared by address, gone on with in the form."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.reading import settle

PATH = "/what-if/journey"


def test_a_visit_is_built_shared_and_taken_back(page: Page) -> None:
    page.goto(PATH)
    steps = page.locator(".journey-step")
    for place, name in enumerate(("Views a page", "Opens a product", "Adds to cart", "Continues checkout")):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(steps).to_have_count(place + 1)
    settle(page)
    shares = [float(text.split("%")[0]) for text in page.locator(".journey-cell").all_inner_texts()]
    assert shares[-1] > 3 * shares[0], "who goes to checkout with something in the cart is likelier to buy"

    pause = page.get_by_label("Seconds before step 2", exact=True)
    pause.fill("90")
    expect(page).to_have_url(re.compile(r"steps=page~product,90,"))
    expect(pause).to_be_focused()
    up = page.get_by_role("button", name="Move step 3 up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"steps=page~add,"))
    expect(page.get_by_role("button", name="Move step 2 up")).to_be_focused()

    settle(page)
    now = page.locator("#journey-now").inner_text()
    page.goto(page.url)
    expect(page.locator("#journey-now")).to_have_text(re.sub(r"\s*\n\s*", "", now))
    page.get_by_role("button", name="Remove step 4").click()
    expect(steps).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(steps).to_have_count(4)
    expect(page.locator("#journey-now")).to_have_text(re.sub(r"\s*\n\s*", "", now))

    settle(page)
    share = page.locator("#journey-probability").inner_text()
    page.get_by_role("link", name="Continue in the form").click()
    expect(page.locator("#whatif-probability")).to_have_text(share)
