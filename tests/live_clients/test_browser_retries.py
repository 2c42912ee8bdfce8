"""What tracking SDKs for browsers do when they are refused, on a page that stays open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from core.api import collector
from core.base.errors import CoreError, TooLargeError, TooManyEventsError, UnavailableError
from core.live.database import reader
from tests.browser.conftest import PATIENCE_MS
from tests.core.live.conftest import Shop, sqlite_shop
from tests.core.live.serving import served
from tests.live_clients.shop_pages import bundled, shop_pages
from tests.live_clients.test_browser_clients import AGENT, ESBUILD, HERE
from tests.serving import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["sqlite_shop"]

pytestmark = [
    pytest.mark.server,
    pytest.mark.browser,
    pytest.mark.skipif(not ESBUILD.exists(), reason="the SDKs are installed by make live-clients"),
]
CLIENTS = ("segment", "rudder", "posthog", "snowplow")
ERRORS: dict[int, CoreError] = {
    error.status: error
    for error in (UnavailableError("away"), TooManyEventsError("too many"), TooLargeError("too large"))
}
#: Which send again what was refused so. PostHog's takes any 4xx for its own mistake, and drops it.
AGAIN = {503: CLIENTS, 429: ("segment", "rudder", "snowplow"), 413: ()}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = bundled(HERE / "browser.mjs", ESBUILD, tmp_path_factory.mktemp("shop"))
    with shop_pages(folder) as url:
        yield url


def refused_once(monkeypatch: pytest.MonkeyPatch, error: CoreError) -> list[int]:
    """Refuse the first request; return the list of what is answered, which grows."""
    statuses: list[int] = []
    collect, take, left = collector.collect, collector._take, [error]

    def refusing(*asked: Any) -> Any:
        if left:
            raise left.pop()
        return collect(*asked)

    async def noting(request: Any, tracker: Any) -> Any:
        answer = await take(request, tracker)
        statuses.append(answer.status_code)
        return answer

    monkeypatch.setattr(collector, "collect", refusing)
    monkeypatch.setattr(collector, "_take", noting)
    monkeypatch.setattr(collector, "RETRY_AFTER", dict.fromkeys((TooManyEventsError, UnavailableError), "1"))
    return statuses


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("error", ERRORS.values(), ids=map(str, ERRORS))
def test_what_may_be_taken_later_is_sent_again_and_nothing_else(
    sqlite_shop: Shop,
    origin: str,
    chromium: Browser,
    monkeypatch: pytest.MonkeyPatch,
    client: str,
    error: CoreError,
) -> None:
    shop, statuses = sqlite_shop, refused_once(monkeypatch, error)
    # PostHog sends the view of its page by itself, before the visit.
    first, is_sent_again = "page_view" if client == "posthog" else "list_view", client in AGAIN[error.status]

    def kinds() -> list[str]:
        # By a connection of its own: the worker's is in the middle of something.
        return [kind for (kind,) in reader(shop.settings).execute("SELECT event_type FROM events")]

    with served(shop) as server:
        context = chromium.new_context(user_agent=AGENT)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"{origin}/shoes")
        page.evaluate("([client, url, key]) => begin(client, url, key)", [client, server.url, shop.write_key])
        page.evaluate("() => { step(0); }")
        wait_until(lambda: statuses, what=f"the first request of {client}")
        page.evaluate("() => { step(1); step(2); }")
        if is_sent_again:
            wait_until(lambda: first in kinds(), what=f"{client} to send again")
        page.evaluate("() => { step(3); }")
        wait_until(lambda: "purchase" in kinds(), what=f"the end of the visit of {client}")
        context.close()

    assert statuses[0] == (400 if client == "snowplow" and error.status == 413 else error.status)
    assert set(statuses[1:]) == {200}
    assert kinds().count(first) == is_sent_again
