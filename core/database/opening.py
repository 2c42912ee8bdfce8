"""Open the metadata database: SQLite in WAL mode beside the data, or PostgreSQL by URL."""

from __future__ import annotations

import os
import threading

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.base.data_folder import make_data_folder
from core.base.errors import StorageError
from core.base.settings import Settings, current_settings, get_settings, installation_settings
from core.database.append_only import protect
from core.database.migrating import migrate

SQLITE_SETTINGS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")

_engines: dict[tuple[int, str], Engine] = {}
_opening = threading.Lock()


def get_engine(settings: Settings | None = None) -> Engine:
    """Return the metadata database of a project, opened once a process (a forked one opens its own).

    Raises
    ------
    StorageError
        If the database can't be reached, or was made by a newer version.
    """
    return _opened(get_settings(settings))


def shared_engine(settings: Settings | None = None) -> Engine:
    """Return the database of the installation: people, projects, keys and the audit log are in it.

    Raises
    ------
    StorageError
        As ``get_engine``.
    """
    found = settings or current_settings.get() or installation_settings()
    return _opened(found.installation)


def _opened(settings: Settings) -> Engine:
    key = (os.getpid(), settings.metadata_url)
    with _opening:
        if key not in _engines:
            make_data_folder(settings.data_dir)
            _engines[key] = open_database(settings.metadata_url)
        return _engines[key]


def close_connections() -> None:
    """Close what this process has open and doesn't use just now: no connection survives a fork."""
    with _opening:
        for engine in _engines.values():
            engine.dispose()


def close_engine(settings: Settings) -> None:
    """Give back what ``get_engine`` has opened for these settings; the next to ask opens it anew."""
    with _opening:
        engine = _engines.pop((os.getpid(), settings.metadata_url), None)
    if engine is not None:
        engine.dispose()


def open_database(url: str) -> Engine:
    """Connect, and bring the tables to this program's schema.

    Raises
    ------
    StorageError
        If the database can't be reached, or was made by a newer version.
    """
    engine = bare_engine(url)
    where = make_url(url).render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            migrate(connection)
            protect(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StorageError(
            f"the metadata database can't be used: {_cause(error)}.",
            where=where,
            remedy="Check DATABASE_URL and that the database is running, or remove it to use SQLite.",
        ) from error
    except StorageError:
        engine.dispose()
        raise
    return engine


def bare_engine(url: str) -> Engine:
    """Return a connection as the program has it, to a database that is left as it is."""
    return _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgres(url)


def _cause(error: SQLAlchemyError) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().splitlines()[0].rstrip(".")


def _sqlite(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        # A transaction takes the write lock when it begins, so that two processes queue up for it
        # instead of one failing half-way through.
        connection.isolation_level = "IMMEDIATE"
        cursor = connection.cursor()
        for setting in SQLITE_SETTINGS:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    return engine


def _postgres(url: str) -> Engine:
    # A database that was restarted leaves dead connections in the pool; ask before use.
    return create_engine(url, pool_pre_ping=True, pool_size=5, connect_args={"connect_timeout": 10})
