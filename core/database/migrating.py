"""Bring the metadata database to today's schema, once, however many processes open it at the same time.

The steps are Alembic's, in ``core/database/migrations/versions``. A database that stands where the files end
is opened without Alembic, whose import takes half a second.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from core.base.errors import StorageError

FOLDER = Path(__file__).parent / "migrations"
#: Any number will do, as long as every process that migrates takes the same one.
LOCK = 0x5E5510


def known_revisions() -> tuple[str, ...]:
    """Return the revisions there are, oldest first; the name of each file begins with its own."""
    return tuple(sorted(path.name[1:].partition("_")[0] for path in (FOLDER / "versions").glob("v*.py")))


def current_revision(connection: Connection) -> str | None:
    """Return the revision a database stands at; None of one that is new, or from before there were any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("select version_num from alembic_version"))
    return revision


def migrate(connection: Connection, to: str | None = None) -> None:
    """Bring a database to a revision (the latest without one), within this transaction.

    Raises
    ------
    StorageError
        If a newer program has been here.
    """
    revisions = known_revisions()
    wanted = to or revisions[-1]
    if _stands_at(connection, revisions) == wanted:
        return
    # A transaction of SQLite has the only lock there is from its beginning; see ``core.database.opening``.
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    # Again: another process may have been here while this one waited.
    if _stands_at(connection, revisions) == wanted:
        return
    # Here, not above: it takes half a second, and is needed once a release.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, wanted)


def _stands_at(connection: Connection, revisions: tuple[str, ...]) -> str | None:
    revision = current_revision(connection)
    if revision is not None and revision not in revisions:
        raise StorageError(
            f"the metadata database is at schema {revision}, this program knows up to {revisions[-1]}.",
            where=connection.engine.url.render_as_string(hide_password=True),
            remedy="Run the program version that made it, or a newer one; or restore a backup made before.",
        )
    return revision
