"""From a fresh export to a list with a hold-out, guided by nothing but the pages; every click is counted."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from components.base.control import TYPING_PAUSE
from tests.browser.reading import RESULT, SCORED_WITHIN_MS, navigation, result_shown, settle

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

MOST_CLICKS = 9
VISITORS = 1_000


class Hand:
    """Clicks and counts; a file chosen in the dialog is a click as well."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        """Click something."""
        self.clicks += 1
        what.click()

    def choose(self, path: Path, opener: Locator) -> None:
        """Open the dialog and choose a file."""
        with self.page.expect_file_chooser() as chosen:
            self.click(opener)
        self.clicks += 1
        chosen.value.set_files(path)

    def download(self, what: Locator) -> bytes:
        """Click a download and read it."""
        with self.page.expect_download() as started:
            self.click(what)
        return Path(started.value.path()).read_bytes()


def export(path: Path) -> Path:
    """Write an event log of a shop whose visitors' ids a spreadsheet would run as formulas."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["session_id", "visitor_id", "timestamp", "event_type", "product_id", "price"])
        for number in range(VISITORS):
            session, visitor = f"s{number}", f"=V{number}"
            for step in range(1 + number % 9):
                kind = "cart_add" if step > 4 else "product_view"
                at = f"2026-05-0{1 + number % 7}T10:{step:02d}:00"
                out.writerow([session, visitor, at, kind, f"p{step}", 10 + number % 50])
    return path


def test_a_new_user_gets_from_an_export_to_a_list_with_a_hold_out(page: Page, tmp_path: Path) -> None:
    hand = Hand(page)
    page.goto("/")
    hand.click(navigation(page).get_by_role("link", name="Upload"))
    hand.choose(export(tmp_path / "may.csv"), page.locator("#upload-file"))
    page.wait_for_url(RESULT, timeout=SCORED_WITHIN_MS)
    result_shown(page)
    # The demo shop's model is only an example for another shop: its list is behind a fold, and said to be.
    expect(page.get_by_role("alert").filter(has_text="Don't act on it")).to_be_visible()
    hand.click(page.get_by_text("likeliest to buy, for reference"))
    hand.click(page.get_by_role("link", name="Make an audience anyway"))
    hand.click(page.get_by_role("button", name="Save anyway"))
    expect(page.get_by_role("heading", name="Definition")).to_be_visible()
    written = hand.download(page.get_by_role("link", name="List with hold-out"))
    assert hand.clicks <= MOST_CLICKS

    rows = list(csv.DictReader(written.decode().splitlines()))
    hashes = {hashlib.sha256(f"=v{number}".encode()).hexdigest() for number in range(VISITORS)}
    assert {row["visitor_id_sha256"] for row in rows} <= hashes
    assert {row["group"] for row in rows} == {"treated", "held out"}
    chances = [float(row["purchase_probability"]) for row in rows]
    assert chances == sorted(chances, reverse=True)
    assert len(rows) == VISITORS // 10
    expect(page.locator(".kpi-value").first).to_have_text(f"{len(rows):,}")
    assert hand.download(page.get_by_role("link", name="List with hold-out")) == written

    # The definition names nobody, and makes the same list of ids as they are, escaped for spreadsheets.
    definition = json.loads(hand.download(page.get_by_role("link", name="Definition")))
    file = tmp_path / "raw.json"
    file.write_text(json.dumps({**definition, "id_form": "raw"}))
    hand.click(navigation(page).get_by_role("link", name="Audiences"))
    hand.choose(file, page.get_by_role("button", name="Open a definition"))
    page.get_by_label("ID format").get_by_role("combobox").wait_for()
    expect(page.locator("#audiences-name")).to_be_visible()
    hand.click(page.get_by_role("button", name="Save anyway"))
    expect(page.get_by_role("heading", name="Definition")).to_be_visible()
    raw = list(
        csv.DictReader(
            hand.download(page.get_by_role("link", name="List with hold-out")).decode().splitlines()
        )
    )
    assert [row["group"] for row in raw] == [row["group"] for row in rows]
    assert all(row["visitor_id"].startswith("'=V") for row in raw)


def test_the_form_writes_its_address_and_opens_from_it(
    page: Page, demo_result: str, context: BrowserContext
) -> None:
    page.goto(f"/audiences/new?result={demo_result}")
    size = page.locator("#audiences-body .kpi-value").first
    before = size.inner_text()
    page.get_by_label("Include", exact=True).get_by_role("combobox").select_option("top_n")
    page.get_by_label("How many").get_by_role("spinbutton").fill("123")
    expect(size).to_have_text("123")
    assert before != "123"
    page.get_by_label("Share held out").get_by_role("spinbutton").fill("80")
    expect(page.get_by_text("Enter 0 to 50%.")).to_be_visible()
    page.get_by_label("Share held out").get_by_role("spinbutton").fill("30")
    expect(page).to_have_url(re.compile(r"held=0\.3"))
    settle(page)
    held = page.locator("#audiences-body .kpi-note").nth(1).inner_text()
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("#audiences-body .kpi-value").first).to_have_text("123")
    expect(other.locator("#audiences-body .kpi-note").nth(1)).to_have_text(held)


def test_an_audience_is_saved_under_the_name_in_the_field(page: Page) -> None:
    # The pause after which a name is sent by itself never ends, nor that after which it has been: leaving the
    # field must send it, however late.
    page.add_init_script(
        "const later = window.setTimeout; window.setTimeout = (run, after, ...more) =>"
        f" after >= {TYPING_PAUSE} && after < 2 * {TYPING_PAUSE} ? 0 : later(run, after, ...more);"
    )
    page.goto("/audiences/new")
    page.get_by_label("Audience name").fill("Spring mailing")
    page.get_by_role("button", name=re.compile("^Save")).click()
    page.wait_for_url(re.compile("/audiences/(?!new)[^/]+$"))
    expect(page.get_by_role("heading", name="Spring mailing")).to_be_visible()
