"""The models pages in a real browser: move and save a threshold, use another model, take the card along."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from core.training.curves import curves
from tests.browser.reading import fits, settle
from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server

ALARM = {"kind": "auc", "title": "Better than browsing allows", "text": "Look at <b>bounces</b>."}


def copy_model(server: Server, name: str, alarms: list[dict[str, str]] | None = None) -> Path:
    """Put a copy of the shipped model beside it, with curves of its reference sessions."""
    models = server.data_dir.parent / "models"
    folder = models / name
    if not folder.exists():
        shutil.copytree(models / "demo-shop", folder)
    path = folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    scored = pq.read_table(folder / "reference.parquet")
    told |= {"name": name, "alarms": alarms or [], "threshold": 0.2, "threshold_rule": {"kind": "f1"}}
    told["curves"] |= curves(scored, 0.2)
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def manifest(server: Server, name: str) -> dict:
    """Read what a model says about itself now."""
    path = server.data_dir.parent / "models" / name / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_threshold_by_money_is_found_saved_and_comes_back_by_its_address(
    page: Page, server: Server
) -> None:
    copy_model(server, "by-money")
    page.goto("/models/by-money")
    expect(page.locator(".model-threshold-value")).to_have_text("20.0%")
    page.get_by_label("Money").check()
    page.fill("#model-value", "90")
    page.fill("#model-cost", "2")
    page.press("#model-cost", "Enter")
    expect(page.locator(".model-threshold-money")).to_contain_text("€")
    expect(page.locator("#model-profit .js-plotly-plot")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/models/by-money\?threshold=0\.0\d+&value=90&cost=2$"))
    settle(page)
    chosen, money = page.inner_text(".model-threshold-value"), page.inner_text(".model-threshold-money")
    assert chosen != "20.0%"

    page.click("#model-threshold-save")
    expect(page.locator("#model-threshold-told")).to_contain_text("Saved.")
    told = manifest(server, "by-money")
    assert told["threshold_rule"] == {"kind": "money", "value_of_buyer": 90.0, "cost_of_contact": 2.0}
    assert f"{told['threshold']:.1%}" == chosen

    page.reload()
    expect(page.locator(".model-threshold-value")).to_have_text(chosen)
    expect(page.locator(".model-threshold-money")).to_have_text(money)


def test_the_slider_moves_the_threshold_and_the_saved_one_comes_back(page: Page, server: Server) -> None:
    copy_model(server, "by-hand")
    page.goto("/models/by-hand")
    expect(page.locator(".model-threshold-value")).to_have_text("20.0%")
    thumb = page.locator(".model-slider [role=slider]")
    thumb.focus()
    thumb.press("ArrowRight")
    expect(page.locator(".model-threshold-value")).not_to_have_text("20.0%")
    expect(page).to_have_url(re.compile(r"threshold=0\.2\d+$"))
    page.click("#model-threshold-saved")
    expect(page.locator(".model-threshold-value")).to_have_text("20.0%")


def test_a_model_with_warnings_is_used_only_after_a_confirmation_and_taken_back(
    page: Page, server: Server
) -> None:
    copy_model(server, "with-alarms", [ALARM])
    page.goto("/models")
    card = page.locator(".models-card", has_text="with-alarms")
    expect(card).to_contain_text("1 warning")
    card.get_by_role("button", name="Use this one").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Look at <b>bounces</b>.")
    use = dialog.locator("#models-confirm")
    expect(use).to_be_disabled()
    dialog.get_by_label("Your name").fill("Ada Lovelace")
    dialog.get_by_text("I have checked the warnings").click()
    expect(use).to_be_enabled()
    use.click()
    expect(page.locator(".models-card-used")).to_contain_text("with-alarms")
    expect(page.get_by_role("region", name="Which model was in use")).to_contain_text("Ada Lovelace")

    page.get_by_role("button", name="Go back to demo-shop").click()
    expect(dialog.get_by_label("Your name")).to_have_value("Ada Lovelace")
    dialog.locator("#models-confirm").click()
    expect(page.locator(".models-card-used")).to_contain_text("demo-shop")

    copy_model(server, "too-many")
    page.goto("/models")
    page.get_by_role("button", name="Delete too-many").click()
    dialog.locator("#models-confirm").click()
    expect(page.locator(".models-card", has_text="too-many")).to_have_count(0)
    assert not (server.data_dir.parent / "models" / "too-many").exists()


def test_the_card_opens_from_disk_without_the_internet(
    page: Page, another: Callable[..., Page], server: Server, tmp_path: Path
) -> None:
    copy_model(server, "to-take-along", [ALARM])
    page.goto("/models/to-take-along")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the card").click()
    file = tmp_path / "card.html"
    waiting.value.save_as(file)
    assert file.stat().st_size < 6_000_000

    opened = another(offline=True)
    troubles: list[str] = []
    opened.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "request",
        lambda r: troubles.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None,
    )
    opened.goto(file.as_uri())
    charts = opened.locator(".chart")
    drawn = "() => [...document.querySelectorAll('.chart')].every((c) => c.querySelector('.main-svg'))"
    opened.wait_for_function(drawn)
    assert charts.count() >= 7
    expect(opened.locator(".bad")).to_contain_text("Look at <b>bounces</b>.")
    expect(opened.locator("h1")).to_have_text("to-take-along")
    assert not troubles


def test_no_width_scrolls_sideways(page: Page, server: Server) -> None:
    copy_model(server, "by-hand")
    for address in ("/models", "/models/by-hand"):
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto(address)
        settle(page)
        for width in (390, 768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            fits(page)


def test_a_model_that_is_not_there_is_said_to_be_missing(page: Page) -> None:
    page.goto("/models/no-such-model")
    expect(page.get_by_text("Model not found", exact=True)).to_be_visible()
    page.get_by_role("link", name="All models").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
