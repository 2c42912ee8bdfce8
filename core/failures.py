"""What a job says when it can't go on: any error, as one a user can act on."""

from __future__ import annotations

import errno
import logging
import secrets

from core.errors import CoreError, JobError, StorageError

log = logging.getLogger(__name__)


def explain(error: Exception) -> CoreError:
    """Return any error as one a user can act on; unexpected ones are logged under a number."""
    if isinstance(error, CoreError):
        return error
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return StorageError(
            "the disk is full.", where="the disk of the data folder", remedy="Free space and score it again."
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
        remedy="Score it again; if it happens again, tell whoever runs this server the number.",
    )
