"""What running jobs of one worker share: memory and threads, and reading a dataset only once.

Each step of a job takes the memory it may use from what the worker may use in all
(``PREDICTOR_DUCKDB_MEMORY_LIMIT``) and gives it back when it ends. Nobody takes the last quarter as long
as a quarter would do, so that a small job finds room beside a large one; where there is none, a step
waits.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.base.errors import SettingsError
from core.base.progress import Progress
from core.base.settings import Settings

UNITS = {
    "": 1, "B": 1,
    "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40,
}  # fmt: skip
#: Every step gets this much of all memory before it begins, or what it needs if that is less.
LEAST = 0.25
#: And never more than this, so that another one can begin beside it.
MOST = 0.75
#: What a step needs: for itself, for each byte of text in the export, and for each column, of which a
#: block is held at once. More would not make it faster.
FIXED_BYTES = 400 * 10**6  # nested days on eight threads take 300 MB of it
BYTES_PER_BYTE = 2.0
BYTES_PER_COLUMN = 250_000  # 2,000 columns of 400 rows fail with 410 MB and pass with 600
WAIT_SECONDS = 0.3


class Resources:
    """The memory and threads of a worker, taken and given back by the steps of its jobs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._all = memory_bytes(settings.duckdb_memory_limit)
        self._free = self._all
        self._running = 0
        self._changed = threading.Condition()

    @contextmanager
    def take(self, wanted: int, progress: Progress, *, little: bool = False) -> Iterator[Settings]:
        """Wait until a step that wants this many bytes may run; yield the settings it runs with.

        Parameters
        ----------
        progress
            Told while it waits; raises where it shall not wait on.
        little
            It shall get no more than what it needs to begin.
        """
        memory, threads = self._begin(min(wanted, int(LEAST * self._all)) if little else wanted, progress)
        try:
            yield self._settings.model_copy(update={"duckdb_memory_limit": f"{memory}B", "threads": threads})
        finally:
            with self._changed:
                self._free += memory
                self._running -= 1
                self._changed.notify_all()

    def _begin(self, wanted: int, progress: Progress) -> tuple[int, int]:
        least = min(wanted, int(LEAST * self._all))
        with self._changed:
            while self._free < least:
                progress(0.0, "Waiting for memory in use by another export")
                self._changed.wait(WAIT_SECONDS)
            memory = max(min(wanted, self._free, int(MOST * self._all)), least)
            self._free -= memory
            self._running += 1
            # Those who began alone keep their threads until their step ends; the system shares the cores.
            return memory, max(self._settings.threads // self._running, 1)


def memory_for(text_bytes: int, n_columns: int = 0) -> int:
    """Return the memory in bytes a step on an export of so many bytes and columns can make use of."""
    return int(FIXED_BYTES + BYTES_PER_BYTE * text_bytes + BYTES_PER_COLUMN * n_columns)


def memory_bytes(written: str) -> int:
    """Return a memory limit in bytes, as DuckDB reads it.

    Raises
    ------
    SettingsError
        If it is none.
    """
    parts = re.fullmatch(r"\s*([0-9.]+)\s*([a-zA-Z]*|%)\s*", written)
    unit = parts[2].upper() if parts else ""
    with suppress(ValueError):
        if parts and unit == "%":
            return int(float(parts[1]) / 100 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        if parts and unit in UNITS:
            return int(float(parts[1]) * UNITS[unit])
    raise SettingsError(
        f"a memory limit can't be read; found {written!r}.",
        where="setting PREDICTOR_DUCKDB_MEMORY_LIMIT",
        remedy="Write it as 2GB or 1500MB.",
    )


@contextmanager
def one_at_a_time(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a folder for oneself, in this process and among others; ``waiting`` is called until one can.

    The system lets go of it however the process ends, and no file is left behind.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        waiter = threading.Event()
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                waiter.wait(WAIT_SECONDS)
        yield
    finally:
        os.close(held)
