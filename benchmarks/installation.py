"""A whole installation on PostgreSQL that can be hurt: web, job worker and live worker, each kept running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx
import psutil

from tests.postgres import Cluster
from tests.serving import ROOT, free_port, wait_until

#: What systemd or an orchestrator keeps running; ``web`` and the workers of a team's server.
PARTS = ("web", "work", "live-work")
START_SECONDS, STOP_SECONDS = 600, 60
RESTART_SECONDS = 1.0
#: Bytes that are left on a full disk: the file system's own.
LEFT = 4096


class Installation:
    """Runs the product on a folder and a cluster of its own; a part that ends is started again at once."""

    def __init__(self, folder: Path, cluster: Cluster, **environment: str) -> None:
        self.folder, self.cluster = folder, cluster
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "PREDICTOR_DATA_DIR": str(folder / "data"),
            "PREDICTOR_MODELS_DIR": str(folder / "models"),
            "PREDICTOR_PORT": str(port),
            "PREDICTOR_MIN_FREE_BYTES": "0",
            "DATABASE_URL": f"{cluster.url}/postgres",
            **environment,
        }
        self.starts = dict.fromkeys(PARTS, 0)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._over = threading.Event()
        self._log = (folder.parent / f"{folder.name}.log").open("ab")
        self._keepers = [threading.Thread(target=self._keep, args=(part,), daemon=True) for part in PARTS]

    def __enter__(self) -> Installation:
        for keeper in self._keepers:
            keeper.start()
        wait_until(self.answers, what="the server to start", seconds=START_SECONDS)
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for process in self._processes.values():
            process.terminate()
        for keeper in self._keepers:
            keeper.join()
        self._log.close()

    def answers(self) -> bool:
        """Whether pages can be asked for."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=10).is_success
        return False

    def terminate(self) -> None:
        """Ask every part to stop in order, as a restart of the service does."""
        for process in self._processes.values():
            process.terminate()

    def kill(self) -> None:
        """Kill every part, and all it has started, without a word."""
        for part in PARTS:
            below: list[psutil.Process] = []
            with suppress(psutil.NoSuchProcess):
                first = psutil.Process(self._processes[part].pid)
                below = [first, *first.children(recursive=True)]
            for process in below:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def without_database(self, seconds: float) -> None:
        """Stop PostgreSQL at once, and start it again after some seconds."""
        self.cluster.stop()
        time.sleep(seconds)
        self.cluster.start()

    def full_disk(self, seconds: float) -> None:
        """Leave no room in the folder for some seconds; it has to be a small file system of its own."""
        ballast = self.folder / "ballast"
        until = time.monotonic() + seconds
        with ballast.open("wb", buffering=0) as file:
            while time.monotonic() < until:
                with suppress(OSError):
                    fill(file)
                time.sleep(0.5)
        ballast.unlink()

    def _keep(self, part: str) -> None:
        while not self._over.is_set():
            self.starts[part] += 1
            process = subprocess.Popen(
                [sys.executable, "-m", "core", part],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._processes[part] = process
            while process.poll() is None and not self._over.wait(0.2):
                pass
            if self._over.is_set():
                _end(process)
            else:
                time.sleep(RESTART_SECONDS)


def fill(file: IO[bytes]) -> None:
    """Write until nothing more fits."""
    size = 1024**2
    while size >= LEFT:
        try:
            file.write(b"\1" * size)
        except OSError:
            size //= 4


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
