"""Run a command as a whole process and account for its time and memory."""

from __future__ import annotations

import platform
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Run:
    """Wall seconds and peak resident bytes of a process and all its children together."""

    seconds: float
    peak_bytes: int


def measure(command: list[str]) -> Run:
    """Run a command to its end.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command)
    watched = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident(watched))
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, peak)


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
