"""Memory is given back to the system, again and again while a server runs."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys

import pyarrow as pa
import pytest

from core.base.libraries import memory
from core.base.libraries.memory import release_memory, releasing_memory

#: Fills 80 MB with small pieces, frees all but the last, and prints what the process holds before and after.
_SCRIPT = """
import os
def held():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
import ctypes
from core.base.libraries.memory import release_memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
pieces = [libc.malloc(1000) for _ in range(80_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 1000)
for piece in pieces[:-1]:
    libc.free(piece)
before = held()
release_memory()
print(before - held())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc gives it back")
def test_what_is_free_below_something_in_use_goes_back_to_the_system() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True, env=os.environ
    )
    assert int(run.stdout) > 60e6


def test_arrow_gives_back_what_it_keeps_without_losing_what_is_used() -> None:
    kept = pa.array(range(1000))
    release_memory()
    assert kept.to_pylist() == list(range(1000))


def test_it_is_given_back_until_the_server_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(memory, "release_memory", lambda: calls.append(1))

    async def serve() -> int:
        async with releasing_memory(every=0.0):
            while len(calls) < 3:
                await asyncio.sleep(0)
        return len(calls)

    counted = asyncio.run(serve())
    assert counted >= 3
    assert len(calls) <= counted + 1
