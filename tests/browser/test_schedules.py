"""A schedule in a browser: made, fed, asked about, answered, and switched off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from tests.browser.reading import SCORED_WITHIN_MS, fits, navigation, settle
from tests.core.schedules.mornings import export
from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_from_a_folder_to_a_list_that_is_sent(page: Page, server: Server, demo_result: str) -> None:
    folder = server.data_dir.parent
    inbox, lists = folder / "exports" / "daily", folder / "lists"
    inbox.mkdir(exist_ok=True)
    audience = {"format": "session-predictor-audience", "version": 1, "pick": "top_share", "amount": 0.5}
    wanted = {"result": demo_result, "name": "Every morning", "definition": audience}
    assert httpx.post(f"{server.url}/api/audiences", json=wanted, timeout=120).status_code == 201
    page.goto("/")
    navigation(page).get_by_role("link", name="Schedules").click()
    page.get_by_role("link", name="New schedule").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Daily shop export")
    page.get_by_role("textbox", name="Folder in it (optional)").fill("daily")
    page.get_by_role("combobox", name="Run", exact=True).select_option("As soon as it arrives")
    expect(page.get_by_role("spinbutton", name="Wait for the file, hours")).to_be_hidden()
    page.get_by_role("combobox", name="Audience", exact=True).select_option("Every morning")
    page.get_by_role("combobox", name="Save it to").select_option(str(lists))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Daily shop export")).to_be_visible()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    # Nothing shows that the made-up shop's model holds for these visitors: the list waits for a person.
    write(inbox / "2026-11-29.csv")
    expect(page.get_by_text(re.compile("The list is held back"))).to_be_visible(timeout=SCORED_WITHIN_MS)
    assert list(lists.iterdir()) == []
    page.get_by_role("button", name="Send the list anyway").click()
    runs = page.get_by_role("region", name="Runs and what came of them")
    expect(runs.get_by_text(re.compile(r"[\d,]+ to contact, [\d,]+ held out, sent")).first).to_be_visible(
        timeout=SCORED_WITHIN_MS
    )
    (file,) = lists.iterdir()
    assert file.name == "daily-shop-export_every-morning_2026-11-29.csv"
    settle(page)
    fits(page)
    expect(runs.get_by_role("link", name="2026-11-29.csv").first).to_have_attribute(
        "href", re.compile("/results/")
    )
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Schedules", exact=True)).to_be_visible()
    expect(page.get_by_text("No schedules yet")).to_be_visible()


def write(path: Path) -> None:
    """Write an export of which nobody knows who bought, whole at once."""
    partial = path.with_suffix(".part")
    export(29, n=400, seed=29).drop(columns=["purchased", "revenue"]).to_csv(partial, index=False)
    partial.rename(path)
