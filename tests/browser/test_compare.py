"""Two parts of a result, and a campaign's outcome, in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reading import settle
from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.server


def test_two_channels_are_compared_swapped_and_restored(page: Page, demo_result: str) -> None:
    page.goto(f"/compare?a={demo_result}")
    page.get_by_role("link", name=re.compile("^Channel: ")).click()
    headline = page.locator(".compare-headline")
    expect(headline).to_be_visible()
    expect(page.locator(".chart-card .main-svg").first).to_be_visible()
    first = page.locator(".table thead th").nth(1).inner_text()
    page.get_by_role("button", name="Swap").click()
    expect(page.locator(".table thead th").nth(2)).to_have_text(first)
    page.get_by_role("group", name="Show in group charts").get_by_role("combobox").select_option("conversion")
    expect(page).to_have_url(re.compile("show=conversion"))
    expect(page.get_by_role("heading", name="Groups beside each other: conversion")).to_be_visible()
    settle(page)
    said = headline.inner_text()
    page.reload()
    expect(headline).to_have_text(said)
    expect(page.get_by_role("heading", name="Groups beside each other: conversion")).to_be_visible()


def test_outcomes_from_a_file_tell_what_the_campaign_brought(
    page: Page, server: Server, demo_result: str, tmp_path: Path
) -> None:
    audience, content = campaign(server, demo_result)
    file = tmp_path / "outcomes.csv"
    file.write_text(content, encoding="utf-8")
    page.goto(f"/audiences/{audience}/outcomes")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(file)
    # How many of each group are listed stands above the verdict.
    headings = page.locator(".alert-heading")
    expect(headings.first).to_contain_text("Listed in the outcomes")
    expect(headings.filter(has_text="The campaign lifted purchases")).to_be_visible()
    expect(page).to_have_url(re.compile("outcomes="))
    page.get_by_role("group", name="Margin, % of revenue").get_by_role("spinbutton").fill("50")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"margin=0\.5"))
    settle(page)
    figures = page.locator(".kpi-value").all_inner_texts()
    page.reload()
    expect(page.locator(".kpi-value").last).to_have_text(figures[-1])


def campaign(server: Server, result_id: str) -> tuple[str, str]:
    """Keep an audience beside the server; return its id and a file in which the contacted bought more."""
    from core.audiences import Definition, select
    from core.base.settings import Settings
    from core.results.sources import Source
    from core.storage import Store

    store = Store(Settings(data_dir=server.data_dir))
    try:
        result = store.result(result_id)
        source = Source(
            id=result.id,
            name=result.dataset_name,
            description="",
            path=result.path,
            bundle=result.bundle,
            currency=result.currency,
            synthetic=result.synthetic,
        )
        definition = Definition(pick="top_n", amount=2000.0, held_out=0.3)
        selection = select(source, definition)
        audience = store.add_audience(
            name="Campaign", definition=definition.to_dict(), result=result, figures=_figures(selection)
        )
        people = replace(selection, definition=definition).members()
    finally:
        store.close()
    rows = ["id,revenue"]
    for held_out in (False, True):
        ids = [one["id"] for one in people if one["held_out"] == held_out]
        rows += [f"{one},{25 + place % 7}" for place, one in enumerate(ids[:: 20 if held_out else 5])]
    return audience.id, "\n".join(rows)


def _figures(selection: object) -> dict[str, object]:
    from core.audiences.figures import figures

    return figures(selection).to_dict()
