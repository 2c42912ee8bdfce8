"""Every view comes back from its address alone, fits a phone, and shuts nobody out."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.browser.accessibility import troubles_of
from tests.browser.reading import fits, settle
from tests.serving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

#: Addresses with something chosen in each of them; ``{result}`` is the demo shop's result.
VIEWS = (
    "/results/{result}?min_p=0.05&weekday=3&col.n_events=gt:4&sort=-expected_revenue",
    "/results/{result}?cluster=1&weekday=3&measure=conversion",
    "/results/{result}?because=cart_adds:up&area=-9:-9,9:-9,9:9,-9:9",
    "/results/{result}/why?target=revenue&feature=price_mean&device=mobile",
    "/results/{result}/session?session=S00000003",
    "/results/{result}/drift",
    "/what-if?cart_adds=1&cart_value=40&s1=name:Empty,cart_adds:0&change=yes&may=searches,clicks&curve=searches&of=revenue",
    "/what-if/journey",
    "/clusters?source={result}&cluster=1",
    "/journeys?source={result}&view=exit&by=device&cluster=2",
    "/audiences/new?result={result}&device=mobile&pick=top_share&amount=0.2&held_out=0.2",
    "/compare?a={result}&b={result}&a.channel=email&b.channel=social",
    "/models/demo-shop?threshold=0.3",
)

#: What a person reads; a table out of sight has no text yet: of it, how many rows there are, and the first.
READ = """() => {
    const grids = [...document.querySelectorAll('#main .results-grid')];
    for (const grid of grids) grid.style.visibility = 'hidden';
    const read = [document.querySelector('#main').innerText];
    for (const grid of grids) {
        read.push(grid.querySelector("[data-ref='lbRecordCount']").textContent,
            ...[...grid.querySelectorAll("[row-index='0'] [col-id]")].map(cell => cell.textContent));
        grid.style.visibility = '';
    }
    return read.join('\\n');
}"""
#: What the charts are drawn from: every trace's type and values.
DRAWN = """() => [...document.querySelectorAll('#main .js-plotly-plot')].map(chart =>
    chart.data.map(({type, name, x, y, z, visible}) => JSON.stringify([type, name, x, y, z, visible])))"""
#: What is missing from each chart's card, by its title.
MISSING = """() => [...document.querySelectorAll('#main .chart-card')].flatMap(card => {
    const title = card.querySelector('.card-title')?.innerText || '(a chart without a title)';
    const frame = card.querySelector('.chart-frame[role=figure]');
    const told = axis => axis.type !== 'linear' || !axis.visible || !axis.showticklabels || axis.title?.text
        || axis.ticksuffix || axis.tickprefix || axis.tickmode === 'array';
    const axes = [...card.querySelectorAll('.js-plotly-plot')].flatMap(chart =>
        Object.entries(chart._fullLayout).filter(([key, axis]) => /^[xy]axis/.test(key) && !told(axis))
            .map(([key]) => key));
    return [
        frame?.getAttribute('aria-label') ? '' : 'an accessible name',
        card.querySelector('.chart-twin .chart-table') ? '' : 'a table',
        /n = [0-9]/.test(card.querySelector('.chart-note')?.innerText || '') ? '' : 'how many it is made of',
        ...axes.map(axis => `a unit on its ${axis}`),
    ].filter(Boolean).map(what => `“${title}” lacks ${what}`);
})"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_comes_back_from_its_address(
    page: Page, another: Callable[..., Page], demo_result: str, view: str
) -> None:
    page.goto(view.format(result=demo_result))
    settle(page)
    assert page.evaluate(MISSING) == []
    address = page.url
    drawn = page.evaluate(DRAWN)

    other = another()
    other.goto(address)
    settle(other)
    assert other.url == address
    # A table that is told its filters late asks for its rows once more.
    with suppress(AssertionError):
        wait_until(lambda: _read(other) == _read(page), seconds=60, what="the same to be read")
    assert _read(other) == _read(page)
    assert other.evaluate(DRAWN) == drawn

    page.set_viewport_size({"width": 390, "height": 800})
    fits(page)
    assert troubles_of(other) == []


def _read(page: Page) -> str:
    return re.sub(r"just now|\d+ (min|h|d) ago", "", page.evaluate(READ))
