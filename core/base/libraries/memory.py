"""Memory that a process holds for more of the same, given back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

#: Seconds between two times a process gives memory back.
RELEASING = 60.0
#: What gives back more, of what is loaded.
when_releasing: list[Callable[[], None]] = []


def release_memory() -> None:
    """Give back what nobody has asked for in a while, and what allocators keep: the system's and Arrow's.

    What is freed here and there after a large answer is kept by them otherwise. It takes milliseconds.
    """
    for release in when_releasing:
        release()
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    with suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


@asynccontextmanager
async def releasing_memory(every: float = RELEASING) -> AsyncIterator[None]:
    """Give memory back every minute, as long as the block lasts."""
    task = asyncio.create_task(_release_again(every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _release_again(every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(release_memory)
