"""The data folder: made for its owner alone, and looked at before anything is started on it."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from core.base.errors import SettingsError

OWNER_ONLY = 0o700
WHERE = "PREDICTOR_DATA_DIR"


def make_data_folder(folder: Path) -> None:
    """Make the folder if it isn't there, and close it to other users of the machine.

    What holds visitors' ids is nobody else's to read. A group that was let in stays in.

    Raises
    ------
    SettingsError
        If it can't be made, written to, or is a file.
    """
    try:
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & stat.S_IRWXO and folder.stat().st_uid == os.getuid():
            folder.chmod(mode & ~stat.S_IRWXO)
    except OSError as error:
        raise SettingsError(
            f"the data folder {folder} can't be used: {error.strerror or error}.",
            where=WHERE,
            remedy="Choose a folder this user may write to.",
        ) from error


def check_data_folder(folder: Path) -> None:
    """Look whether the folder can be written to, and its databases can be read.

    Raises
    ------
    SettingsError
        Saying which file, and what to do.
    """
    make_data_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            f"the data folder {folder} is read-only for this user.",
            where=WHERE,
            remedy="Let this user write to it, or choose another folder.",
        )
    check_databases(folder)


def check_databases(folder: Path) -> None:
    """Look whether the databases of a data folder can be read.

    Raises
    ------
    SettingsError
        Naming the first that is damaged.
    """
    for database in sorted((*folder.glob("*.sqlite"), *folder.glob("*/*.sqlite"))):
        try:
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                # Locked, or without its log beside it: whoever opens it for writing will see.
                continue
            raise SettingsError(
                f"{database} is damaged: {error}.",
                where=WHERE,
                remedy="Put a backup in its place, or move it away to start without it.",
            ) from error
