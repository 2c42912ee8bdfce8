"""Run a command as a whole process and account for its time and memory."""

from __future__ import annotations

import platform
import resource
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Run:
    """Wall seconds, peak resident bytes and processor seconds of a process and all its children together."""

    seconds: float
    peak_bytes: int
    cpu_seconds: float = 0.0


def measure(command: list[str], *, quiet: bool = False) -> Run:
    """Run a command to its end; what it prints is thrown away if it is to be quiet.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    began, used = time.perf_counter(), _cpu_of_children()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL if quiet else None)
    watched = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident(watched))
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, peak, _cpu_of_children() - used)


def _cpu_of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _resident(process: psutil.Process) -> int:
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def machine() -> str:
    """One line that says where and when the figures were made."""
    memory = psutil.virtual_memory().total / 2**30
    day = datetime.now(UTC).date().isoformat()
    return f"{day}, {psutil.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"
