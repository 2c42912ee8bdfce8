"""A shop's first export in a real browser: who will buy, by a model that hadn't seen them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from core.base.settings import Settings
from core.simulate import simulate_events
from core.storage import Store
from tests.browser.conftest import with_demo
from tests.browser.reading import RESULT, choose_files
from tests.serving import ROOT, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

SESSIONS = 20_000
#: Training takes half a minute on two free cores; here others want them.
TRAINING_MS = 900_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve an empty dashboard, as a shop has it on its first day."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
    settings = {"PREDICTOR_MODELS_DIR": str(folder / "models"), "PREDICTOR_OWN_MODELS": "1"}
    with serving(with_demo(folder / "data"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an export of another shop than the demo's: other visitors, other prices."""
    events = simulate_events(SESSIONS, seed=99, start="2026-05-04", days=42)
    for name in ("price", "revenue"):
        place = events.schema.get_field_index(name)
        dearer = pc.round(pc.multiply(events[name], 3.4), 2)
        events = events.set_column(place, events.schema.field(name), dearer)
    path = tmp_path_factory.mktemp("export") / "May at the other shop.csv"
    pa.csv.write_csv(events, path)
    return path


def test_the_first_upload_is_answered_by_its_own_model(page: Page, server: Server, export: Path) -> None:
    choose_files(page, export)
    page.wait_for_url(RESULT)

    # What needs no model is there before one is trained, and how long that takes is said.
    recorded = page.locator("#results-recorded")
    recorded.get_by_text("20,000").wait_for()
    page.get_by_text("Training your own model on this export").wait_for()
    page.get_by_text(re.compile(r"\d+ s so far, (about \d+ (s|min)|a few seconds) left")).wait_for()

    # Nobody clicks: the page turns into the result.
    page.get_by_text("Scored with a model trained on this export").wait_for(timeout=TRAINING_MS)
    link = page.get_by_role("link", name=re.compile(r"^may-at-the-other-shop-\d{4}-\d\d-\d\d$")).first
    expect(link).to_be_visible()

    store = Store(Settings(data_dir=server.data_dir, DATABASE_URL=None))
    try:
        result = store.result(page.url.rstrip("/").rsplit("/", 1)[-1])
    finally:
        store.close()
    assert result.basis is not None
    assert (result.basis.kind, result.basis.out_of_sample, result.basis.promoted) == ("own", True, True)
    assert result.basis.quality["roc_auc"]["low"] > 0.8
    assert result.basis.quality["calibration_error"]["value"] <= 0.02
    scored = pq.read_table(result.path, columns=["predicted_purchase", "purchased"])
    likely = pc.sum(scored["predicted_purchase"]).as_py()
    assert result.recorded is not None
    assert 600 < result.recorded.buyers < 800
    expect(page.get_by_text(re.compile(rf"\b{likely:,}\b")).first).to_be_visible()
