"""Says how many threads numeric libraries may use, where they couldn't find out without complaint.

scikit-learn asks joblib for the number of *physical* cores. In a bare chroot, with no ``/sys``, joblib finds
none, prints a traceback and warns. scikit-learn doesn't ask when ``OMP_NUM_THREADS`` is set, and the number
set here is the one every library would have taken anyway: the processors this process may run on.
(``LOKY_MAX_CPU_COUNT`` would silence joblib only with a number smaller than that.)

And how long such threads wait for each other awake: on a machine that has other work, a training's threads
would spend seven times the processor's time on waiting that they need for their work.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import MutableMapping
from pathlib import Path

#: Where Linux tells cores from the threads they run.
TOPOLOGY = Path("/sys/devices/system/cpu/cpu0/topology")
VARIABLE = "OMP_NUM_THREADS"
#: Turns a thread spins before it sleeps; without a word libgomp takes 300,000, some milliseconds.
SPINNING, TURNS = "GOMP_SPINCOUNT", "1000"


def set_thread_count(topology: Path = TOPOLOGY, environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the number of threads where physical cores can't be counted and nobody has set one.

    To be called before a library that uses OpenMP is loaded.
    """
    if sys.platform != "linux" or environment.get(VARIABLE):
        return
    if not topology.is_dir() or shutil.which("lscpu") is None:
        environment[VARIABLE] = str(len(os.sched_getaffinity(0)))


def set_short_spins(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let OpenMP's threads that wait for others sleep soon, unless somebody has chosen how they wait.

    To be called before a library that uses OpenMP is loaded.
    """
    if not environment.get("OMP_WAIT_POLICY"):
        environment.setdefault(SPINNING, TURNS)
