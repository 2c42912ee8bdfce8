"""Write a file so that it is there whole or not at all, whatever happens in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a path beside the target to write to; afterwards it becomes the target, in one step.

    If the block fails nothing is left, and a target that was there before stays as it was.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        yield partial
        settle(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def settle(partial: Path, target: Path) -> None:
    """Move a finished file into place, on the disk and not only in memory."""
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(target)
