"""The what-if form in a real browser: the answer moves, the address follows, links restore."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import fits

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.server

NUMBER = "#whatif-probability"


def control(page: Page, field: str) -> Locator:
    """Return a field's control."""
    return page.locator(f'[id=\'{{"field":"{field}","type":"whatif-control"}}\']')


def changed(page: Page, before: str) -> str:
    """Wait for another answer and return it."""
    expect(page.locator(NUMBER)).not_to_have_text(before)
    return page.inner_text(NUMBER)


def percent(answer: str) -> float:
    """Read a probability as the page writes it."""
    return float(answer.rstrip("%"))


def asks(page: Page, search: str) -> None:
    """Wait until the address has this query, and no more."""
    expect(page).to_have_url(re.compile(rf"/what-if{re.escape(search)}$"))


def test_one_changed_field_moves_the_answer_the_right_way_and_the_address_with_it(page: Page) -> None:
    page.goto("/what-if")
    start = page.inner_text(NUMBER)
    control(page, "cart_adds").fill("1")
    more = changed(page, start)
    asks(page, "?cart_adds=1")
    control(page, "checkouts").fill("1")
    most = changed(page, more)

    assert percent(start) < percent(more) < percent(most)
    assert page.evaluate("JSON.parse(document.activeElement.id).field") == "checkouts", "typing goes on"


def test_typing_is_one_step_back_and_the_form_follows(page: Page) -> None:
    page.goto("/what-if")
    start = page.inner_text(NUMBER)
    control(page, "cart_adds").fill("1")
    one = changed(page, start)
    typed = control(page, "clicks")
    typed.fill("1")
    expect(page).to_have_url(re.compile("clicks=1&"))
    typed.fill("14")
    expect(page).to_have_url(re.compile("clicks=14&"))

    page.go_back()
    asks(page, "?cart_adds=1")
    expect(control(page, "clicks")).not_to_have_value(re.compile("^14?$"))
    expect(page.locator(NUMBER)).to_have_text(one)
    page.go_back()
    asks(page, "")
    expect(control(page, "cart_adds")).to_have_value("0")
    expect(page.locator(NUMBER)).to_have_text(start)


def test_an_example_fills_the_form_and_reset_empties_it(page: Page) -> None:
    page.goto("/what-if")
    start = page.inner_text(NUMBER)
    page.click("#whatif-preset-checkout")
    expect(control(page, "is_returning")).to_have_value("yes")
    expect(control(page, "checkouts")).not_to_have_value("0")
    assert percent(changed(page, start)) > 3 * percent(start)
    expect(page).to_have_url(re.compile("checkouts="))
    address = page.evaluate("location.search")

    control(page, "searches").fill("3")
    expect(page).to_have_url(re.compile("searches=3"))
    page.click("#whatif-preset-checkout")
    # The same example again, although the router was there already.
    asks(page, address)
    expect(control(page, "searches")).to_have_value("0")

    page.click("#whatif-reset")
    expect(control(page, "checkouts")).to_have_value("0")
    expect(page.locator(NUMBER)).to_have_text(start)


def test_a_link_opens_the_same_session_in_another_browser(page: Page, another: Callable[..., Page]) -> None:
    page.goto("/what-if")
    before = page.inner_text(NUMBER)
    control(page, "cart_adds").fill("2")
    filled = changed(page, before)
    control(page, "country_group").select_option("EU")
    expect(page).to_have_url(re.compile("cart_adds=2&country_group=EU"))
    answer = changed(page, filled)

    opened = another()
    opened.goto(page.url)
    expect(opened.locator(NUMBER)).to_have_text(answer)
    expect(control(opened, "cart_adds")).to_have_value("2")
    expect(control(opened, "country_group")).to_have_value("EU")


def test_scenarios_stand_side_by_side_and_in_the_address(page: Page) -> None:
    page.goto("/what-if?cart_adds=1&cart_value=40&curve=searches")
    page.click("#whatif-keep")
    names = page.locator(".whatif-compare-name")
    expect(names).to_have_value("Scenario 1")
    before = page.inner_text(NUMBER)
    control(page, "checkouts").fill("1")
    changed(page, before)
    expect(page.locator(".whatif-compare")).to_contain_text("Checkout steps")
    names.fill("Not at the checkout")
    names.press("Enter")
    expect(page).to_have_url(re.compile("s1=name:Not.at.the.checkout"))
    expect(page.locator("#whatif-compare-chart")).to_contain_text("Not at the")
    expect(page.locator("#whatif-moves")).to_contain_text("If only this changed: searches")


