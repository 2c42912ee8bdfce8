"""Small secret files: readable by their owner alone, replaced in one step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

OWNER_ONLY = 0o600


def write_private(path: Path, content: str) -> None:
    """Write a file only its owner can read; readers see the old content or the new, nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    partial.replace(path)


def create_private(path: Path, content: str) -> str:
    """Return what a private file holds, after writing ``content`` if there was none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        write_private(partial, content)
        try:
            # A link fails where the name is taken: of two workers that start together, one wins.
            path.hardlink_to(partial)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text(encoding="utf-8")
