"""Uploads on their way in: kept on the disk piece by piece, until they are whole and become a dataset.

Nothing of importance is in memory: how far an upload is, is how long its file is. So it goes on after the
server was killed, in whichever process the next piece comes to.
"""

from core.storage.uploads._errors import ChecksumError, OffsetError
from core.storage.uploads._finish import finish, sha256_of_whole
from core.storage.uploads._piece import Checksum, Piece
from core.storage.uploads._uploads import Incoming, Upload, get_incoming

__all__ = [
    "Checksum",
    "ChecksumError",
    "Incoming",
    "OffsetError",
    "Piece",
    "Upload",
    "finish",
    "get_incoming",
    "sha256_of_whole",
]
