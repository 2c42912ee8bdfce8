"""Temporary files of a run lie in memory, where there is room: databases sync there at no cost.

A commit to SQLite or PostgreSQL waits for the disk, a new database of PostgreSQL for half a second of it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
#: With less of it free, temporary files stay on the disk.
ENOUGH_BYTES = 8 * 1024**3
#: multiprocessing's own folder is removed at -100.
_LAST = -200


def work_in_memory(config: pytest.Config) -> None:
    """Let this process, and all it starts, keep temporary files in memory until it ends.

    Where ``TMPDIR`` or ``--basetemp`` says where they are to be, as to look at them later, nothing changes.
    """
    told = os.environ.get("TMPDIR") or config.getoption("basetemp")
    if told or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH_BYTES:
        return
    folder = Path(tempfile.mkdtemp(prefix="tests-", dir=MEMORY))
    # PostgreSQL's own account passes through it.
    folder.chmod(0o711)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    # As the process ends, and after multiprocessing has removed a folder of its own in there.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=_LAST)
