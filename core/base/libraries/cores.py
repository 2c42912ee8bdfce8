"""Says how many threads numeric libraries may use, where they couldn't find out without complaint.

scikit-learn asks joblib for the number of *physical* cores. In a bare chroot, with no ``/sys``, joblib finds
none, prints a traceback and warns. scikit-learn doesn't ask when ``OMP_NUM_THREADS`` is set, and the number
set here is the one every library would have taken anyway: the processors this process may run on.
(``LOKY_MAX_CPU_COUNT`` would silence joblib only with a number smaller than that.)
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


def set_thread_count(topology: Path = TOPOLOGY, environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the number of threads where physical cores can't be counted and nobody has set one.

    To be called before a library that uses OpenMP is loaded.
    """
    if sys.platform != "linux" or environment.get(VARIABLE):
        return
    if not topology.is_dir() or shutil.which("lscpu") is None:
        environment[VARIABLE] = str(len(os.sched_getaffinity(0)))
