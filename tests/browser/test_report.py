"""The report in a real browser: by the results page's button, without a server, on paper and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.reading import fits

PHONE = {"width": 390, "height": 800}


def test_it_opens_without_server_and_internet_and_prints(
    page: Page, another: Callable[..., Page], demo_result: str, tmp_path: Path
) -> None:
    page.goto(f"/results/{demo_result}?country_group=Germany")
    with page.expect_download() as download:
        page.get_by_role("link", name="Report", exact=True).click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    assert file.stat().st_size < 500_000

    opened, troubles = another(offline=True, color_scheme="dark", viewport=PHONE), []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda request: troubles.append(request.url))
    opened.goto(file.as_uri())
    expect(opened.get_by_role("heading", name="Who will buy, and what they are worth")).to_be_visible()
    expect(opened.locator("header")).to_contain_text("Country group: Germany")
    opened.evaluate("document.fonts.ready")
    fits(opened)
    # Told by the system's theme, and by a class of the chart's own: neither needs a script.
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 22)"
    assert opened.evaluate("document.fonts.check('14px \"Inter Variable\"')")
    paper = opened.pdf(prefer_css_page_size=True)
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 25
    opened.evaluate("window.print = () => { document.title = 'printed'; }")
    opened.get_by_role("button", name="Print / save as PDF").click()
    expect(opened).to_have_title("printed")
    assert not [trouble for trouble in troubles if not trouble.startswith(("data:", file.as_uri()))]
