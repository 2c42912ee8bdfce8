"""A real worker that copies slowly, and stops in the middle of a file until it is killed.

It touches ``held`` in the data folder when it gets there.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.base.settings import get_settings
from core.jobs import fetching_workflow
from core.jobs.worker import run_worker
from core.storage.uploads import Piece

HELD_AT = 1024**2
_write = Piece.write


def write(piece: Piece, content: bytes) -> None:
    if piece.position >= HELD_AT:
        (get_settings().data_dir / "held").touch()
        time.sleep(3600)
    _write(piece, content)


if __name__ == "__main__":
    fetching_workflow.BLOCK = 256 * 1024
    Piece.write = write
    run_worker(get_settings())
