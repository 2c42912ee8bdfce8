"""Uploading in a real browser: the mapping step, several files, pausing, going on later, a killed server."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.reading import RESULT, choose_files
from tests.serving import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import FileChooser, Page, Request

PRESSES = 6
MEGABYTE = 1_000_000
#: Bytes of one request of an upload.
PART = 16 * 1024**2
#: Bytes a second: a part in moments, and so few that whatever is done meanwhile comes before the end.
FAST, SLOW = 10 * MEGABYTE, MEGABYTE // 20

ROWS = """vorgang;wann;was
a;01.03.2026 10:00:00;angesehen
a;01.03.2026 10:01:00;gekauft
b;02.03.2026 9:00:00;angesehen
"""


def choose(page: Page, question: str, source: str) -> None:
    """Pick the source column that answers a question."""
    page.get_by_label(question).select_option(value=source)


def test_an_unknown_file_is_mapped_and_scored(page: Page, tmp_path: Path) -> None:
    export = tmp_path / "eigen.csv"
    # Columns of its own: what is mapped here is a recipe for every later export that has them.
    export.write_text(ROWS.replace("wann", "zeit"), encoding="utf-8")
    choose_files(page, export)
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))
    choose(page, "Which visit was it in?", "vorgang")
    choose(page, "What happened?", "was")
    choose(page, "When did it happen?", "zeit")
    page.get_by_label("angesehen", exact=True).select_option("product_view")
    page.get_by_text("3 of the first 3 rows can be used").wait_for()
    page.get_by_role("button", name="Score this export").click()

    page.wait_for_url(RESULT)


#: Holds the preview of a form that names no visit, as it is at first, back until it is released.
HELD_BACK = """
const asked = window.fetch;
window.fetch = (...given) => {
    const answer = asked(...given);
    const body = String(given[1]?.body);
    if (!body.includes('upload-preview') || body.includes('"vorgang"')) return answer;
    return new Promise(done => { window.release = () => done(answer); });
};
"""
#: Returns when the page has had time to show what came last.
FRAMES = "async () => { for (let n = 0; n < 10; n += 1) await new Promise(requestAnimationFrame); }"


def forgive_silence(page: Page) -> None:
    """Forget what the browser had to say while nobody answered."""
    silence = ("net::ERR", "Failed to fetch")
    page.troubles[:] = [one for one in page.troubles if not any(words in one for words in silence)]


def test_no_answer_that_comes_too_late_or_never_leaves_the_form_stuck(page: Page, tmp_path: Path) -> None:
    page.add_init_script(HELD_BACK)
    export = tmp_path / "late.csv"
    export.write_text(ROWS.replace("wann", "uhrzeit"), encoding="utf-8")
    choose_files(page, export)
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"))
    page.wait_for_function("() => window.release")
    choose(page, "Which visit was it in?", "vorgang")
    choose(page, "What happened?", "was")
    choose(page, "When did it happen?", "uhrzeit")
    page.get_by_label("angesehen", exact=True).select_option("product_view")
    can_be_used = page.get_by_text("3 of the first 3 rows can be used")
    can_be_used.wait_for()
    score = page.get_by_role("button", name="Score this export")
    expect(score).to_be_enabled()

    page.evaluate("release()")
    page.evaluate(FRAMES)
    expect(can_be_used).to_be_visible()
    expect(score).to_be_enabled()

    # Nor does a click that reaches nobody leave the button switched off.
    page.route("**/_dash-update-component*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        score.click()
    page.evaluate(FRAMES)
    expect(score).to_be_enabled()
    page.unroute("**/_dash-update-component*")
    score.click()
    page.wait_for_url(RESULT)
    forgive_silence(page)


@pytest.fixture
def throttle(page: Page) -> Callable[[float], None]:
    """Return a function that limits what the page sends, in bytes a second."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def limited(rate: float) -> None:
        told = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        line.send("Network.emulateNetworkConditions", told)

    return limited


