"""Two pieces of work at the same time, one of them in a thread: both come out as one by one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

from core.base.progress import Progress

A = TypeVar("A")
B = TypeVar("B")

#: Seconds between two looks at whether the work is to end.
LOOK_SECONDS = 0.5


class _EndedError(Exception):
    """The other piece of work failed, or was ended."""


def side_by_side(
    first: Callable[[Progress], A], second: Callable[[Progress], B], progress: Progress
) -> tuple[A, B]:
    """Do two pieces of work that don't need each other, the second in a thread; return what both gave.

    How far they are is told from this thread alone: the first's share, and what either is doing. What the
    first raises, ``progress`` included, ends the second as soon as that would tell how far it is. What the
    second raises is raised when the first is done.
    """
    ending, doing = threading.Event(), deque[str]()
    share_of_first = 0.0

    def tell_of_second() -> None:
        while doing:
            progress(share_of_first, doing.popleft())

    def told_by_first(share: float, message: str) -> None:
        nonlocal share_of_first
        share_of_first = share
        tell_of_second()
        progress(share, message)

    def told_by_second(share: float, message: str) -> None:
        if ending.is_set():
            raise _EndedError
        if not doing or doing[-1] != message:
            doing.append(message)

    with ThreadPoolExecutor(1, thread_name_prefix="beside") as helper:
        other = helper.submit(copy_context().run, second, told_by_second)
        try:
            done = first(told_by_first)
            while not other.done():
                wait([other], LOOK_SECONDS)
                tell_of_second()
            tell_of_second()
        except BaseException:
            ending.set()
            raise
        return done, other.result()
