"""One tracking SDK for browsers that is tested each time; the others are by ``make live-clients``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.base.settings import Settings
from core.live.keys import make_key
from tests.live_clients.shop_pages import bundled, shop_pages
from tests.live_clients.test_browser_clients import HERE, sends_a_visit
from tests.serving import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
OTHERS = ("@rudderstack/*", "posthog-js", "@snowplow/*")
pytestmark = [pytest.mark.server, pytest.mark.browser]


@pytest.fixture
def keys(server: Server) -> tuple[Path, str, str]:
    """Return the server's data folder and a secret key; the visit is sent with a write key of its own."""
    _, secret = make_key(Settings(data_dir=server.data_dir), kind="secret", name="Segment's scores")
    return server.data_dir, "", secret


def test_a_visit_sent_by_segment_has_the_numbers_of_a_canonical_csv(
    server: Server, keys: tuple[Path, str, str], chromium: Browser, tmp_path: Path
) -> None:
    folder = bundled(HERE / "browser.mjs", ESBUILD, tmp_path / "shop", without=OTHERS)
    with shop_pages(folder) as origin:
        sends_a_visit(server, keys, origin, chromium, tmp_path, "segment", leaves_at_once=False)
