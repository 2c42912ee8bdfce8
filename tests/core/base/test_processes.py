"""Children that are started again, and end with their parent whenever it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are forked on Linux")

#: Starts a child that waits for a line at the gate before anything of its own is run, and does the rest.
_PARENT = """
import os, signal, sys
from core.base.processes import Child
signal.signal(signal.SIGTERM, lambda *_: None)  # as the supervisor's, which only notes it
gate = sys.argv[1]
os.register_at_fork(after_in_child=lambda: open(gate).read())
child = Child("server", ["-m", "http.server", "0", "--bind", "127.0.0.1"])
child.start()
print(child.process.pid, flush=True)
"""


def parent(gate: Path, more: str = "") -> subprocess.Popen[str]:
    os.mkfifo(gate)
    return subprocess.Popen(
        [sys.executable, "-c", _PARENT + more, str(gate)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_child_that_has_just_been_started_stops_when_asked_to(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    asked = "child.ask_to_stop()\nopen(gate, 'w').close()\nchild.process.join(60)\nprint(child.code())\n"
    with parent(gate, asked) as started:
        child = psutil.Process(int(first_line(started)))
        try:
            assert first_line(started) == str(-signal.SIGTERM)
        finally:
            if child.is_running():
                child.kill()


def test_a_child_that_has_just_been_started_ends_with_its_parent(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with parent(gate, "signal.pause()\n") as started:
        child = psutil.Process(int(first_line(started)))
        started.kill()
    gate.write_text("")
    assert psutil.wait_procs([child], timeout=60)[1] == []
