"""Starts the real thing for tests: gunicorn, the job worker and a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, STOP_SECONDS = 300, 20
#: A wait is as long as the busiest machine needs: it costs nothing where the condition comes to hold.
PATIENCE_SECONDS = 300
#: What is waited for is looked for after so long, then a little later each time.
SHORTEST_POLL_SECONDS, POLL_SECONDS, LONGER_EACH_TIME = 0.01, 0.1, 1.5
#: How soon a server in this process notices that it is to stop: half a second, if it isn't told.
NOTICE_SECONDS = 0.02
#: Ports this process has taken, each held until it ends.
_held: list[socket.socket] = []


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it is, what it keeps, how to stop it."""

    url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """Return a port nobody listens on, and nobody gets by chance before a server of this process does."""
    held = socket.socket()
    # A server may listen where a socket is only bound, if both say so, as servers do.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _held.append(held)
    return int(held.getsockname()[1])


def wait_until(condition: Callable[[], object], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Poll until a condition holds; fail with what was waited for when it doesn't in time."""
    deadline, pause = time.monotonic() + seconds, SHORTEST_POLL_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)
        pause = min(pause * LONGER_EACH_TIME, POLL_SECONDS)


@contextmanager
def answering(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server answer in a thread of its own until the block ends, and close it."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(NOTICE_SECONDS,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving(data_dir: Path, **environment: str) -> Iterator[Server]:
    """Run ``python -m core serve`` on a free port, or the one told, until the block ends."""
    port = int(environment.get("PREDICTOR_PORT") or free_port())
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.parent / f"{data_dir.name}.log"
    settings = {
        "PREDICTOR_DATA_DIR": str(data_dir),
        "PREDICTOR_PORT": str(port),
        # Other tests run meanwhile; a job that stands back would wait for them.
        "PREDICTOR_WORKER_NICENESS": "0",
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "serve"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", data_dir, log, process)
    try:
        wait_until(lambda: _healthy(server), seconds=START_SECONDS, what=f"the server to start; see {log}")
        yield server
    finally:
        stop(server)


def stop(server: Server) -> None:
    """Stop a server and everything it started."""
    if server.process.poll() is None:
        server.process.terminate()
        try:
            server.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def _healthy(server: Server) -> bool:
    if server.process.poll() is not None:
        raise AssertionError(f"the server stopped: {server.log.read_text(errors='replace')[-3000:]}")
    try:
        return httpx.get(f"{server.url}/healthz", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
