"""The pictures of README.md and docs/guide.md: ``python tests/browser/screenshots.py --guide docs/pictures``.

Goes the way the guide describes on a server of its own: uploads the export of a made-up shop, waits until its
own model has scored it, makes an audience, uploads who bought. So the pictures show what the pages do; only
the shop and its campaign are made up.
"""

from __future__ import annotations

import base64
import csv
import io
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from playwright.sync_api import Browser, Page

from core.simulate import simulate_events
from tests.browser.reading import result_shown
from tests.serving import ROOT, serving

SHOP = "Harbour & Pine"
EXPORT = "September and October.csv"
SESSIONS, SEED, START, DAYS = 20_000, 2026, "2026-09-01", 60
#: Prices of the demo shop times this: the shop of the pictures is another one.
DEARER = 1.7
#: What the campaign of the pictures does: shares of buyers without and with being contacted.
BUY_ANYWAY, BUY_CONTACTED = 0.06, 0.1
#: Training takes a minute on two free cores, and longer where others want them.
SCORED_WITHIN_MS = 900_000
#: So long a click may take on a busy machine.
PATIENCE_MS = 300_000
WIDTH, HEIGHT = 1200, 760
#: Of 100: text stays sharp, and a page takes some 50 kB.
QUALITY = 82

Settle = Callable[[Page], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Takes pictures of one page into a folder."""

    page: Page
    folder: Path
    settle: Settle

    def shoot(self, name: str, *, height: int = HEIGHT) -> None:
        """Write the page's first ``height`` pixels, in a window as high: what sticks to it stays in place."""
        self.page.set_viewport_size({"width": WIDTH, "height": height})
        # Where the last click was, something may explain itself by now.
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
        self.settle(self.page)
        # Charts and maps are drawn again for the new window in the next frame.
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        # Playwright itself writes no WebP, which is a third of the size of PNG.
        session = self.page.context.new_cdp_session(self.page)
        shot: dict[str, Any] = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        session.detach()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


def shoot_guide(browser: Browser, folder: Path, settle: Settle) -> None:
    """Write every picture of the guide and the README into a folder."""
    with tempfile.TemporaryDirectory() as scratch, _shop(Path(scratch)) as url:
        context = browser.new_context(
            base_url=url,
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        # The tour of a first visit would lie over the pages.
        context.add_init_script("window.localStorage.setItem('predictor-tour', 'left')")
        camera = Camera(page=context.new_page(), folder=folder, settle=settle)
        result = _upload(camera, export(Path(scratch) / EXPORT))
        _result(camera, result)
        _campaign(camera, result, Path(scratch))
        camera.page.goto("/")
        camera.shoot("home", height=900)
        camera.page.emulate_media(color_scheme="dark")
        camera.page.goto(result)
        camera.shoot("result-dark")
        context.close()


def export(path: Path) -> Path:
    """Write an event log of a made-up shop, as its tools would export it."""
    events = simulate_events(SESSIONS, seed=SEED, start=START, days=DAYS)
    for name in ("price", "revenue"):
        place = events.schema.get_field_index(name)
        dearer = pc.round(pc.multiply(events[name], DEARER), 2)
        events = events.set_column(place, events.schema.field(name), dearer)
    pa.csv.write_csv(events, path)
    return path


def outcomes(listed: str) -> str:
    """Return who of an audience's list bought, as a shop's export would have it, drawn by each one's id."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["visitor_id_sha256", "orders", "revenue"])
    for row in csv.DictReader(io.StringIO(listed)):
        draw = random.Random(row["visitor_id_sha256"])
        bought = draw.random() < (BUY_CONTACTED if row["group"] == "treated" else BUY_ANYWAY)
        revenue = round(draw.lognormvariate(4.4, 0.5), 2)
        writer.writerow([row["visitor_id_sha256"], int(bought), revenue if bought else 0])
    return out.getvalue()


@contextmanager
def _shop(scratch: Path) -> Iterator[str]:
    """Serve the dashboard as a shop has it on its first day."""
    shutil.copytree(ROOT / "models" / "demo-shop", scratch / "models" / "demo-shop")
    settings = {
        "PREDICTOR_MODELS_DIR": str(scratch / "models"),
        "PREDICTOR_OWN_MODELS": "1",
        "PREDICTOR_SHOP_NAME": SHOP,
    }
    with serving(scratch / "data", **settings) as server:
        yield server.url


def _upload(camera: Camera, path: Path) -> str:
    """Upload an export; return the path of its result once it is scored."""
    page = camera.page
    page.goto("/upload")
    page.wait_for_selector("#upload-file", state="attached")
    camera.shoot("upload", height=620)
    page.set_input_files("#upload-file", str(path))
    page.wait_for_url(re.compile(r"/results/[\w-]+$"))
    page.get_by_text(re.compile(r"[1-9]\d* s so far")).wait_for(timeout=SCORED_WITHIN_MS)
    camera.shoot("training", height=560)
    result_shown(page, within_ms=SCORED_WITHIN_MS)
    return "/results/" + page.url.rstrip("/").rsplit("/", 1)[-1]


def _result(camera: Camera, result: str) -> None:
    page = camera.page
    page.goto(result)
    camera.shoot("result-light")
    page.locator(f"a[href^='{result}/session']").first.click()
    page.wait_for_url(re.compile("/session"))
    camera.shoot("session", height=900)
    page.goto(f"/clusters?source={result.rpartition('/')[2]}")
    camera.shoot("clusters", height=800)
    page.goto("/models")
    page.get_by_role("link", name=re.compile("^september-and-october")).first.click()
    page.wait_for_url(re.compile("/models/.+"))
    camera.shoot("model", height=900)


def _campaign(camera: Camera, result: str, scratch: Path) -> None:
    """Make an audience with a hold-out, and upload what became of it."""
    page = camera.page
    page.goto(f"/audiences/new?result={result.rpartition('/')[2]}")
    page.get_by_label("Share", exact=True).get_by_role("spinbutton").fill("30")
    page.get_by_label("Share held out").get_by_role("spinbutton").fill("30")
    # So that the same people are held out whenever the pictures are taken.
    page.get_by_label("Random seed").get_by_role("textbox").fill("october")
    page.wait_for_url(re.compile(r"(?=.*held=0\.3)(?=.*october)"))
    camera.settle(page)
    page.get_by_label("Audience name").fill("October mailing")
    page.wait_for_url(re.compile("name=October"))
    camera.shoot("audience-new", height=900)
    page.get_by_role("button", name="Save audience").click()
    page.wait_for_url(re.compile("/audiences/(?!new)[^/]+$"))
    camera.shoot("audience", height=420)
    with page.expect_download() as started:
        page.get_by_role("link", name="List with hold-out").click()
    bought = scratch / "orders after the mailing.csv"
    bought.write_text(outcomes(Path(started.value.path()).read_text()))
    page.get_by_role("link", name="Campaign results").click()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Choose a file").click()
    chosen.value.set_files(str(bought))
    page.get_by_role("heading", name="The two groups").wait_for()
    camera.shoot("campaign", height=900)
