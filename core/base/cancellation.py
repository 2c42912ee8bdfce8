"""Stopping a piece of work that runs: a long query can't be asked, only interrupted.

Work that may be stopped runs inside a ``Stop``, which looks now and then whether it is still wanted.
Code that runs long queries puts ``interruptible`` around their connection; it does nothing elsewhere.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol, Self

from core.base.errors import CancelledError
from core.base.progress import Progress

log = logging.getLogger(__name__)

#: How often it is looked whether the work is still wanted.
POLL_SECONDS = 0.3


class Interruptible(Protocol):
    """A database connection whose running query can be broken off from another thread."""

    def interrupt(self) -> None:
        """Break it off."""


class Stop:
    """Watches, in a thread of its own, whether what runs inside it is still wanted.

    Parameters
    ----------
    is_wanted
        Asked again and again. Once it says no, queries are interrupted and ``check`` raises.
    """

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._unwanted = threading.Event()
        self._over = threading.Event()
        self._connections: list[Interruptible] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="stop", daemon=True)

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Raise CancelledError if the work is no longer wanted."""
        if self._unwanted.is_set():
            raise CancelledError("It was stopped.")

    def checked(self, progress: Progress) -> Progress:
        """Return a callback that reports progress, and raises once the work is no longer wanted."""

        def report(share: float, message: str) -> None:
            self.check()
            progress(share, message)

        return report

    @contextmanager
    def interrupting(self, connection: Interruptible) -> Iterator[None]:
        """Interrupt the queries of a connection, inside the block, once they are no longer wanted."""
        with self._lock:
            self._connections.append(connection)
        try:
            self.check()
            yield
        finally:
            # Under the lock: a connection that is being closed can't be interrupted meanwhile.
            with self._lock:
                self._connections.remove(connection)

    def _watch(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            if not self._unwanted.is_set() and self._still_wanted():
                continue
            self._unwanted.set()
            # Again and again: the next query may have begun just after the last interruption.
            with self._lock:
                for connection in self._connections:
                    connection.interrupt()

    def _still_wanted(self) -> bool:
        try:
            return self._is_wanted()
        except Exception:  # a database that is away for a moment stops nothing
            log.warning("whether a job is still wanted can't be told", exc_info=True)
            return True


_current: ContextVar[Stop | None] = ContextVar("stop", default=None)


@contextmanager
def interruptible(connection: Interruptible) -> Iterator[None]:
    """Let the queries of a connection be broken off if the work they belong to is stopped."""
    stop = _current.get()
    if stop is None:
        yield
        return
    with stop.interrupting(connection):
        yield