def big_file(path: Path, megabytes: int) -> Path:
    """Write an export that takes a moment, in columns nobody knows: it is not scored unasked."""
    row = "vorgang-%07d;01.03.2026 10:00:00;angesehen\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(ROWS.splitlines()[0] + "\n")
        number = 0
        while file.tell() < megabytes * MEGABYTE:
            file.write("".join(row % (number + step) for step in range(20_000)))
            number += 20_000
    return path


def begins(request: Request) -> int:
    """Return where the part begins that a request sends; -1 for any other request."""
    return int(request.headers["upload-offset"]) if request.method == "PATCH" else -1


def unfinished(server: Server) -> list[Path]:
    return list((server.data_dir / "incoming").glob("up-*"))


def test_several_files_are_one_export_and_a_bad_one_is_told(page: Page, tmp_path: Path) -> None:
    days = []
    for day, content in enumerate((b"session_id,clicks,price_mean\na,5,20\n", b"", None), start=1):
        days.append(tmp_path / f"day-{day}.csv")
        days[-1].write_bytes(b"session_id,clicks,price_mean\nb,2,9\n" if content is None else content)
    choose_files(page, *days)

    page.locator(".upload-file-failed", has_text="day-2.csv").get_by_text("The file is empty.").wait_for()
    expect(page.get_by_label("One export, in several files")).to_be_checked()
    expect(page.get_by_role("button", name="Upload 2 files")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(RESULT)
    page.goto("/upload")
    page.locator(".upload-history").get_by_role("link", name="2 files, day-1.csv to day-3.csv").wait_for()


def test_a_refused_file_is_no_unfinished_upload(page: Page, tmp_path: Path) -> None:
    headings = tmp_path / "headings.csv"
    headings.write_text("session_id,clicks,price_mean\n", encoding="utf-8")
    choose_files(page, headings)

    expect(page.locator(".upload-item-failed")).to_contain_text("This file has headings but no rows.")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('upload:'))")
    page.reload()
    page.wait_for_selector("#upload-file")
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_hidden()
    # The browser notes an answer of 400 by itself.
    page.troubles.clear()


def test_a_file_uploaded_twice_is_said_with_the_way_to_both(page: Page, tmp_path: Path) -> None:
    for name in ("first.csv", "again.csv"):
        (tmp_path / name).write_text("session_id,clicks,price_mean\nonly-here,3,11\n", encoding="utf-8")
    choose_files(page, tmp_path / "first.csv")
    page.wait_for_url(RESULT)
    choose_files(page, tmp_path / "again.csv")

    card = page.locator(".upload-item-uploaded")
    expect(card).to_contain_text("Uploaded before as first.csv")
    expect(card.get_by_role("link", name="Open this upload's results")).to_be_visible()
    card.get_by_role("link", name=re.compile("See its progress|Open its results")).click()
    page.wait_for_url(RESULT)


