"""The tracker for shops, on a page of another site, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from components.live.setup import tag
from core.base.settings import Settings
from core.live.keys import make_key
from core.rules.repository import save, switch
from core.rules.rule import Action, Rule
from tests.browser.conftest import PATIENCE_MS
from tests.serving import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: A visitor's: one that calls itself headless is a robot, to whom no rule applies.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0"
#: What the shop's page is told.
DECIDE = "() => new Promise((told) => shopLive.decide(told))"


@pytest.fixture
def shop(server: Server) -> Iterator[tuple[str, str, str]]:
    """Serve a shop's page elsewhere; return its address, a secret key and the id of its write key."""
    settings = Settings(data_dir=server.data_dir)
    pages: dict[str, str] = {}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(pages["pasted" if self.path == "/pasted" else "text"].encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    # A browser may hold a connection it asks nothing of yet; another must not wait for it.
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as elsewhere:
        url = f"http://localhost:{elsewhere.server_port}"
        source, write = make_key(settings, kind="write", name="Tracker", origins=(url,))
        _, secret = make_key(settings, kind="secret", name="Tracker's scores")
        tracker = f"<script src='{server.url}/assets/tracker.js' data-key='{write}'></script>"
        pages["text"] = f"<title>Shop</title>{tracker}"
        pages["pasted"] = f"<title>Shop</title>{tag(server.url, write)}"
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        yield url, secret, source.id
        elsewhere.shutdown()


def test_a_shop_s_page_sends_after_consent_and_as_it_is_left(
    server: Server, chromium: Browser, shop: tuple[str, str, str]
) -> None:
    url, secret, source = shop
    page = chromium.new_page(user_agent=AGENT)
    page.goto(f"{url}/shoes")
    page.evaluate("shopLive.track('search')")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('shop-live'))") == []

    page.evaluate("shopLive.consent(true)")
    page.evaluate("shopLive.track('product_view', {product_id: 'A1', price: 39.9})")
    visitor = page.evaluate("localStorage.getItem('shop-live-id')")
    page.goto("about:blank")  # before the pause is over in which events are gathered

    def seen() -> int | None:
        headers = {"authorization": f"Bearer {secret}"}
        return (
            httpx.get(f"{server.url}/api/live/visitors/{visitor}", headers=headers).json().get("events_seen")
        )

    wait_until(lambda: seen() == 2, seconds=PATIENCE_MS / 1000, what="both events")
    page.goto(f"{url}/cart")
    page.evaluate("shopLive.consent(true)")  # sends again what was sent at the end, and this page's view
    wait_until(lambda: seen() == 3, seconds=PATIENCE_MS / 1000, what="the third event")

    # Its page asks which rules apply: one counts once, and is told as long as the visit goes on.
    action = Action(name="free-shipping", content='{"from": 50}')
    settings = Settings(data_dir=server.data_dir)
    rule = save(settings, Rule(name="Looks", action=action, held_out=0.0, source=source))
    assert page.evaluate(DECIDE) == []
    switch(settings, rule.id, on=True)
    (first,), (again,) = page.evaluate(DECIDE), page.evaluate(DECIDE)
    switch(settings, rule.id, on=False)
    assert (first["name"], first["content"], first["first"]) == ("free-shipping", {"from": 50}, True)
    assert again == {**first, "first": False}
    page.close()


def test_what_the_live_page_says_to_paste_counts_the_page(
    server: Server, chromium: Browser, shop: tuple[str, str, str]
) -> None:
    url, secret, _ = shop
    page = chromium.new_page(user_agent=AGENT)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{url}/pasted")
    assert page.inner_text("body").strip() == ""
    visitor = page.evaluate("localStorage.getItem('shop-live-id')")
    asked = f"{server.url}/api/live/visitors/{visitor}"
    headers = {"authorization": f"Bearer {secret}"}
    wait_until(
        lambda: httpx.get(asked, headers=headers).json().get("events_seen") == 1,
        seconds=PATIENCE_MS / 1000,
        what="the page view",
    )
    assert errors == []
    page.close()
