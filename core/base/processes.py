"""Child processes that are restarted when they die and never outlive their parent.

On Linux they are forks of their parent, so that what it has imported is in memory once for all of them; each
then runs its command as a new interpreter would. Elsewhere they are new interpreters.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess

from core.base.settings import ROOT

IS_LINUX = sys.platform.startswith("linux")
#: Of the system's libraries.
PR_SET_PDEATHSIG, M_ARENA_MAX = 1, -8
#: What asks a process to stop.
STOPPING = (signal.SIGTERM, signal.SIGINT)
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
    process: BaseProcess | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start it."""
        told = (list(self.command), os.getpid())
        if IS_LINUX:
            process: BaseProcess = multiprocessing.get_context("fork").Process(target=_run, args=told)
        else:
            process = multiprocessing.get_context("spawn").Process(target=_run, args=told)
        with _signals_waiting():
            process.start()
        self.process = process
        self.started = time.monotonic()

    def code(self) -> int | None:
        """Return its exit code; None while it runs, negative where a signal killed it."""
        return self.process.exitcode if self.process else None

    def died(self) -> None:
        """Note a death: the next start is due after a pause that grows with deaths in a row."""
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > WELL_SECONDS else self.failures + 1
        pause = 0 if self.failures <= 1 else min(2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        self.process = None
        self.due = time.monotonic() + pause

    def ask_to_stop(self) -> None:
        """Send it the signal to stop in good order."""
        if self.process and self.process.is_alive():
            self.process.terminate()

    def stop(self, deadline: float) -> None:
        """Wait until it has stopped, or kill it at the deadline (monotonic seconds)."""
        if not self.process:
            return
        self.process.join(max(0.1, deadline - time.monotonic()))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def stop_all(children: Sequence[Child]) -> None:
    """Stop children, all at the same time."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.stop(deadline)


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Have what asks to stop wait until the block ends.

    A child begins with the handlers of its parent: what reaches it before it has given them up would be lost.
    """
    if not IS_LINUX:
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _run(command: Sequence[str], parent: int) -> None:
    """Run ``-m MODULE ARGUMENT ...``, in a process that ends with its parent."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    if IS_LINUX:
        _on_linux(command, parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    os.chdir(ROOT)
    _, module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _on_linux(command: Sequence[str], parent: int) -> None:
    from setproctitle import setproctitle

    system = ctypes.CDLL(None)
    system.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
    # A pool of memory for each of some forty threads is 100 MB that nobody gets back.
    if "MALLOC_ARENA_MAX" not in os.environ:
        system.mallopt(M_ARENA_MAX, 2)
        os.environ["MALLOC_ARENA_MAX"] = "2"
    setproctitle(" ".join((sys.executable, *command)))
