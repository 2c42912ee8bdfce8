"""The sign of life of job workers: the time on each one's lock file in the data folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

from core.base.settings import Settings

#: A worker's files; its number is in the name.
LOCKS = "worker-*.lock"
#: A worker that has given no sign of life for this long is gone, or hangs.
SILENT_SECONDS = 60.0


def beat(lock: Path) -> None:
    """Say that the worker who holds this lock is alive."""
    os.utime(lock)


def seconds_since_heartbeat(settings: Settings) -> float | None:
    """Return how long ago the liveliest worker gave a sign of life; None where there never was one."""
    times = [path.stat().st_mtime for path in settings.data_dir.glob(LOCKS)]
    return max(0.0, time.time() - max(times)) if times else None
