"""Writing in the models folder: one process at a time, and what can go wrong is told in one way."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from core.base.errors import StorageError
from core.base.settings import Settings


@contextmanager
def writing(settings: Settings) -> Iterator[None]:
    """Tell a full disk or a folder that can't be written to as what it is.

    Raises
    ------
    StorageError
        If the system refuses what is done inside.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The models folder can't be written ({error.strerror}).",
            where=settings.models_dir.name,
            remedy="Free space on its disk, or let the program write to it.",
        ) from error


@contextmanager
def alone(settings: Settings, lock: str) -> Iterator[None]:
    """Let one process at a time do what is done under this lock, a file of the models folder.

    Raises
    ------
    StorageError
        If the folder can't be written.
    """
    with writing(settings):
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        held = (settings.models_dir / lock).open("w")
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
