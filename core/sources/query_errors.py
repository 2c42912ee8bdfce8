"""What can go wrong with a query, in the same words whatever asks the database."""

from __future__ import annotations

from core.base.errors import ScheduleError, SettingsError
from core.sources.base import SourceError


def refused(message: str, remedy: str, where: str = "query") -> ScheduleError:
    """Return the error for a query that can't be run as it is."""
    return ScheduleError(message, where=where, remedy=remedy)


def not_run(said: str, database: str) -> ScheduleError:
    """Return the error for a query that the database refuses, in its first line."""
    lines = said.strip().splitlines() or ["it said nothing"]
    return refused(f"The query can't be run: {lines[0]}".rstrip(".") + ".", "Correct it.", database)


def lost(database: str, kind: str) -> SourceError:
    """Return the error for a database that isn't there, or no longer: ``kind`` is the driver's own."""
    return SourceError(
        f"The database “{database}” can't be reached, or the connection was lost ({kind}).",
        where=database,
        remedy="It is tried again. If it keeps happening, check PREDICTOR_DATABASES and the database.",
    )


def no_address(database: str, kind: str) -> SettingsError:
    """Return the error for a database whose address is none, or whose driver isn't installed."""
    return SettingsError(
        f"the address of “{database}” can't be used ({kind}).",
        where="PREDICTOR_DATABASES",
        remedy="Write it as docs/schedules.md says, and install the database's driver.",
    )
