"""What a job says when it can't go on: any error, as one a user can act on."""

from __future__ import annotations

import errno
import logging
import os
import secrets

from core.base.errors import CoreError, JobError, StorageError

log = logging.getLogger(__name__)

#: What the system says where a file can't grow: no space, over the quota, larger than a process may write.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DUCKDB_ERRORS = frozenset({"IOException", "OutOfMemoryException"})
NO_ROOM_WORDS = (
    *(os.strerror(number) for number in NO_ROOM),
    "max_temp_directory_size",
    "offload data block",
)


def explain(error: Exception) -> CoreError:
    """Return any error as one a user can act on; unexpected ones are logged under a number."""
    if isinstance(error, CoreError):
        return error
    if _is_disk_full(error):
        return StorageError(
            "the disk is full.",
            where="the disk of the data folder",
            remedy="Delete exports you no longer need or free space on the disk, then try again.",
        )
    number = secrets.token_hex(4)
    log.error("unexpected error %s in a job", number, exc_info=error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return JobError(
            "there was not enough memory for this file.",
            remedy="Allow more with PREDICTOR_DUCKDB_MEMORY_LIMIT, or use a machine with more memory.",
        )
    return JobError(
        f"something unexpected happened (number {number}).",
        remedy="Try again; if it happens again, report the number to whoever runs this server.",
    )


def _is_disk_full(error: BaseException | None) -> bool:
    """Tell whether an error, or one it came of, says that a file could not grow.

    DuckDB has no error of its own for that; where it has no room to spill to, it calls it a lack of memory.
    """
    if error is None:
        return False
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return True
    words = str(error)
    if type(error).__name__ in DUCKDB_ERRORS and any(said in words for said in NO_ROOM_WORDS):
        return True
    return _is_disk_full(error.__cause__)
