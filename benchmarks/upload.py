"""A large upload through a real browser to a real server, which is killed in the middle and started again.

Writes an export of several gigabytes, uploads it in Chromium, kills everything of the server (SIGKILL) half
way, starts it again, and waits until the page has gone on by itself to the end. Prints how long it took,
how much memory the server used, and whether each bit arrived.

    python benchmarks/upload.py [--gigabytes 3] [--folder DIR]

The folder needs room for the file twice.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from benchmarks.measure import machine  # noqa: E402
from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.serving import Server, free_port, serving  # noqa: E402

GIGABYTE = 1e9
MEGABYTE = 1e6
POLL_SECONDS = 0.1
#: Share of the file at which the server is killed.
KILLED_AT = 45
#: Bytes the server's memory may move by while a file comes in.
FLAT = 50 * MEGABYTE
PATIENCE_MS = 3_600_000
WANTED_FREE = "PREDICTOR_MIN_FREE_BYTES"


@dataclass
class Memory:
    """Resident bytes of a server's processes, sampled while bytes come in; ``web`` are those that serve."""

    process: int
    web: list[int] = field(default_factory=list)
    every: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def sample(self) -> None:
        """Sample until told to stop."""
        while not self.over.wait(POLL_SECONDS):
            found = [(_is_web(process), _resident(process)) for process in _family(self.process)]
            self.web.append(sum(size for is_web, size in found if is_web))
            self.every.append(sum(size for _, size in found))

    @property
    def moved(self) -> int:
        """How far the memory of the processes that serve went up or down."""
        return max(self.web) - min(self.web)


def main() -> None:
    """Write the file, upload it, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=3.0)
    parser.add_argument("--folder", type=Path, help="where the file and the server's data go for a while")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder) as name:
        folder = Path(name)
        export = folder / "export.csv"
        digest = write_export(export, told.gigabytes * GIGABYTE)
        sys.exit(run(folder, export, digest))


def write_export(path: Path, size: float) -> str:
    """Write a file without a repetition in it, in columns that nobody knows; return its SHA-256.

    So it is asked about rather than scored, and nothing but the upload is measured.
    """
    digest = hashlib.sha256()
    with path.open("wb") as file:
        block = b"vorgang;wann;was\n"
        while file.tell() < size:
            file.write(block)
            digest.update(block)
            noise = os.urandom(3 * 1024**2).hex()
            rows = (noise[at : at + 96] for at in range(0, len(noise), 96))
            block = "".join(f"{row[:32]};{row[32:64]};{row[64:]}\n" for row in rows).encode()
    return digest.hexdigest()


def run(folder: Path, export: Path, digest: str) -> int:
    """Upload the file over a killed server and print what that was like; return the exit code."""
    settings = {"PREDICTOR_PORT": str(free_port()), WANTED_FREE: "0"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        with serving(folder / "data", **settings) as server:
            page.goto(f"{server.url}/upload")
            page.wait_for_selector("#upload-file")
            began = time.monotonic()
            page.set_input_files("#upload-file", str(export))
            first = watched(server, page, rf"^(4[{KILLED_AT % 10}-9]|[5-9]\d)%")
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()
        killed = time.monotonic()
        with serving(folder / "data", **settings) as server:
            back = time.monotonic()
            second = watched(server, page, "all there|looking at it|^$")
            page.wait_for_url(re.compile(r"/upload/[\w-]+$"), timeout=PATIENCE_MS)
            ended = time.monotonic()
            dataset = page.url.rpartition("/")[2]
            stored = next((folder / "data" / "datasets" / dataset).glob("upload*"))
            with stored.open("rb") as arrived:
                is_same = hashlib.file_digest(arrived, "sha256").hexdigest() == digest
        browser.close()
    size = export.stat().st_size
    seconds = (ended - began) - (back - killed)
    print(f"\n{machine()}: {size / GIGABYTE:.2f} GB through Chromium, killed at {KILLED_AT}%\n")
    print(
        f"  uploaded and recognised in   {seconds:8.1f} s, and {back - killed:.1f} s of the server's restart"
    )
    print(f"  bytes a second               {size / seconds / MEGABYTE:8.0f} MB/s")
    for name, memory in (("before", first), ("after", second)):
        most, every = max(memory.web) / MEGABYTE, max(memory.every) / MEGABYTE
        moved = f"± {memory.moved / 2 / MEGABYTE:.0f} MB"
        print(f"  memory {name:6} the kill       {most:8.0f} MB at most ({moved}), all: {every:.0f} MB")
    print(f"  SHA-256                      {'the same' if is_same else 'ANOTHER'}")
    is_flat = all(memory.moved / 2 <= FLAT for memory in (first, second))
    print(f"  memory within ± {FLAT / MEGABYTE:.0f} MB        {'yes' if is_flat else 'NO'}\n")
    return 0 if is_same and is_flat else 1


def watched(server: Server, page: Page, facts: str) -> Memory:
    """Sample a server's memory until the page's facts read so; return what was found."""
    memory = Memory(server.process.pid)
    sampler = threading.Thread(target=memory.sample)
    sampler.start()
    try:
        page.wait_for_function(
            """wanted => {
                const facts = document.querySelector(".upload-item-facts");
                return new RegExp(wanted).test(facts ? facts.textContent : "");
            }""",
            arg=facts,
            timeout=PATIENCE_MS,
        )
    finally:
        memory.over.set()
        sampler.join()
    return memory


def _family(process: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(process)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_web(process: psutil.Process) -> bool:
    try:
        return "gunicorn" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


if __name__ == "__main__":
    main()
