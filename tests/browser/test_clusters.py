"""The clusters page in a real browser: what is clicked or drawn is chosen, and the address restores it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import fits

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server

#: How the area is drawn that was chosen.
OUTLINE = "document.querySelector('.session-map-outline').getAttribute('d')"
#: Where a dot that no other cluster's dots are near is on the page, and its cluster's name.
DOT = """() => {
  const map = document.querySelector("#clusters-map").sessionMap, frame = map.plot.getBoundingClientRect();
  const places = [...map.x].map((x, i) => map.toPlot(x, map.y[i]));
  const own = map.places.cluster, last = Math.max(...own);
  const room = (i) => Math.min(99, ...places.filter((_, k) => own[k] !== last)
    .map((p) => Math.hypot(p[0] - places[i][0], p[1] - places[i][1])));
  const [best] = [...own.keys()].filter((i) => own[i] === last).sort((a, b) => room(b) - room(a));
  return { x: frame.x + places[best][0], y: frame.y + places[best][1], name: map.settings.names[last] };
}"""


def drawn(page: Page, address: str) -> None:
    """Open a page of clusters and wait until its map is drawn."""
    page.goto(address)
    page.locator("#clusters-map[data-drawn]").wait_for(timeout=180_000)
    # What stands above it is told in a font of its own, which may be higher.
    page.evaluate("document.fonts.ready")


def test_a_click_on_a_dot_selects_its_cluster_and_back_takes_it_back(page: Page) -> None:
    drawn(page, "/clusters?source=training")
    dot = page.evaluate(DOT)
    page.mouse.move(dot["x"], dot["y"])
    expect(page.locator(".session-map-tip")).to_contain_text(dot["name"])
    page.mouse.click(dot["x"], dot["y"])

    expect(page.locator(".clusters-name")).to_have_text(dot["name"])
    expect(page.locator(".clusters-item-selected .clusters-item-name")).to_have_text(dot["name"])
    expect(page).to_have_url(re.compile(r"/clusters\?source=training&cluster=\d+$"))
    # All others are faded.
    page.wait_for_function(
        """() => {
            const { drawn, chosen } = document.querySelector("#clusters-map").dataset;
            return 0 < Number(chosen) && Number(chosen) < Number(drawn);
        }"""
    )

    page.go_back()
    expect(page.locator(".clusters-hint")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/clusters\?source=training$"))
    page.locator(".clusters-item").nth(1).click()
    name = page.locator(".clusters-item-name").nth(1).inner_text()
    expect(page.locator(".clusters-name")).to_have_text(name)
    page.click("#clusters-all")
    expect(page.locator(".clusters-hint")).to_be_visible()


def test_a_lasso_is_in_the_address_and_another_browser_shows_the_same(
    page: Page, another: Callable[..., Page], demo_result: str
) -> None:
    drawn(page, f"/clusters?source={demo_result}")
    page.select_option("#clusters-colour", "purchase_probability")
    expect(page.locator(".session-map-bar")).to_be_visible()
    page.click("[data-tool=lasso]")
    frame = page.locator(".session-map-plot").bounding_box()
    x, y, far = frame["x"] + frame["width"] * 0.5, frame["y"] + frame["height"] * 0.65, 120
    page.mouse.move(x + far, y)
    page.mouse.down()
    for step in range(1, 30):
        page.mouse.move(x + far * math.cos(step / 5), y + far * math.sin(step / 5))
    page.mouse.up()

    expect(page.locator("#clusters-detail .section-subtitle")).to_contain_text("sessions in this area")
    expect(page).to_have_url(re.compile(r"&area=[\d.:,-]+&colour=purchase_probability$"))
    area = re.search("area=([^&]+)", page.url)[1]
    assert 3 <= len(area.split(",")) <= 60
    audience = page.locator("#clusters-audience")
    expect(audience).to_have_attribute("href", f"/audiences/new?result={demo_result}&area={area}")
    told = page.inner_text("#clusters-detail .clusters-about")
    counted = page.inner_text("#clusters-detail .section-subtitle")
    n = re.search(r"^([\d,]+) sessions in this area", counted)[1].replace(",", "")

    opened = another()
    drawn(opened, page.url)
    expect(opened.locator("#clusters-detail .clusters-about")).to_have_text(told, use_inner_text=True)
    opened.wait_for_function(f"outline => {OUTLINE} === outline", arg=page.evaluate(OUTLINE))
    expect(opened.locator("#clusters-colour")).to_have_value("purchase_probability")
    for shown in (page, opened):
        # What is highlighted is what is counted.
        expect(shown.locator("#clusters-map")).to_have_attribute("data-chosen", n)
    expect(page.get_by_role("link", name="Open in the result")).to_have_attribute(
        "href", f"/results/{demo_result}?area={area}"
    )


def test_two_clusters_are_compared_by_choosing_them_and_no_width_scrolls(page: Page) -> None:
    page.goto("/clusters?source=training&view=two")
    second = page.get_by_role("group", name="with").locator("select")
    expect(second).to_be_visible()
    names = second.locator("option").all_inner_texts()
    second.select_option(label=names[-1])
    expect(page.locator(".clusters-sentence")).to_contain_text(names[-1])
    expect(page).to_have_url(re.compile(r"view=two&cluster=\d+&with=\d+$"))
    expect(page.locator("#clusters-gaps .main-svg").first).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/clusters?source=training&cluster=0", "/clusters?source=training&view=where"):
        page.goto(address)
        expect(page.locator("#clusters-part .card").first).to_be_visible()
        fits(page)


def test_the_map_is_moved_and_a_cluster_chosen_by_keys_alone(page: Page) -> None:
    drawn(page, "/clusters?source=training")
    page.get_by_role("button", name="Select what is in view").focus()
    page.keyboard.press("Tab")
    plot = page.get_by_role("application", name=re.compile("Map of .* sessions"))
    expect(plot).to_be_focused()
    looks = "plot => [getComputedStyle(plot).outlineStyle, getComputedStyle(plot, '::after').content]"
    assert plot.evaluate(looks) == ["solid", '""'], "one sees that it has the focus, and what it points at"

    before = page.evaluate(SEEN)
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    other = f"before => ({SEEN})().view.some((edge, place) => edge !== before[place])"
    page.wait_for_function(other, arg=before["view"])
    assert page.evaluate(SEEN)["scrolled"] == before["scrolled"], "its arrow keys don't scroll the page"
    page.keyboard.press("0")
    said, some = page.locator(".session-map-said"), re.compile(r"(?<!No )session [^…]")
    for _ in range(12):
        # Each step is told once the sessions' ids are there; by then the dot is known.
        expect(said).to_have_text(re.compile(f"{some.pattern}|^No session here$"))
        if some.search(said.inner_text()):
            break
        page.keyboard.press("+")
    expect(said).to_have_text(some)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"cluster=\d+"))
    chosen = page.locator(".clusters-name")
    expect(chosen).to_be_visible()
    expect(said).to_have_text(re.compile("^" + re.escape(chosen.inner_text().strip())))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile(r"cluster=\d+"))


#: What part of the map is seen, and how far the page is scrolled.
SEEN = """() => ({
  view: [...document.querySelector("#clusters-map").sessionMap.view], scrolled: window.scrollY,
})"""
#: The map shows another part than before, and no more than some width of it.
MOVED = """([before, width]) => {
  const [left, right] = document.querySelector("#clusters-map").sessionMap.view;
  return left !== before && right - left <= width;
}"""
#: A page that was flung by a finger has come to rest.
RESTS = """() => new Promise((done) => {
  let [last, still] = [window.scrollY, 0];
  const look = () => {
    still = window.scrollY === last ? still + 1 : 0;
    last = window.scrollY;
    if (still > 10) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def touch(page: Page, *fingers: tuple[tuple[float, float], tuple[float, float]], steps: int = 12) -> None:
    """Put fingers down, move each from one place to another, and lift them."""
    hand = page.context.new_cdp_session(page)

    def say(kind: str, share: float) -> None:
        places = [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in fingers]
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        hand.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
        )

    say("touchStart", 0)
    for step in range(1, steps + 1):
        say("touchMove", step / steps)
    say("touchEnd", 1)


def test_fingers_move_zoom_and_draw_and_the_page_can_be_scrolled_past_the_map(
    another: Callable[..., Page],
) -> None:
    page = another(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    drawn(page, "/clusters?source=training")
    middle = "plot => plot.scrollIntoView({ block: 'center', behavior: 'instant' })"
    page.locator(".session-map-plot").evaluate(middle)
    frame = page.locator(".session-map-plot").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    first = page.evaluate(SEEN)
    left, right = first["view"][:2]

    touch(page, ((x - 20, y), (x - 90, y)), ((x + 20, y), (x + 90, y)))
    page.wait_for_function(MOVED, arg=[left, 0.6 * (right - left)])
    zoomed = page.evaluate(SEEN)
    assert zoomed["scrolled"] == first["scrolled"], "two fingers belong to the map"
    touch(page, ((x + 60, y), (x - 60, y)))
    page.wait_for_function(MOVED, arg=[zoomed["view"][0], right - left])
    moved = page.evaluate(SEEN)
    assert moved["view"][0] > zoomed["view"][0]
    assert moved["scrolled"] == first["scrolled"]
    touch(page, ((x, y + 100), (x, y - 100)))
    page.wait_for_function("before => window.scrollY > before + 50", arg=first["scrolled"])
    page.evaluate(RESTS)
    assert page.evaluate(SEEN)["view"] == moved["view"], "up and down, one finger scrolls the page"

    page.tap("[data-tool=box]")
    page.evaluate(RESTS)
    frame = page.locator(".session-map-plot").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    scrolled = page.evaluate(SEEN)["scrolled"]
    touch(page, ((x - 80, y - 80), (x + 80, y + 80)))
    expect(page.locator("#clusters-detail .section-subtitle")).to_contain_text("sessions in this area")
    expect(page).to_have_url(re.compile(r"&area=[\d.:,-]+"))
    assert page.evaluate(SEEN)["scrolled"] == scrolled