def test_several_files_can_be_an_export_each(page: Page, tmp_path: Path) -> None:
    for name, content in (("one.csv", "session_id,clicks,price_mean\na,5,20\n"), ("zwei.csv", ROWS)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    choose_files(page, tmp_path / "one.csv", tmp_path / "zwei.csv")
    page.get_by_label("One export per file").check()
    page.get_by_role("button", name="Upload 2 files").click()

    page.locator(".upload-file", has_text="one.csv").get_by_role("link", name="Open its results").wait_for()
    page.locator(".upload-file", has_text="zwei.csv").get_by_role("link", name="Map its columns").wait_for()
    page.locator(".upload-history").get_by_role("link", name="zwei.csv").wait_for()
    page.get_by_role("button", name="Dismiss").click()
    page.locator(".upload-item").wait_for(state="detached")


def test_an_upload_is_paused_left_taken_up_again_and_cancelled(
    page: Page, server: Server, tmp_path: Path, throttle: Callable[[float], None]
) -> None:
    export = big_file(tmp_path / "langer.csv", 36)
    before = set(unfinished(server))
    throttle(FAST)
    with page.expect_request(lambda request: begins(request) >= PART):
        choose_files(page, export)
    throttle(SLOW)
    facts = page.locator(".upload-item-facts")
    expect(facts).to_contain_text(re.compile(r"/s.* left"))
    page.get_by_role("button", name="Pause").click()
    expect(facts).to_contain_text("paused")
    page.goto("/results")
    page.goto("/upload")
    kept = page.locator(".upload-earlier-row", has_text="langer.csv")
    expect(kept).to_contain_text("on the server · kept until")

    with page.expect_request(lambda request: begins(request) >= 0) as first:
        page.locator("#upload-file").set_input_files(export)
    assert begins(first.value) >= PART
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload-item")).to_have_count(0)
    wait_until(lambda: set(unfinished(server)) <= before, seconds=PATIENCE_MS / 1000, what="its removal")
    expect(page.locator(".upload-earlier-row")).to_have_count(0)


def test_a_killed_server_costs_nothing_but_time(
    page: Page, server: Server, tmp_path: Path, throttle: Callable[[float], None]
) -> None:
    export = big_file(tmp_path / "gross.csv", 48)
    throttle(FAST)
    with page.expect_request(lambda request: begins(request) >= PART):
        choose_files(page, export)
    throttle(SLOW)

    with page.expect_request(lambda request: begins(request) >= 0, timeout=180_000) as first:
        kill_web_server(server)
        message = page.locator(".upload-item-message")
        expect(message).to_contain_text("Waiting for the server. It resumes automatically")
        throttle(-1)
    assert begins(first.value) >= PART, "what had arrived is not sent again"
    page.wait_for_url(re.compile(r"/upload/[\w-]+$"), timeout=180_000)

    stored = next((server.data_dir / "datasets" / page.url.rpartition("/")[2]).glob("upload*"))
    with stored.open("rb") as arrived, export.open("rb") as sent:
        assert hashlib.file_digest(arrived, "sha256").digest() == hashlib.file_digest(sent, "sha256").digest()
    forgive_silence(page)


def test_an_export_is_taken_from_the_server(page: Page, server: Server) -> None:
    page.goto("/upload")
    page.get_by_role("button", name="Fetch from the server").click()
    page.get_by_role("button", name="2026-10").click()
    page.get_by_role("checkbox", name="day-1.csv").wait_for()
    page.get_by_role("button", name="Choose all").click()
    page.get_by_text("2 files, as one export").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Fetch", exact=True).click()

    page.wait_for_url(RESULT, timeout=180_000)
    page.goto("/upload")
    page.locator(".upload-history").get_by_role("link", name="2 files, day-1.csv to day-2.csv").wait_for()


def kill_web_server(server: Server) -> None:
    """Kill gunicorn with all its workers at once; the supervisor starts it again."""
    for child in psutil.Process(server.process.pid).children():
        if "gunicorn" in " ".join(child.cmdline()):
            for process in [*child.children(recursive=True), child]:
                process.kill()


def test_the_file_dialog_opens_from_the_keyboard(page: Page) -> None:
    page.goto("/upload")
    picker = page.locator("#upload-file")
    # Whenever the dialog comes, it is heard of: also after the wait for it is over.
    choosers: list[FileChooser] = []

    def heard(chooser: FileChooser) -> None:
        choosers.append(chooser)

    page.on("filechooser", heard)

    # A browser that is still busy drawing drops a key now and then; a person presses again.
    for _ in range(PRESSES):
        with contextlib.suppress(TimeoutError), page.expect_event("filechooser", timeout=15_000):
            picker.press("Enter")
        if choosers:
            break

    assert choosers
    assert choosers[0].is_multiple()


def test_a_time_zone_is_searched_by_typing_and_the_computers_own_is_on_top(another) -> None:
    page = another(timezone_id="Europe/Vienna")
    page.add_init_script("localStorage.setItem('predictor-tour', 'left')")
    page.goto("/settings")
    zones = page.locator("button[id*='time_zone']")
    zones.click()
    options = page.locator(".dash-dropdown-content").get_by_role("option")
    expect(options.nth(1)).to_have_text("Europe · Vienna (this computer's)")
    page.keyboard.type("new york")
    expect(options).to_have_text(["America · New York"])
    options.first.click()
    expect(zones).to_contain_text("America · New York")
