"""SQLite databases as they were at one moment, while others write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from core.backup.manifest import BackupError
from core.base.settings import PROJECTS

#: The inbox before what was made of it, the queue before what it tells of jobs: what the first of two knows
#: and the second doesn't is done again; the other way round it would be lost.
FIRST = ("live/inbox.sqlite", "live/live.sqlite", "jobs.sqlite")
#: The metadata of each project, last.
METADATA = "predictor.sqlite"


def databases(folder: Path) -> tuple[Path, ...]:
    """Return the databases of a data folder but the metadata, in the order they are to be copied in."""
    found = []
    for place in (*_projects(folder), folder):
        there = {path.relative_to(place) for path in (*place.glob("*.sqlite"), *place.glob("*/*.sqlite"))}
        there -= {path for path in there if path.parts[0].startswith(".") or str(path) == METADATA}
        first = [Path(name) for name in FIRST if Path(name) in there]
        found += [place.relative_to(folder) / name for name in (*first, *sorted(there - set(first)))]
    return tuple(found)


def metadata(folder: Path) -> tuple[Path, ...]:
    """Return the metadata databases of a data folder: first the installation's, which knows projects."""
    places = (folder, *_projects(folder))
    return tuple(
        path.relative_to(folder) for place in places if (path := place / METADATA).exists() or place == folder
    )


def _projects(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / PROJECTS).glob("*") if path.is_dir())


def copy(database: Path, target: Path) -> None:
    """Copy a database as it is in one transaction; who writes goes on meanwhile."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
            connection.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.Error as error:
        raise BackupError(f"a database can't be read: {error}.", where=database.name) from error
    target.chmod(database.stat().st_mode & 0o777)
