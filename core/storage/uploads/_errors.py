"""What can be wrong with a piece of an upload; a client sets it right by itself."""

from __future__ import annotations

from core.base.errors import CoreError, NotFoundError


class OffsetError(CoreError):
    """A piece that doesn't begin where the upload ends, or an upload that isn't whole yet."""

    code = "offset"
    status = 409


class ChecksumError(CoreError):
    """Bytes that have changed on their way; they are not kept."""

    code = "checksum"
    status = 460


def no_upload() -> NotFoundError:
    """Return the error for an upload that isn't there."""
    return NotFoundError(
        "This upload doesn't exist or has expired.",
        remedy="Upload the file again.",
    )
