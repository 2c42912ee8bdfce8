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
from tests.browser.conftest import PATIENCE_MS, visitor
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


def events_seen(server: Server, secret: str, who: str, n: int) -> None:
    """Wait until a visitor has so many events."""
    asked, headers = f"{server.url}/api/live/visitors/{who}", {"authorization": f"Bearer {secret}"}
    patience = PATIENCE_MS / 1000

    def seen() -> bool:
        answer = httpx.get(asked, headers=headers, timeout=patience).json()
        return bool(answer.get("events_seen") == n)

    wait_until(seen, seconds=patience, what=f"{n} events")


def test_a_shop_s_page_sends_after_consent_and_as_it_is_left(
    server: Server, chromium: Browser, shop: tuple[str, str, str]
) -> None:
    url, secret, source = shop
    page = visitor(chromium, server, user_agent=AGENT).new_page()
    page.goto(f"{url}/shoes")
    page.evaluate("shopLive.track('search')")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('shop-live'))") == []

    page.evaluate("shopLive.consent(true)")
    page.evaluate("shopLive.track('product_view', {product_id: 'A1', price: 39.9})")
    who = page.evaluate("localStorage.getItem('shop-live-id')")
    page.goto("about:blank")  # before the pause is over in which events are gathered

    events_seen(server, secret, who, 2)
    page.goto(f"{url}/cart")
    page.evaluate("shopLive.consent(true)")  # sends again what was sent at the end, and this page's view
    events_seen(server, secret, who, 3)

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
    page.context.close()


def test_what_the_live_page_says_to_paste_counts_the_page(
    server: Server, chromium: Browser, shop: tuple[str, str, str]
) -> None:
    url, secret, _ = shop
    page = visitor(chromium, server, user_agent=AGENT).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{url}/pasted")
    assert page.inner_text("body").strip() == ""
    events_seen(server, secret, page.evaluate("localStorage.getItem('shop-live-id')"), 1)
    assert errors == []
    page.context.close()
