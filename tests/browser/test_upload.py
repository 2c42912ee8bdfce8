"""Uploading in a real browser: an unknown file through the mapping step, several files, a refused one."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError

from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import FileChooser, Page

PRESSES = 6

ROWS = """vorgang;wann;was
a;01.03.2026 10:00:00;angesehen
a;01.03.2026 10:01:00;gekauft
b;02.03.2026 9:00:00;angesehen
"""


def choose(page: Page, label: str, source: str) -> None:
    """Pick a source column for the field of this label."""
    page.get_by_label(re.compile(f"^{label}(?=[A-Z])")).select_option(value=source)


def test_an_unknown_file_is_mapped_and_scored(page: Page, tmp_path: Path) -> None:
    export = tmp_path / "eigen.csv"
    export.write_text(ROWS, encoding="utf-8")
    page.goto("/upload")
    page.wait_for_selector("#upload-file")

    page.set_input_files("#upload-file", str(export))
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))
    choose(page, "Session", "vorgang")
    choose(page, "What happened", "was")
    choose(page, "Time", "wann")
    page.get_by_label("angesehen", exact=True).select_option("product_view")
    page.get_by_text("3 of the first 3 rows can be used").wait_for()
    page.get_by_role("button", name="Score this export").click()

    page.wait_for_url(re.compile(r"/results/[\w-]+$"))


def test_several_files_go_one_after_another_and_a_bad_one_is_told(page: Page, tmp_path: Path) -> None:
    paths = []
    for name, content in (("one.csv", b"session_id,clicks,price_mean\na,5,20\n"), ("empty.csv", b"")):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    page.goto("/upload")
    page.wait_for_selector("#upload-file")

    page.set_input_files("#upload-file", [str(path) for path in paths])

    page.locator(".upload-item-failed", has_text="The file is empty.").wait_for()
    page.locator(".upload-item-uploaded", has_text="Open its results").wait_for()
    page.locator(".upload-history").get_by_role("link", name="one.csv").wait_for()
    page.get_by_role("button", name="Dismiss empty.csv").click()
    page.locator(".upload-item-failed").wait_for(state="detached")


def test_the_file_dialog_opens_from_the_keyboard(page: Page) -> None:
    page.goto("/upload")
    picker = page.locator("#upload-file")
    chooser: FileChooser | None = None

    # A browser that is still busy drawing drops a key now and then; a person presses again.
    for _ in range(PRESSES):
        with contextlib.suppress(TimeoutError), page.expect_file_chooser(timeout=5_000) as opened:
            picker.press("Enter")
            chooser = opened.value
            break

    assert chooser is not None
    assert chooser.is_multiple()


def test_every_page_runs_under_the_policy(page: Page, server: Server) -> None:
    """Charts and grid drawn without a complaint; the fixture fails on any console error."""
    for path in ("/", "/upload", "/results", "/what-if", "/clusters", "/train"):
        page.goto(path)
        page.wait_for_selector(".page")
        page.wait_for_load_state("load")
    page.goto("/clusters")
    page.wait_for_selector(".js-plotly-plot .main-svg")
