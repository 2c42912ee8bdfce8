"""What the web server's process may have when its workers are forked: nothing that doesn't survive that."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.settings import ROOT

LOOK = """
import gc, json, os, runpy, threading
conf = runpy.run_path("gunicorn.conf.py")
import app
conf["when_ready"](None)
paths = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
opened = [os.readlink(path) for path in paths if os.path.exists(path)]
conf["pre_fork"](None, None)
conf["on_exit"](None)
print(json.dumps([opened, [thread.name for thread in threading.enumerate()], gc.isenabled()]))
"""


def test_workers_inherit_no_database_and_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    opened, threads, is_collecting = json.loads(done.stdout.splitlines()[-1])
    assert (tmp_path / "predictor.sqlite").exists()
    assert not [path for path in opened if str(tmp_path) in path]
    assert threads == ["MainThread"]
    assert is_collecting
