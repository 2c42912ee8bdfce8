"""Browsers' visits that aren't one page after another: two tabs, a visitor's no, days without a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from core.base.settings import Settings
from core.live.database import reader
from core.live.keys import Key, make_key
from core.live.schema import EVENT_COLUMNS
from tests.browser.conftest import PATIENCE_MS
from tests.core.live.test_real_clients import keys, server
from tests.core.live.test_same_numbers import COLUMNS, VISIT, Row, same
from tests.live_clients.test_browser_clients import AGENT, ESBUILD, IN_EUR, of_type, origin, written
from tests.serving import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["keys", "origin", "server"]

pytestmark = [
    pytest.mark.server,
    pytest.mark.browser,
    pytest.mark.skipif(not ESBUILD.exists(), reason="the SDKs are installed by make live-clients"),
]
STEPS = {"snowplow": IN_EUR}
#: Which count each page as viewed, by themselves.
COUNT_PAGES = ("posthog", "own")
DAYS = timedelta(days=3)


class Shop:
    """A source of its own, what came from it, and a visitor's browser on the shop's pages."""

    def __init__(
        self, client: str, server: Server, keys: tuple[Path, str, str], origin: str, chromium: Browser
    ) -> None:
        self.client, self.server, self.origin, self.secret = client, server, origin, keys[2]
        self.settings = Settings(data_dir=keys[0])
        self.source: Key
        self.source, self.key = make_key(self.settings, kind="write", name=client, origins=(origin,))
        self.context: BrowserContext = chromium.new_context(user_agent=AGENT)
        self.context.set_default_timeout(PATIENCE_MS)

    def tab(self) -> Page:
        """Open a tab in which the visit goes on."""
        page = self.context.new_page()
        page.goto(f"{self.origin}/shoes")
        page.evaluate(
            "([client, url, key]) => begin(client, url, key)", [self.client, self.server.url, self.key]
        )
        return page

    def events(self) -> list[Row]:
        names = ", ".join(f'"{column}"' for column in EVENT_COLUMNS)
        query = f'SELECT {names} FROM events WHERE source = ? ORDER BY "timestamp", n'
        found = reader(self.settings).execute(query, [self.source.id]).fetchall()
        return [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in found]

    def arrived(self, n: int) -> list[Row]:
        """Wait for so many events, and return them."""
        wait_until(lambda: len(self.events()) >= n, seconds=60, what=f"{n} events of {self.client}")
        return self.events()

    def sessions(self) -> list[Row]:
        """Return the visits by when they began, as they are answered."""
        query = "SELECT session_id FROM sessions WHERE source = ? ORDER BY first_at"
        headers = {"authorization": f"Bearer {self.secret}"}
        return [
            httpx.get(f"{self.server.url}/api/live/sessions/{each}", headers=headers, timeout=60).json()
            for (each,) in reader(self.settings).execute(query, [self.source.id]).fetchall()
        ]


@pytest.fixture
def shop(
    request: pytest.FixtureRequest,
    server: Server,
    keys: tuple[Path, str, str],
    origin: str,
    chromium: Browser,
) -> Any:
    made = Shop(request.param, server, keys, origin, chromium)
    yield made
    made.context.close()


def step(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.evaluate("(i) => { step(i); }", number)


def told(events: Sequence[Row]) -> list[Row]:
    return [{name: event[name] for name in COLUMNS} for event in events]


def wanted(steps: Sequence[Row]) -> list[Row]:
    return [{name: each.get(name) for name in COLUMNS} for each in steps]


@pytest.mark.parametrize("shop", ["segment", "rudder", "posthog", "snowplow", "own"], indirect=True)
def test_two_tabs_of_one_visitor_are_one_visit_in_the_order_it_happened(shop: Shop, tmp_path: Path) -> None:
    one, other = shop.tab(), shop.tab()
    assert one.evaluate("visitor()") == other.evaluate("visitor()")
    for number, page in enumerate((one, other, one, other)):
        step(page, number)
    views = [of_type("page_view")] * (2 if shop.client in COUNT_PAGES else 0)
    steps = [*views, *STEPS.get(shop.client, VISIT)]
    sent = shop.arrived(len(steps))
    assert told(sent) == wanted(steps)
    (answer,) = shop.sessions()
    same(answer["features"], written(sent, tmp_path, shop.settings))
    assert (answer["purchased"], answer["events_seen"]) == (True, len(steps))


@pytest.mark.parametrize("shop", ["posthog", "snowplow", "own"], indirect=True)
def test_after_a_visitor_s_no_nothing_is_sent_from_any_tab(shop: Shop, tmp_path: Path) -> None:
    page, other = shop.tab(), shop.tab()
    views = [of_type("page_view")] * (2 if shop.client in COUNT_PAGES else 0)
    step(page, 0)
    sent = shop.arrived(len(views) + 1)
    if shop.client == "own":
        step(other, 1)  # waits still, and is gone with the rest
    asked: list[str] = []
    for tab in (page, other):
        tab.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.evaluate("refuse()")
    if shop.client != "own":
        other.evaluate("refuse()")
    for tab in (page, other):
        step(tab, 2, 3)
        tab.goto("about:blank")
    assert asked == []
    look = shop.context.new_page()
    look.goto(f"{shop.origin}/shoes")
    if shop.client == "own":
        assert look.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    assert told(shop.events()) == told(sent) == wanted([*views, STEPS.get(shop.client, VISIT)[0]])
    (answer,) = shop.sessions()
    same(answer["features"], written(sent, tmp_path, shop.settings))


@pytest.mark.parametrize("shop", ["segment", "rudder", "posthog", "snowplow", "own"], indirect=True)
def test_a_visit_without_a_line_belongs_to_the_day_it_happened(shop: Shop, tmp_path: Path) -> None:
    begun = datetime.now(UTC) - DAYS
    shop.context.clock.install(time=begun)
    page = shop.tab()
    shop.context.set_offline(True)
    for number in range(4):
        step(page, number)
        page.clock.run_for(1000)
    if shop.client != "posthog":  # whose events wait in memory alone: a laptop that is closed and opened
        page.close()
    shop.context.clock.fast_forward(int((datetime.now(UTC) - begun).total_seconds() * 1000))
    shop.context.set_offline(False)
    views = [of_type("page_view")] * (shop.client in COUNT_PAGES)
    steps = [*views, *STEPS.get(shop.client, VISIT)]
    later = page if shop.client == "posthog" else shop.tab()
    step(later, 0)  # some send what waits with the next event

    def then() -> list[Row]:
        later.clock.run_for(1000)
        return [event for event in shop.events() if event["timestamp"] / 1e6 < begun.timestamp() + 3600]

    wait_until(lambda: len(then()) >= len(steps), seconds=60, what=f"the visit of {shop.client}")
    sent = then()
    assert told(sent) == wanted(steps)
    assert begun.timestamp() - 60 < sent[0]["timestamp"] / 1e6 < sent[-1]["timestamp"] / 1e6
    if shop.client == "snowplow":
        return  # whose visits are cookies, which a browser drops by its own clock and not by ours
    visit = shop.sessions()[0]
    same(visit["features"], written(sent, tmp_path, shop.settings))
    assert (visit["purchased"], visit["events_seen"]) == (True, len(steps))
