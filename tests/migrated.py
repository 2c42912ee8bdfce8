"""New SQLite databases get their tables from a script of what the migrations make, run once a process.

To run all migrations on each of the thousands of databases tests begin with took a minute of a whole run. The
migrations themselves have tests of their own, as has that both ways make the same (``test_migrating.py``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, inspect

from core.database import opening
from core.database.migrating import migrate


@cache
def script() -> tuple[str, ...]:
    """Return the statements that make what the migrations make, in a new database."""
    with TemporaryDirectory() as folder:
        engine = opening.bare_engine(f"sqlite:///{Path(folder) / 'made.sqlite'}")
        with engine.begin() as connection:
            migrate(connection)
        with engine.connect() as connection:
            statements = tuple(connection.connection.dbapi_connection.iterdump())
        engine.dispose()
    return tuple(made for made in statements if made not in ("BEGIN TRANSACTION;", "COMMIT;"))


def migrate_by_script(connection: Connection, to: str | None = None) -> None:
    """Bring a database to a revision, as ``migrate`` does; a new one of SQLite without Alembic."""
    if connection.dialect.name == "sqlite" and to is None and not inspect(connection).get_table_names():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        # Again: another process may have been here while this one waited.
        if not inspect(connection).get_table_names():
            # Below SQLAlchemy, which takes as long for each statement as SQLite.
            cursor = connection.connection.cursor()
            for statement in script():
                cursor.execute(statement)
            cursor.close()
            return
    migrate(connection, to)
