"""Noticing that the server is told to stop, so that answers without an end have one.

A server waits for its open answers before it tells the application anything: one that goes on until then
would hold it up for as long as it has patience, or for ever.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def noticing_signals(stopping: threading.Event) -> Iterator[None]:
    """Set the event when the server gets the signal to stop, before the server itself acts on it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only there signals arrive.
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in earlier.items():
        if callable(handler):
            _handle(number, _both(stopping, handler))
    try:
        yield
    finally:
        for number, handler in earlier.items():
            if callable(handler):
                _handle(number, handler)


_Handler = Callable[[int, FrameType | None], object]


def _both(stopping: threading.Event, handler: _Handler) -> _Handler:
    def handle(number: int, frame: FrameType | None) -> object:
        stopping.set()
        return handler(number, frame)

    return handle


def _handle(number: int, handler: _Handler) -> None:
    signal.signal(number, handler)
    # As asyncio sets its own: calls of the system go on after it.
    signal.siginterrupt(number, False)
