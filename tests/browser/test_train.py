"""Training in a real browser: start, watch, compare, use, score, go back; and stop one in the middle."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from core.simulate import write_events
from tests.browser.conftest import visitor
from tests.browser.reading import RESULT, result_shown, upload
from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: A busy machine takes its time over a training.
TRAINED_WITHIN = 180_000
SESSIONS, DAYS = 4_000, 30
SHIPPED = "demo-shop"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small export with a hundred buyers in a month."""
    path = tmp_path_factory.mktemp("train") / "my-shop.csv.gz"
    write_events(path, n_sessions=SESSIONS, seed=3, days=DAYS)
    return path


@pytest.fixture(scope="module")
def dataset_id(export: Path, server: Server, chromium: Browser) -> str:
    """Upload the export once and return its dataset, scored."""
    context = visitor(chromium, server)
    page = context.new_page()
    upload(page, export)
    page.get_by_role("link", name="Train on this export").click()
    page.wait_for_url(re.compile(r"/train\?dataset=[\w-]+$"))
    address = page.url
    context.close()
    return address.rsplit("=", 1)[1]


def start(page: Page, dataset_id: str, *, name: str, thorough: str) -> None:
    """Fill in the form, start a training and wait for its page."""
    page.goto(f"/train?dataset={dataset_id}")
    page.get_by_label("Model name").fill(name)
    page.locator("label", has_text=re.compile(f"^{thorough}, up to")).click()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_role("button", name="Train the model").click()
    page.wait_for_url(re.compile(r"/train/[\w-]+$"))


def test_train_compare_use_score_and_go_back(page: Page, dataset_id: str) -> None:
    start(page, dataset_id, name="my-shop", thorough="Quick")
    watched = page.url

    # It goes on without the page, and the page finds it again.
    page.goto("/train")
    expect(page.locator("#train-list").get_by_role("link", name="my-shop")).to_be_visible()
    page.goto(watched)
    page.get_by_role("button", name="Use this one").wait_for(timeout=TRAINED_WITHIN)

    compared = page.locator(".train-compare")
    for figure in ("ROC-AUC", "PR-AUC", "alibration error"):
        expect(compared.get_by_role("row").filter(has_text=figure).first).to_contain_text(" to ")
    # The browser remembers who I am.
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")
    confirm = page.get_by_role("checkbox")
    if confirm.count():
        expect(page.get_by_role("button", name="Use this one")).to_be_disabled()
        confirm.check()
    page.get_by_role("button", name="Use this one").click()
    expect(page.locator(".train-used")).to_contain_text("Everything is scored with my-shop")
    expect(page.locator(".train-used")).to_contain_text("Ada Lovelace")

    page.get_by_role("button", name="Score this export again").click()
    page.wait_for_url(RESULT)
    # The model in use when its turn comes answers: not before it has is another one put to work.
    result_shown(page, within_ms=TRAINED_WITHIN)
    scored = page.locator(".results-subtitle").get_by_role("link", name="my-shop")
    scored.wait_for(timeout=TRAINED_WITHIN)
    result = page.url

    page.goto(watched)
    page.get_by_role("button", name="Go back").click()
    expect(page.locator(".train-used")).to_contain_text(f"In use now: {SHIPPED}")
    expect(page.get_by_role("table", name="Which model was in use")).to_contain_text("Ada Lovelace")

    page.goto(result)
    expect(page.locator(".alert", has_text="Another model is in use now")).to_contain_text(SHIPPED)
    page.get_by_role("button", name="Score again").click()
    page.wait_for_url(lambda url: "/results/" in url and url != result)
    page.locator(".results-subtitle").get_by_role("link", name=SHIPPED).wait_for(timeout=TRAINED_WITHIN)


def test_a_training_is_stopped_in_the_middle_and_leaves_nothing(
    page: Page, dataset_id: str, server: Server
) -> None:
    models = server.data_dir.parent / "models"
    before = sorted(path.name for path in models.iterdir())
    start(page, dataset_id, name="never-finished", thorough="Thorough")
    # In the midst of learning, not before.
    page.locator(".results-step-now", has_text="Learning from them").wait_for(timeout=TRAINED_WITHIN)

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Keep training").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel training").click()

    page.get_by_text("This training was cancelled").wait_for()
    page.reload()
    page.get_by_text("This training was cancelled").wait_for()
    page.get_by_role("link", name="Train again").click()
    listed = page.locator("#train-list").get_by_role("row").filter(has_text="never-finished")
    expect(listed).to_contain_text("stopped")
    assert sorted(path.name for path in models.iterdir()) == before
