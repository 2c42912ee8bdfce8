"""Where physical cores can't be counted, nothing complains, and no thread is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.libraries.cores import SPINNING, VARIABLE, set_short_spins, set_thread_count
from tests.serving import ROOT

#: Clusters are fitted on OpenMP threads, whose number scikit-learn wants to know.
FIT = """
import sys
from pathlib import Path
from core.base.libraries.cores import set_thread_count
if "told" in sys.argv:
    set_thread_count(Path("nowhere"))
import numpy as np
from sklearn.cluster import KMeans
KMeans(2, n_init=1).fit(np.eye(4))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "exit_code"), [(["told"], 0), ([], 1)])
def test_a_bare_chroot_makes_no_noise(tmp_path: Path, arguments: list[str], exit_code: int) -> None:
    lscpu = tmp_path / "lscpu"
    lscpu.write_text("#!/bin/sh\necho '# no processor is listed'\n")
    lscpu.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    environment.pop(VARIABLE, None)

    command = [sys.executable, "-W", "error::UserWarning", "-c", FIT, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == exit_code, done.stderr
    assert ("number of physical cores" in done.stderr) == (exit_code == 1)


def test_every_processor_is_counted(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    set_thread_count(tmp_path / "nowhere", environment)
    assert environment == {VARIABLE: str(len(os.sched_getaffinity(0)))}


def test_what_was_set_and_what_can_be_read_stay(tmp_path: Path) -> None:
    chosen, readable = {VARIABLE: "7"}, {}
    set_thread_count(tmp_path / "nowhere", chosen)
    set_thread_count(tmp_path, readable)
    assert chosen == {VARIABLE: "7"}
    assert readable == {}


def test_threads_sleep_soon_unless_somebody_chose_otherwise() -> None:
    nothing, active, long = {}, {"OMP_WAIT_POLICY": "active"}, {SPINNING: "300000"}
    for environment in (nothing, active, long):
        set_short_spins(environment)
    assert 0 < int(nothing[SPINNING]) < 10_000
    assert active == {"OMP_WAIT_POLICY": "active"}
    assert long == {SPINNING: "300000"}


@pytest.mark.slow
def test_libraries_are_told_before_they_are_loaded() -> None:
    """XGBoost's own OpenMP says so itself, when it is asked to show what it goes by."""
    environment = {
        name: value for name, value in os.environ.items() if name not in (SPINNING, "OMP_WAIT_POLICY")
    }
    command = [sys.executable, "-c", "import core.base; import xgboost; xgboost.build_info()"]
    told = subprocess.run(
        command,
        env={**environment, "OMP_DISPLAY_ENV": "verbose"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert f"{SPINNING} = '1000'" in told
