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

#: Debian's Chromium. Without what windows need, a page takes a quarter less of the processor.
CHROMIUM = next(
    filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None
)
#: A page full of charts takes its processor for seconds, and much longer beside four others who want it.
PATIENCE_MS = 120_000
WINDOW = {"width": 1440, "height": 900}
#: Whose browsers are kept: who has been here before, and who comes for the first time.
REGULAR, NEWCOMER = "regular", "newcomer"
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
    with serving(with_demo(folder / "data"), **settings) as running:
        yield running


def with_demo(folder: Path) -> Path:
    """Return a data folder in which the demo shop is, as a server's first start makes it."""
    return copy_of("demo", folder, _prepare_demo)


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
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def visitor(chromium: Browser, server: Server, **how: Any) -> BrowserContext:
    """Return a browser that was never here before, and is as patient as all of them."""
    context = chromium.new_context(**{"base_url": server.url, "viewport": WINDOW, **how})
    context.set_default_timeout(PATIENCE_MS)
    return context


class Kept:
    """Browsers that stay open for whoever comes next: each would fetch and compile five megabytes anew.

    In each a small page stays, and with it, of all its pages, the one process and what it has compiled.
    """

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._keepers: dict[tuple[str, str], tuple[Server, Page]] = {}

    def of(self, server: Server, who: str) -> Page:
        """Return the small page of a visitor's browser, which has nothing else open and remembers nothing."""
        self._close(lambda running, page: running.process.poll() is not None or page.is_closed())
        if (server.url, who) not in self._keepers:
            keeper = visitor(self._chromium, server).new_page()
            # A process that has crashed takes this page along.
            keeper.on("crash", lambda page: page.close())
            keeper.goto("/healthz")
            self._keepers[server.url, who] = server, keeper
        return self._keepers[server.url, who][1]

    def forget(self, server: Server, who: str) -> None:
        """Close what a visitor has open, and leave nothing there but their browser's cache."""
        _, keeper = self._keepers[server.url, who]
        for page in keeper.context.pages:
            if page != keeper:
                page.close()
        if keeper.is_closed():
            return
        storage = {"origin": server.url, "storageTypes": "cookies,local_storage,indexeddb,cache_storage"}
        session = keeper.context.new_cdp_session(keeper)
        session.send("Storage.clearDataForOrigin", storage)
        session.detach()
        keeper.context.clear_cookies()

    def close(self) -> None:
        """Close all of them."""
        self._close(lambda *_: True)

    def _close(self, which: Callable[[Server, Page], bool]) -> None:
        for key, (running, page) in list(self._keepers.items()):
            if which(running, page):
                page.context.close()
                del self._keepers[key]


@pytest.fixture(scope="session")
def kept(chromium: Browser) -> Iterator[Kept]:
    """Keep browsers open for all tests of a process."""
    browsers = Kept(chromium)
    yield browsers
    browsers.close()


@pytest.fixture
def another(chromium: Browser, kept: Kept, server: Server) -> Iterator[Callable[..., Page]]:
    """Return what opens a page in a browser of its own, closed at the end.

    The first that is to be like any other is in one that was never here before but for its cache.
    """
    opened: list[BrowserContext] = []
    kept_is_taken = False

    def open_page(**how: Any) -> Page:
        nonlocal kept_is_taken
        if not how and not kept_is_taken:
            kept_is_taken = True
            return kept.of(server, NEWCOMER).context.new_page()
        opened.append(visitor(chromium, server, **how))
        return opened[-1].new_page()

    yield open_page
    for context in opened:
        context.close()
    if kept_is_taken:
        kept.forget(server, NEWCOMER)


@pytest.fixture
def context(kept: Kept, server: Server) -> Iterator[BrowserContext]:
    """Give the browser, whose visitor knows the dashboard and has left nothing there but its cache."""
    yield kept.of(server, REGULAR).context
    kept.forget(server, REGULAR)


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """Open a page; afterwards, fail on any console error, page error or request to another host."""
    page = context.new_page()
    # The tour has tests of its own; everyone else has left it before.
    page.add_init_script(
        "localStorage.getItem('predictor-tour') || localStorage.setItem('predictor-tour', 'left')"
    )
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