def test_the_smallest_change_fills_the_form_and_a_saved_page_opens_again(page: Page) -> None:
    page.goto("/what-if?cart_adds=1&cart_value=40")
    page.click("#whatif-find")
    first = page.locator(".whatif-way").first
    expect(first).to_be_visible()
    expect(page).to_have_url(re.compile("change=yes"))
    promised = first.locator(".whatif-way-number").inner_text()
    first.get_by_role("link", name="Use this").click()
    expect(page.locator(NUMBER)).to_have_text(promised)
    expect(page.locator(f"{NUMBER}.text-success-emphasis")).to_be_visible()

    page.click("#whatif-save-open")
    page.fill("#whatif-save-name", "Nearly there")
    page.press("#whatif-save-name", "Enter")
    page.get_by_role("link", name="Look at all saved scenarios").click()
    page.get_by_role("link", name="Nearly there").click()
    expect(page.locator(NUMBER)).to_have_text(promised)
    page.goto("/what-if/saved")
    page.get_by_role("button", name="Delete").click()
    page.click("#whatif-saved-dialog-ok")
    expect(page.locator("#whatif-saved-list")).to_contain_text("Nothing saved yet")


def test_worked_out_fields_follow_until_they_are_asked_for(page: Page) -> None:
    page.goto("/what-if?clicks=4&page_views=3")
    readout = page.locator('[id=\'{"field":"n_events","type":"whatif-readout"}\']')
    expect(readout).to_have_text("7")
    control(page, "searches").fill("2")
    expect(readout).to_have_text("9")

    page.click("#whatif-link")
    expect(control(page, "n_events")).to_have_value("9")
    control(page, "n_events").fill("3")
    expect(page.locator(".whatif-message", has_text="add up to 9: more than 3")).to_be_visible()
    expect(page.locator(".whatif-message", has_text="don't rely on this prediction")).to_be_visible()

    page.click("#whatif-link")
    expect(readout).to_have_text("9")
    expect(page.locator(".whatif-message")).to_have_count(0)


def test_a_row_of_a_result_opens_with_its_recorded_number(page: Page, demo_result: str) -> None:
    page.goto(f"/clusters?source={demo_result}")
    page.locator(".clusters-item").last.click()
    row = page.locator(".clusters-typical tbody tr").first
    row.wait_for()
    heads = page.locator(".clusters-typical thead tr > *").all_inner_texts()
    place = next(number for number, head in enumerate(heads, start=1) if "robability" in head)
    recorded = row.locator(f"> :nth-child({place})").inner_text()
    row.get_by_text("Open in what-if").click()
    page.locator(".whatif-recorded").wait_for()

    assert recorded.endswith("%")
    expect(page.locator(NUMBER)).to_have_text(recorded)
    expect(page.locator(".whatif-recorded")).to_have_text(re.compile(rf"^As recorded: {recorded}\."))
    control(page, "searches").fill("25")
    expect(page.locator(".whatif-recorded")).to_contain_text("Your changes:")
    expect(page).to_have_url(re.compile("result=.+&session=.+&searches=25$"))
    page.click("#whatif-reset")
    expect(page.locator(".whatif-recorded")).not_to_contain_text("Your changes")


def test_on_a_phone_the_number_stays_in_sight_while_typing(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/what-if")
    field = control(page, "is_returning")
    field.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")

    expect(page.locator("#whatif-summary")).to_be_in_viewport()
    # Not under the header.
    page.wait_for_function(
        """() => {
            const [summary, header] = ["#whatif-summary", ".side"].map(
                name => document.querySelector(name).getBoundingClientRect());
            return summary.top >= header.bottom - 1;
        }"""
    )
    fits(page)
    page.click("text=Details")
    expect(page.locator("#whatif-probability")).to_be_in_viewport()
