"""A shop on another origin, whose pages send with tracking SDKs for browsers: bundled and served."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.serving import answering

PAGE = "<!doctype html><title>Shop</title><script type=module src=/browser.js></script>"


class _Pages(SimpleHTTPRequestHandler):
    """Scripts as they lie in the folder, and under any other address the shop's page."""

    def do_GET(self) -> None:
        if self.path.endswith(".js"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def bundled(source: Path, esbuild: Path, folder: Path, *, without: Sequence[str] = ()) -> Path:
    """Bundle a script with the packages it imports, but ``without`` some, as shops do; return the folder."""
    command = [str(esbuild), str(source), "--bundle", "--splitting", "--format=esm", "--log-level=error"]
    command += [f"--external:{package}" for package in without]
    subprocess.run([*command, f"--outdir={folder}"], cwd=source.parent, check=True)
    return folder


@contextmanager
def shop_pages(folder: Path) -> Iterator[str]:
    """Serve the pages; give their origin, which isn't the collector's."""
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
    with answering(pages):
        yield f"http://localhost:{pages.server_port}"
