"""Open the metadata database: SQLite in WAL mode beside the data, or PostgreSQL by URL."""

from __future__ import annotations

import os
import threading

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from core.base.data_folder import make_data_folder
from core.base.errors import StorageError
from core.base.settings import Settings, get_settings
from core.database.append_only import protect
from core.database.tables import SCHEMA_VERSION, meta, metadata

SQLITE_SETTINGS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")
#: Any number will do, as long as every process that creates the tables takes the same one.
CREATE_LOCK = 0x5E5510


_engines: dict[tuple[int, str], Engine] = {}
_opening = threading.Lock()


def get_engine(settings: Settings | None = None) -> Engine:
    """Return the metadata database of these settings, opened once a process (a forked one opens its own).

    Raises
    ------
    StorageError
        If the database can't be reached, or was made by another version.
    """
    settings = settings or get_settings()
    key = (os.getpid(), settings.metadata_url)
    with _opening:
        if key not in _engines:
            make_data_folder(settings.data_dir)
            _engines[key] = open_database(settings.metadata_url)
        return _engines[key]


def open_database(url: str) -> Engine:
    """Connect, create missing tables and check that they are of this program's version.

    Raises
    ------
    StorageError
        If the database can't be reached, or was made by another version.
    """
    engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgres(url)
    where = make_url(url).render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            _create_tables(connection)
            protect(connection)
            version = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
        if version != str(SCHEMA_VERSION):
            raise StorageError(
                f"the metadata database has version {version}, this program needs {SCHEMA_VERSION}.",
                where=where,
                remedy="Run the program version that made it, or start with an empty data folder.",
            )
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


def _create_tables(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # "if not exists" alone still fails when two processes create the same table at once.
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": CREATE_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        _add_columns(connection, table)
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    connection.execute(
        text(
            "insert into meta (key, value) values ('schema_version', :version) on conflict (key) do nothing"
        ),
        {"version": str(SCHEMA_VERSION)},
    )


def _add_columns(connection: Connection, table: Table) -> None:
    """Give a table of an older program the columns that have come since.

    Such a column has a default in the database, or may be null, so that older rows have a value.
    """
    existing = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in existing:
            written = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"alter table {table.name} add column {written}")
