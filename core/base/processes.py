"""Child processes that are restarted when they die and never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.base.settings import ROOT

PR_SET_PDEATHSIG = 1
#: Seconds a child has to stop in when asked to.
STOP_SECONDS = 20
#: A child that ran this long was well: its next death is answered at once.
WELL_SECONDS = 30
LONGEST_PAUSE_SECONDS = 30


@dataclass
class Child:
    """A command that should always run.

    Parameters
    ----------
    name
        What to call it in messages.
    command
        Its arguments after the Python interpreter.
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, *self.command],
            cwd=ROOT,
            # A pool of memory for each of some forty threads is 100 MB that nobody gets back.
            env={"MALLOC_ARENA_MAX": "2", **os.environ},
            preexec_fn=_die_with_parent(),
        )
        self.started = time.monotonic()

    def code(self) -> int | None:
        """Return its exit code; None while it runs, negative where a signal killed it."""
        return self.process.poll() if self.process else None

    def died(self) -> None:
        """Note a death: the next start is due after a pause that grows with deaths in a row."""
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > WELL_SECONDS else self.failures + 1
        pause = 0 if self.failures <= 1 else min(2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        self.process = None
        self.due = time.monotonic() + pause

    def ask_to_stop(self) -> None:
        """Send it the signal to stop in good order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, deadline: float) -> None:
        """Wait until it has stopped, or kill it at the deadline (monotonic seconds)."""
        if not self.process:
            return
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_all(children: Sequence[Child]) -> None:
    """Stop children, all at the same time."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.stop(deadline)


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a child runs first, so that it is stopped when its parent is killed (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask
