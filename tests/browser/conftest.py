"""A real server and a real Chromium for the tests of this folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import ROOT, Server, serving
from tests.shared import copy_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
#: A page full of charts takes its processor for seconds, and much longer beside four others who want it.
PATIENCE_MS = 120_000
WINDOW = {"width": 1440, "height": 900}
#: What Playwright leaves out of Chromium itself (a second list replaces the first), and then two more: every
#: window loads pages for its address bar, which no test looks at and which cost as much as a small page.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--process-per-site",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(WITHOUT)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here; each process of a run has one server and one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the dashboard with the demo shop, as ``make run`` does; what is trained stays out of the tree."""
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
    (folder / "lists").mkdir()
    settings = {
        "PREDICTOR_MODELS_DIR": str(folder / "models"),
        "PREDICTOR_SOURCES": _sources(folder),
        "PREDICTOR_DESTINATIONS": json.dumps([str(folder / "lists")]),
        "PREDICTOR_LOOK_SECONDS": "1",
    }
    with serving(copy_of("demo", folder / "data", _prepare_demo), **settings) as running:
        yield running


def _prepare_demo(folder: Path) -> None:
    """Do once what every server would do at its first start."""
    environment = {**os.environ, "PREDICTOR_DATA_DIR": str(folder)}
    subprocess.run([sys.executable, "-m", "core", "demo"], cwd=ROOT, env=environment, check=True)


def _sources(folder: Path) -> str:
    """Make a folder exports can be taken from; return the setting that allows it."""
    days = folder / "exports" / "2026-10"
    days.mkdir(parents=True)
    for day in (1, 2):
        (days / f"day-{day}.csv").write_text(f"session_id,clicks,price_mean\nt{day},5,20\n", encoding="utf-8")
    return json.dumps([str(days.parent)])


@pytest.fixture(scope="session")
def demo_result(server: Server) -> str:
    """Return the id of the demo shop's result, whatever other tests have scored since."""
    from core.base.settings import Settings
    from core.storage import Store

    store = Store(Settings(data_dir=server.data_dir))
    try:
        return store.results(limit=1000)[-1].id
    finally:
        store.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium without a window."""
    from playwright.sync_api import expect, sync_playwright

    # As patient as everything else here: the machine may be busy with other tests.
    expect.set_options(timeout=PATIENCE_MS)
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def visitor(chromium: Browser, server: Server, **how: Any) -> BrowserContext:
    """Return a browser that was never here before, and is as patient as all of them."""
    context = chromium.new_context(**{"base_url": server.url, "viewport": WINDOW, **how})
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def another(chromium: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Return what opens a page in a browser of its own, closed at the end."""
    opened: list[BrowserContext] = []

    def open_page(**how: Any) -> Page:
        opened.append(visitor(chromium, server, **how))
        return opened[-1].new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def _keeper(chromium: Browser, server: Server) -> Iterator[Page]:
    """Open one browser for a file of tests: each would fetch and compile five megabytes of scripts anew.

    A small page stays open, and with it, of all pages, the one process and what it has compiled.
    """
    context = visitor(chromium, server)
    # The tour has tests of its own; everyone else has left it before.
    context.add_init_script(
        "localStorage.getItem('predictor-tour') || localStorage.setItem('predictor-tour', 'left')"
    )
    keeper = context.new_page()
    keeper.goto("/healthz")
    yield keeper
    context.close()


@pytest.fixture
def context(_keeper: Page, server: Server) -> Iterator[BrowserContext]:
    """Give the browser, whose visitor knows the dashboard and has left nothing there but its cache."""
    context = _keeper.context
    yield context
    for page in context.pages:
        if page != _keeper:
            page.close()
    storage = {"origin": server.url, "storageTypes": "cookies,local_storage,indexeddb,cache_storage"}
    context.new_cdp_session(_keeper).send("Storage.clearDataForOrigin", storage)
    context.clear_cookies()


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """Open a page; afterwards, fail on any console error, page error or request to another host."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda m: troubles.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(f"page: {error}"))

    def outside(request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            troubles.append(f"outside request: {request.url}")

    # Watched, not intercepted, which would cost the browser its cache; it finds no other host anyway.
    context.on("request", outside)
    page.troubles = troubles
    yield page
    context.remove_listener("request", outside)
    assert not troubles, "\n".join(troubles)
