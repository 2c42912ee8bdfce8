"""A standalone Spark cluster on this machine: one master, workers that can be killed, all on loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

LOOPBACK = "127.0.0.1"
DEADLINE_SECONDS = 300.0


def wait_until(true: Callable[[], object], what: str) -> None:
    """Wait for something, for as long as a busy machine may need."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


class Cluster:
    """A master and its workers."""

    def __init__(self, folder: Path, java: str) -> None:
        self.folder, self.java = folder, java
        self.processes: list[subprocess.Popen[bytes]] = []
        self.master = ""

    def start(self, workers: int) -> None:
        self._run("master", "master.Master", "--host", LOOPBACK, "--port", "0", "--webui-port", "0")
        wait_until(lambda: self._found("master", r"Starting Spark master at (spark://\S+)"), "the master")
        self.master = self._found("master", r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            name = f"worker{number}"
            here = ("--host", LOOPBACK, "--port", "0", "--webui-port", "0", "-c", "1", "-m", "1g")
            self._run(name, "worker.Worker", *here, "-d", str(self.folder / name), self.master)
        for number in range(workers):
            name = f"worker{number}"
            wait_until(lambda name=name: self._found(name, r"(Successfully registered with master)"), name)

    def kill_worker(self) -> None:
        """Kill the last worker and its executor, as a machine does that loses its power."""
        self._kill(self.processes.pop(), signal.SIGKILL)

    def stop(self) -> None:
        while self.processes:
            self._kill(self.processes.pop(), signal.SIGKILL)

    def _run(self, name: str, what: str, *arguments: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        environment = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": self.java,
            "PYSPARK_PYTHON": sys.executable,
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [home / "bin" / "spark-class", f"org.apache.spark.deploy.{what}", *arguments],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=self.folder,
                    start_new_session=True,
                )
            )

    def _found(self, name: str, pattern: str) -> str:
        found = re.search(pattern, (self.folder / f"{name}.log").read_text(errors="replace"))
        return found[1] if found else ""

    @staticmethod
    def _kill(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        try:
            family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            try:
                member.send_signal(how)
            except psutil.NoSuchProcess:
                continue
        process.wait(30)


@contextmanager
def cluster(folder: Path, *, workers: int, java: str) -> Iterator[Cluster]:
    """Yield a running cluster; nothing was kept afterwards."""
    made = Cluster(folder, java)
    try:
        made.start(workers)
        yield made
    finally:
        made.stop()
