"""Finds things on a page as a person does: by what stands there, not by how it is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def figure(page: Page, label: str) -> Locator:
    """Return the figure that stands under a label; of several, the first."""
    term = page.get_by_role("term").filter(has_text=re.compile(f"^{re.escape(label)}")).first
    return term.locator("..").get_by_role("definition").first


def result_shown(page: Page, *, within_ms: int = 180_000) -> None:
    """Wait for a finished result: what the export records stands there earlier, under the same names."""
    page.locator("#results-answer").wait_for(timeout=within_ms)


def navigation(page: Page) -> Locator:
    """Return what leads to every page."""
    return page.get_by_role("navigation", name="Main")
