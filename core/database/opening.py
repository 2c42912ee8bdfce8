"""Open the metadata database: SQLite in WAL mode beside the data, or PostgreSQL by URL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from core.base.data_folder import make_data_folder
from core.base.errors import SchemaError, StorageError
from core.base.project import without_schema
from core.base.settings import Settings, current_settings, get_settings, installation_settings
from core.database.append_only import protect
from core.database.migrating import current_revision, known_revisions, migrate

if TYPE_CHECKING:
    import psycopg

SQLITE_SETTINGS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")

_engines: dict[tuple[int, str], Engine] = {}
_opening = threading.Lock()
#: What is open as it is, by its address; None but within ``only_looking``.
_looked_at: ContextVar[dict[str, Engine] | None] = ContextVar("looked_at", default=None)


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
    if _looked_at.get() is not None:
        return open_database(settings.metadata_url)
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
    looked_at = _looked_at.get()
    try:
        if looked_at is None:
            return _brought_up(url)
        if url not in looked_at:
            looked_at[url] = _as_it_is(url)
        return looked_at[url]
    except SQLAlchemyError as error:
        raise StorageError(
            f"the metadata database can't be used: {_cause(error)}.",
            where=make_url(url).render_as_string(hide_password=True),
            remedy="Check DATABASE_URL and that the database is running, or remove it to use SQLite.",
        ) from error


def _brought_up(url: str) -> Engine:
    engine = bare_engine(url)
    try:
        if engine.dialect.name == "postgresql":
            _refuse_transaction_pooling(engine)
        with engine.begin() as connection:
            migrate(connection)
            protect(connection)
    except (SQLAlchemyError, StorageError):
        engine.dispose()
        raise
    return engine


@contextmanager
def only_looking() -> Iterator[None]:
    """Open databases as they are, within this block: none is made, and none is brought to another schema."""
    opened: dict[str, Engine] = {}
    token = _looked_at.set(opened)
    try:
        yield
    finally:
        _looked_at.reset(token)
        for engine in opened.values():
            engine.dispose()


class NotUpgradedError(StorageError):
    """A database of an earlier version, which the next start upgrades."""


def _as_it_is(url: str) -> Engine:
    """Return a database that stands at today's schema, an empty one in the place of one that isn't made yet.

    Raises
    ------
    NotUpgradedError
        If it stands at an earlier one.
    """
    file = make_url(url).database if url.startswith("sqlite") else None
    if file is None or Path(file).exists():
        engine = bare_engine(url)
        with engine.connect() as connection:
            stands_at = current_revision(connection)
        if stands_at == known_revisions()[-1]:
            return engine
        engine.dispose()
        if stands_at is not None:
            raise NotUpgradedError("It can be looked at once the next start has upgraded the database.")
    empty = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    with empty.begin() as connection:
        migrate(connection)
    return empty


def bare_engine(url: str) -> Engine:
    """Return a connection as the program has it, to a database that is left as it is."""
    return _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgres(url)


def _refuse_transaction_pooling(engine: Engine) -> None:
    from core.database.pooling import refuse_transaction_pooling  # It brings PostgreSQL's driver.

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with engine.connect() as connection:
        refuse_transaction_pooling(cast("psycopg.Connection", connection.connection.driver_connection), url)


def _cause(error: SQLAlchemyError) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().splitlines()[0].rstrip(".")


def _sqlite(url: str) -> Engine:
    # What an error quotes of a statement is secrets and people: it goes to the log.
    engine = create_engine(url, hide_parameters=True)

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
    url, schema = without_schema(url)
    # A database that was restarted leaves dead connections in the pool; ask before use.
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        connect_args={"connect_timeout": 10},
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _refuse_what_no_text_holds)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if schema:
            connection.autocommit = True
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"SET search_path = {schema}")
            connection.autocommit = False

    return engine


def _refuse_what_no_text_holds(context: ExceptionContext) -> None:
    """Say so where PostgreSQL can't keep a text, or look for it: SQLite can, and a program may send it."""
    if isinstance(context.sqlalchemy_exception, DataError) and "NUL" in str(context.original_exception):
        raise SchemaError(
            "A text has a character in it that no text holds (U+0000).", remedy="Leave it out."
        ) from context.original_exception
